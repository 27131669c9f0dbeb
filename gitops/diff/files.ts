/** Files of both sides, paired by what they are: a package named after its content is the same package with another content. */
import type { Snapshot } from "../snapshot.ts";

export interface FilePair {
  /** Without the hash of a package. */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Pairs whose contents (sha256) differ, by path; several pipelines that change the same file in the same way make one pair. */
export function changedFiles(base: Snapshot, head: Snapshot): readonly FilePair[] {
  const [before, after] = [logicalFiles(base), logicalFiles(head)];
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .map((path) => ({ path, before: before.get(path), after: after.get(path) }))
    .filter((pair) => pair.before !== pair.after);
}

export function textOf(snapshot: Snapshot, hash: string | undefined): string | undefined {
  const content = hash === undefined ? undefined : snapshot.contents[hash];
  return content !== undefined && "text" in content ? content.text : undefined;
}

function logicalFiles({ pipelines }: Snapshot): Map<string, string> {
  return new Map(pipelines.flatMap(({ files }) => Object.entries(files)).map(([path, hash]) => [logical(path), hash]));
}

/** The text without the hashes in the names of packages, which follow from what is in them. */
export function logicalText(text: string | undefined): string | undefined {
  return text?.replace(/\b(twinrail_[a-z0-9_]+)_[0-9a-f]{12}\b/g, "$1");
}

function logical(path: string): string {
  return path.replace(/(^|\/)(twinrail_[^/]*)_[0-9a-f]{12}(?=\/)/g, "$1$2");
}
