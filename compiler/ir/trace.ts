/** What a run did, in an order that depends on the pipeline alone, so that the traces of two engines can be compared. */
import type { Json, NodeId } from "./types.ts";

export type NodeState = "succeeded" | "failed" | "skipped";

/** `error` in a handler. `step` (its id) and `attempt` (from 1) are absent when the pipeline itself threw. */
export interface RunError {
  readonly step?: string;
  readonly attempt?: number;
  readonly message: string;
}

/** One task, with all its attempts. */
export interface Execution {
  readonly node: NodeId;
  /** Indices of the enclosing loops, outermost first. */
  readonly indices: readonly number[];
  readonly step: string;
  /** `<file>:<function>` */
  readonly run: string;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly attempts: number;
  readonly state: "succeeded" | "failed";
  /** Of the last attempt, if it succeeded and returned something. */
  readonly output?: Json;
  readonly error?: RunError;
  /** By the run's clock: of the first attempt, and of the last one's end. Not part of a comparison. */
  readonly started: number;
  readonly ended: number;
}

export interface Trace {
  readonly state: "succeeded" | "failed";
  /** What the pipeline's function returns. */
  readonly output?: Json;
  /** What it would throw. */
  readonly error?: RunError;
  /** By position in the pipeline, then by loop index. */
  readonly executions: readonly Execution[];
  /** By `instanceOf`, in the same order; also of compound nodes. Bodies of a loop that never started are not here: there is no count. */
  readonly states: Readonly<Record<string, NodeState>>;
}

/** `fit[2,0]`: the task `fit` for item 2 of the outer and item 0 of the inner loop. */
export function instanceOf(node: NodeId, indices: readonly number[]): string {
  return indices.length === 0 ? node : `${node}[${indices.join(",")}]`;
}

/** Where an instance stands in the run: position in its block, item of its loop, arm of its branch, ..., from outside in. */
export type Place = readonly number[];

export function byPlace(a: { readonly place: Place }, b: { readonly place: Place }): number {
  for (const [depth, position] of a.place.entries()) {
    const other = b.place[depth];
    if (other === undefined) return 1;
    if (position !== other) return position - other;
  }
  return a.place.length - b.place.length;
}
