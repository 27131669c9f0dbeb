/** Reads files below the project root: follows no symbolic link out of it, and is bounded in number and size. */
import { type Dirent, lstatSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";
import { type Diagnostic, diagnostic, type Origin } from "../compiler/diagnostics/diagnostic.ts";
import type { SourceLimits } from "./sources.ts";

export interface SourceTree {
  isFile(path: string): boolean;
  /** `path` is a Python file, or a folder with one in it. */
  holdsPython(path: string): boolean;
  /** The files at `path` and below, without caches, tests, hidden files and TypeScript. */
  read(
    path: string,
    origin?: Origin,
  ): { readonly files: ReadonlyMap<string, Uint8Array>; readonly diagnostics: readonly Diagnostic[] };
  /** Set when the files read so far are more than the limits allow. */
  readonly overflow: { readonly files: number; readonly megabytes: number } | undefined;
}

export function sourceTree(root: string, limits: SourceLimits): SourceTree {
  const realRoot = realpathSync.native(root);
  let count = 0;
  let bytes = 0;
  const full = () => count > limits.files || bytes > limits.totalBytes;

  /** The file or folder behind `path`, or why there is none. */
  function resolve(path: string): { real: string; stats: Stats } | "missing" | "outside" {
    let real: string;
    try {
      real = realpathSync.native(join(realRoot, path));
    } catch {
      return "missing"; // also a symbolic link to nothing, or to itself
    }
    if (real !== realRoot && !real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return "outside";
    return { real, stats: statSync(real) };
  }

  return {
    isFile(path) {
      const found = resolve(path);
      return found === "outside" || (found !== "missing" && found.stats.isFile());
    },
    holdsPython(path) {
      const found = resolve(path);
      if (found === "missing" || found === "outside") return false;
      if (found.stats.isFile()) return path.endsWith(".py");
      return (
        found.stats.isDirectory() &&
        readdirSync(found.real, { recursive: true }).some((name) => String(name).endsWith(".py"))
      );
    },
    read(path, origin) {
      const files = new Map<string, Uint8Array>();
      const diagnostics: Diagnostic[] = [];
      /** `above`: the real folders that `at` lies in. `known`: what is at `at`, when its folder has said that it is no link. */
      const visit = (at: string, above: readonly string[], known?: { real: string; stats: Stats }) => {
        if (full()) return;
        const found = known ?? resolve(at);
        if (found === "missing" || found === "outside") {
          diagnostics.push(diagnostic("TR7022", { path: at, missing: found === "missing" }, origin));
        } else if (hasOddName(at)) {
          diagnostics.push(diagnostic("TR7026", { path: at }, origin));
        } else if (found.stats.isDirectory()) {
          if (above.includes(found.real)) diagnostics.push(diagnostic("TR7023", { path: at }, origin));
          else for (const entry of list(found.real)) if (!isSkipped(entry)) visitEntry(at, found.real, entry, above);
        } else if (!found.stats.isFile()) {
          diagnostics.push(diagnostic("TR7027", { path: at }, origin));
        } else if (found.stats.size > limits.fileBytes) {
          const sizes = { megabytes: megabytes(found.stats.size), limit: megabytes(limits.fileBytes) };
          diagnostics.push(diagnostic("TR7024", { path: at, ...sizes }, origin));
        } else {
          count += 1;
          bytes += found.stats.size;
          files.set(at, readFileSync(found.real));
        }
      };
      const visitEntry = (folder: string, realFolder: string, entry: Dirent, above: readonly string[]) => {
        const real = join(realFolder, entry.name);
        visit(
          `${folder}/${entry.name}`,
          [...above, realFolder],
          entry.isSymbolicLink() ? undefined : { real, stats: lstatSync(real) },
        );
      };
      visit(path, []);
      return { files, diagnostics };
    },
    get overflow() {
      return full() ? { files: limits.files, megabytes: megabytes(limits.totalBytes) } : undefined;
    },
  };
}

function list(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** TypeScript is the pipelines' own source: a blank line in it must change no digest. */
function isSkipped({ name }: Dirent): boolean {
  return (
    name.startsWith(".") ||
    ["__pycache__", "node_modules", "tests"].includes(name) ||
    /\.(pyc|pyo|[cm]?tsx?)$/.test(name)
  );
}

/** Control characters, backslashes, and what is not UTF-8 (Node shows it as U+FFFD). */
function hasOddName(path: string): boolean {
  return /[\p{Cc}\\\ufffd]/u.test(path);
}

function megabytes(size: number): number {
  return Math.round((size / 2 ** 20) * 10) / 10;
}
