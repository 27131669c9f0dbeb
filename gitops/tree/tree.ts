/** Trees of files by commit, wherever they are: a clone, or GitHub's API when a stranger's commit must not be checked out. */
export interface TreeEntry {
  readonly path: string;
  /** As Git writes it: `100644`, `100755`, `120000` (a link), `160000` (a submodule). */
  readonly mode: string;
  readonly sha: string;
  readonly size: number;
}

export interface TreeSource {
  list(commit: string): Promise<readonly TreeEntry[]>;
  /** By object id. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** What a tree may hold before Twinrail gives up on it. */
export const TREE_LIMITS = { fileBytes: 10_485_760, totalBytes: 209_715_200, files: 20_000 } as const;

/** A path that can be written below a folder and stays there. Git's plumbing and its API let others through. */
export function isSafePath(path: string): boolean {
  return (
    path.length <= 1000 &&
    path
      .split("/")
      .every((part) => part !== "" && part !== "." && part !== ".." && !/^\.git$|[\\:\p{Cc}]|^git~\d/iu.test(part))
  );
}

/** Folders with a twinrail.json, `""` for the root; sorted. */
export function projectFolders(entries: readonly TreeEntry[]): string[] {
  return entries
    .filter(({ path, mode }) => /(?:^|\/)twinrail\.json$/.test(path) && mode.startsWith("100") && isSafePath(path))
    .map(({ path }) => path.split("/").slice(0, -1).join("/"))
    .filter((folder) => !folder.split("/").includes("node_modules"))
    .sort();
}

/** Entries of a folder, with paths below it. */
export function below(entries: readonly TreeEntry[], folder: string): TreeEntry[] {
  if (folder === "") return [...entries];
  return entries
    .filter(({ path }) => path.startsWith(`${folder}/`))
    .map((entry) => ({ ...entry, path: entry.path.slice(folder.length + 1) }));
}
