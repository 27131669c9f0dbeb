/** Trees of files by path: of a folder on disk, and of a folder in a commit. A symbolic link is told as one, never followed. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type Files = ReadonlyMap<string, Uint8Array>;

export function filesOfFolder(folder: string): Files {
  const files = new Map<string, Uint8Array>();
  const visit = (at: string): void => {
    const entries = readdirSync(join(folder, at), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = at === "" ? entry.name : `${at}/${entry.name}`;
      // Airflow byte-compiles what it imports, beside it.
      if (entry.name === ".git" || entry.name === "__pycache__") continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isSymbolicLink()) files.set(path, linkTo(readlinkSync(join(folder, path))));
      else if (entry.isFile()) files.set(path, readFileSync(join(folder, path)));
    }
  };
  visit("");
  return files;
}

function linkTo(target: string): Uint8Array {
  return Buffer.from(`a symbolic link to ${target}`);
}

export interface CommitFile {
  readonly path: string;
  readonly kind: "file" | "executable" | "link" | "submodule";
  readonly id: string;
}

export class Repository {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** The repository around a folder, or nothing. */
  static around(folder: string): Repository | undefined {
    try {
      return new Repository(git(folder, ["rev-parse", "--show-toplevel"]).toString("utf8").trim());
    } catch {
      return undefined;
    }
  }

  /** The full id of a commit by any of its names, or nothing. */
  commit(name: string): string | undefined {
    try {
      return git(this.root, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`])
        .toString("utf8")
        .trim();
    } catch {
      return undefined;
    }
  }

  /** All files of a commit, paths from its root. */
  list(commit: string): readonly CommitFile[] {
    const kinds = { "100644": "file", "100755": "executable", "120000": "link", "160000": "submodule" } as const;
    const lines = git(this.root, ["ls-tree", "-r", "-z", "--full-tree", commit]).toString("utf8").split("\0");
    return lines.flatMap((line): CommitFile[] => {
      const [, mode = "", id = "", path = ""] = /^(\d+) \w+ ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
      return path === "" ? [] : [{ path, id, kind: kinds[mode as keyof typeof kinds] ?? "file" }];
    });
  }

  /** Contents by object id. */
  read(ids: readonly string[]): ReadonlyMap<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    if (ids.length === 0) return found;
    const out = git(this.root, ["cat-file", "--batch"], `${ids.join("\n")}\n`);
    let at = 0;
    while (at < out.length) {
      const end = out.indexOf(10, at);
      const [id = "", , size = "0"] = out.toString("utf8", at, end).split(" ");
      found.set(id, out.subarray(end + 1, end + 1 + Number(size)));
      at = end + Number(size) + 2;
    }
    return found;
  }

  /** The files below `prefix` (`""` or `ml/deploy/`), paths from there. */
  filesOf(commit: string, prefix: string): Files {
    const below = this.list(commit).filter(({ path, kind }) => path.startsWith(prefix) && kind !== "submodule");
    const contents = this.read(below.map(({ id }) => id));
    return new Map(
      below.map(({ path, id, kind }) => {
        const content = contents.get(id) ?? new Uint8Array();
        return [path.slice(prefix.length), kind === "link" ? linkTo(Buffer.from(content).toString("utf8")) : content];
      }),
    );
  }

  /** Writes what is below `prefix` into an empty folder, links as links: whoever reads there follows none out of it. */
  checkOut(commit: string, prefix: string, folder: string): void {
    const below = this.list(commit).filter(({ path, kind }) => path.startsWith(prefix) && kind !== "submodule");
    const contents = this.read(below.map(({ id }) => id));
    for (const { path, id, kind } of below) {
      const to = join(folder, path.slice(prefix.length));
      const content = contents.get(id) ?? new Uint8Array();
      mkdirSync(dirname(to), { recursive: true });
      if (kind === "link") symlinkSync(Buffer.from(content).toString("utf8"), to);
      else writeFileSync(to, content);
    }
  }

  /** Commits, newest first, on any branch, that changed how often `text` occurs in a file below `prefix`. */
  commitsWith(
    text: string,
    prefix = "",
  ): readonly { readonly commit: string; readonly date: string; readonly subject: string }[] {
    const format = "--format=%H%x00%cI%x00%s";
    const out = git(this.root, ["log", "--all", format, `-S${text}`, "--", prefix === "" ? "." : prefix]).toString(
      "utf8",
    );
    return out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [commit = "", date = "", subject = ""] = line.split("\0");
        return { commit, date, subject };
      });
  }
}

/** Nothing of the repository that git reads may start a program. */
const SAFE = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"];

function git(cwd: string, args: readonly string[], input?: string): Buffer {
  return execFileSync("git", [...SAFE, ...args], {
    cwd,
    maxBuffer: 2 ** 30,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" },
    ...(input === undefined ? {} : { input }),
  });
}
