/** Trees of a clone on this machine. The work tree is not looked at. */
import { git, gitText, OBJECT_ID } from "../git.ts";
import type { TreeEntry, TreeSource } from "./tree.ts";

export function gitTree(cwd: string): TreeSource {
  return {
    async list(commit) {
      const out = await git(["ls-tree", "-r", "-z", "-l", "--full-tree", commit], { cwd });
      return out
        .toString("utf8")
        .split("\0")
        .flatMap((line): TreeEntry[] => {
          const [, mode, sha, size, path] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([\s\S]+)$/.exec(line) ?? [];
          if (mode === undefined || sha === undefined || path === undefined) return [];
          return [{ mode, sha, path, size: Number(size) || 0 }];
        });
    },
    async read(ids) {
      const wanted = [...new Set(ids)].filter((id) => OBJECT_ID.test(id));
      const out = await git(["cat-file", "--batch"], { cwd, input: wanted.map((id) => `${id}\n`).join("") });
      return parseBatch(out);
    },
  };
}

/** The commit that a name stands for. @throws GitError */
export function resolveCommit(cwd: string, name: string): Promise<string> {
  return gitText(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`], { cwd });
}

/** `<id> <type> <size>\n<bytes>\n`, one after the other. */
function parseBatch(out: Buffer): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (let at = 0; at < out.length; ) {
    const end = out.indexOf(10, at);
    const [id = "", type, size] = out.subarray(at, end).toString("utf8").split(" ");
    at = end + 1;
    if (type === "missing" || size === undefined) continue;
    found.set(id, out.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return found;
}
