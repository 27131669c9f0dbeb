/** What a reviewer is told, in the order in which it matters. */
import type { Words } from "./say.ts";

/** Most dangerous first; the order of every report. */
export const GROUPS = ["deletion", "privilege", "gpu", "schedule", "code", "pipeline", "task"] as const;

export type Group = (typeof GROUPS)[number];

export const GROUP_TITLES: Readonly<Record<Group, string>> = {
  deletion: "Deletions",
  privilege: "Privileges",
  gpu: "GPUs",
  schedule: "Schedule and backfill",
  code: "Code and images",
  pipeline: "Pipelines",
  task: "Tasks",
};

export interface Change {
  readonly group: Group;
  readonly words: Words;
  /** Whom it concerns; one cause in 200 pipelines is one change. */
  readonly pipelines: readonly string[];
}

/** The same sentence about several pipelines becomes one; ordered by group, then as they came. */
export function foldChanges(changes: readonly Change[]): readonly Change[] {
  const folded = new Map<string, { change: Change; pipelines: Set<string> }>();
  for (const change of changes) {
    const key = JSON.stringify([change.group, change.words]);
    const found = folded.get(key);
    if (found === undefined) folded.set(key, { change, pipelines: new Set(change.pipelines) });
    else for (const pipeline of change.pipelines) found.pipelines.add(pipeline);
  }
  const all = [...folded.values()].map(({ change, pipelines }) => ({ ...change, pipelines: [...pipelines].sort() }));
  return GROUPS.flatMap((group) => all.filter((change) => change.group === group));
}
