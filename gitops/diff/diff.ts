/** Two compiled projects compared, at three levels. Data alone: what a renderer needs, and what `--json` prints. */
import type { PipelineSnapshot, Problem, Snapshot } from "../snapshot.ts";
import { causesOf } from "./causes.ts";
import { type Change, foldChanges } from "./change.ts";
import { diffObjects, type ObjectChange } from "./objects.ts";
import { diffPipeline } from "./pipelines.ts";
import { say } from "./say.ts";
import { diffText, type TextChange } from "./text.ts";

export interface ProjectDiff {
  /** `""` for a project at the repository's root. */
  readonly folder: string;
  /** Why there is no comparison: the head does not compile, or the base did not. */
  readonly failed?: { readonly side: "base" | "head"; readonly why: string };
  readonly problems: readonly Problem[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
  readonly changes: readonly Change[];
  readonly objects: readonly ObjectChange[];
  readonly texts: readonly TextChange[];
}

/** `undefined`: the project is not there on that side. */
export type Compared = Snapshot | { readonly failed: string } | undefined;

export function diffProject(folder: string, base: Compared, head: Compared): ProjectDiff {
  const problems = head !== undefined && "problems" in head ? head.problems : [];
  const why = whyFailed(head);
  if (why !== undefined) return { ...NOTHING, folder, failed: { side: "head", why }, problems };
  const baseFailed = whyFailed(base);
  const [before, after] = [snapshotOr(baseFailed === undefined ? base : undefined), snapshotOr(head)];
  const names = pairUp(before.pipelines, after.pipelines);
  const changes: Change[] = [];
  for (const { name, base, head, from } of names) {
    if (from !== undefined)
      changes.push({ group: "pipeline", words: say`pipeline ${from} is renamed ${name}`, pipelines: [name] });
    changes.push(...diffPipeline(name, base && { of: base, snapshot: before }, head && { of: head, snapshot: after }));
  }
  const both = names.flatMap(({ name, base, head }) => (base && head ? [[name, base, head] as const] : []));
  changes.push(...causesOf(before, after, before.pipelines.length === 0 ? [] : both));
  const changed = both.filter(([, base, head]) => !sameFiles(base, head)).map(([name]) => name);
  return {
    folder,
    ...(baseFailed === undefined ? {} : { failed: { side: "base" as const, why: baseFailed } }),
    problems,
    added: names.filter(({ base }) => base === undefined).map(({ name }) => name),
    removed: names.filter(({ head }) => head === undefined).map(({ name }) => name),
    changed,
    unchanged: both.length - changed.length,
    changes: foldChanges(changes),
    objects: diffObjects(before, after),
    texts: diffText(before, after),
  };
}

export function isEmpty({ failed, changes, objects, texts }: ProjectDiff): boolean {
  return failed?.side !== "head" && changes.length + objects.length + texts.length === 0;
}

const NOTHING = { added: [], removed: [], changed: [], unchanged: 0, changes: [], objects: [], texts: [] };

function whyFailed(side: Compared): string | undefined {
  if (side === undefined) return undefined;
  if ("failed" in side) return side.failed;
  const errors = side.problems.filter(({ severity }) => severity === "error");
  return errors.length === 0 ? undefined : `${errors.length} error${errors.length === 1 ? "" : "s"}`;
}

const ABSENT: Snapshot = {
  ...{ version: 1, compiler: "", project: undefined, locked: {}, runtime: undefined, python: {} },
  ...{ pipelines: [], contents: {}, problems: [] },
};

function snapshotOr(side: Compared): Snapshot {
  return side === undefined || "failed" in side ? ABSENT : side;
}

interface Pair {
  readonly name: string;
  readonly base?: PipelineSnapshot;
  readonly head?: PipelineSnapshot;
  /** The name that it had. */
  readonly from?: string;
}

/** By name; what is left over, by meaning: a renamed pipeline is no deletion of work, but of a name that engines know. */
function pairUp(base: readonly PipelineSnapshot[], head: readonly PipelineSnapshot[]): Pair[] {
  const before = new Map(base.map((one) => [one.name, one]));
  const pairs: Pair[] = [];
  const added: PipelineSnapshot[] = [];
  for (const one of head) {
    const old = before.get(one.name);
    before.delete(one.name);
    if (old === undefined) added.push(one);
    else pairs.push({ name: one.name, base: old, head: one });
  }
  for (const one of added) {
    const twin = [...before.values()].find((other) => nameless(other) === nameless(one));
    if (twin === undefined) pairs.push({ name: one.name, head: one });
    else {
      before.delete(twin.name);
      pairs.push({ name: one.name, base: twin, head: one, from: twin.name });
    }
  }
  for (const gone of before.values()) pairs.push({ name: gone.name, base: gone });
  return pairs.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nameless({ pipeline }: PipelineSnapshot): string {
  return JSON.stringify({ ...pipeline, name: "" });
}

function sameFiles(a: PipelineSnapshot, b: PipelineSnapshot): boolean {
  const text = ({ files }: PipelineSnapshot) => JSON.stringify(Object.entries(files).sort());
  return text(a) === text(b);
}
