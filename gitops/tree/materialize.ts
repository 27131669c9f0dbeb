/** Writes a tree into a fresh folder, so that it can be compiled: regular files alone, none outside, within limits. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isSafePath, TREE_LIMITS, type TreeEntry, type TreeSource } from "./tree.ts";

export interface Skipped {
  readonly path: string;
  readonly why: "link" | "submodule" | "path" | "large";
}

/** `folder` must be empty and nobody else's. What is skipped is absent for the compiler, which says so where it matters. */
export async function materialize(
  source: TreeSource,
  entries: readonly TreeEntry[],
  folder: string,
): Promise<{ readonly skipped: readonly Skipped[]; readonly tooMuch?: string }> {
  const skipped: Skipped[] = [];
  const files = entries.filter((entry) => {
    const why = reason(entry);
    if (why !== undefined) skipped.push({ path: entry.path, why });
    return why === undefined;
  });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length > TREE_LIMITS.files) return { skipped, tooMuch: `${files.length} files` };
  if (total > TREE_LIMITS.totalBytes) return { skipped, tooMuch: `${Math.round(total / 2 ** 20)} MiB` };
  const contents = await source.read(files.map(({ sha }) => sha));
  for (const { path, sha } of files) {
    const content = contents.get(sha);
    if (content === undefined) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    try {
      // Never through something that is there already, such as the same name in other letters on a Mac.
      writeFileSync(join(folder, path), content, { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      skipped.push({ path, why: "path" });
    }
  }
  return { skipped };
}

function reason({ mode, path, size }: TreeEntry): Skipped["why"] | undefined {
  if (mode === "120000") return "link";
  if (mode === "160000") return "submodule";
  if (!isSafePath(path)) return "path";
  return size > TREE_LIMITS.fileBytes ? "large" : undefined;
}
