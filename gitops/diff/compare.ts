/** From two trees to diffs: which projects there are, which of them can differ at all, and both sides compiled. */
import { compileTree } from "../compile-tree.ts";
import { below, projectFolders, type TreeEntry, type TreeSource } from "../tree/tree.ts";
import { type Compared, diffProject, type ProjectDiff } from "./diff.ts";

export interface Compare {
  readonly base: { readonly source: TreeSource; readonly entries: readonly TreeEntry[] };
  readonly head: { readonly source: TreeSource; readonly entries: readonly TreeEntry[] };
  /** Which folders to look at. Default: all projects. */
  readonly folders?: readonly string[];
  /** How many projects are compiled at once. */
  readonly concurrency?: number;
}

export interface Comparison {
  readonly folder: string;
  readonly base: Compared;
  readonly head: Compared;
  readonly diff: ProjectDiff;
}

/** Projects whose files are the same on both sides are left out: what is compiled depends on nothing else. */
export async function compareTrees({ base, head, folders, concurrency = 2 }: Compare): Promise<Comparison[]> {
  const known = [...new Set([...projectFolders(base.entries), ...projectFolders(head.entries)])].sort();
  const wanted = folders === undefined ? known : known.filter((folder) => folders.includes(folder));
  const differing = wanted.filter((folder) => fingerprint(base.entries, folder) !== fingerprint(head.entries, folder));
  const jobs = differing.flatMap((folder) => [base, head].map((side) => ({ folder, side })));
  const compiled: Compared[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < jobs.length; index = next++) {
      const job = jobs[index];
      if (job) compiled[index] = await compileTree(job.side.source, job.side.entries, job.folder);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return differing.map((folder, index) => {
    const [before, after] = [compiled[2 * index], compiled[2 * index + 1]];
    return { folder, base: before, head: after, diff: diffProject(folder, before, after) };
  });
}

function fingerprint(entries: readonly TreeEntry[], folder: string): string {
  return below(entries, folder)
    .map(({ mode, sha, path }) => `${mode} ${sha} ${path}`)
    .sort()
    .join("\n");
}
