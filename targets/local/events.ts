/** What a local run tells while it runs, and what it leaves. */
import type { RunError } from "../../compiler/ir/trace.ts";
import type { Json, NodeId } from "../../compiler/ir/types.ts";

export interface TaskName {
  /** `fit[2,0]` */
  readonly instance: string;
  readonly node: NodeId;
  readonly step: string;
  readonly indices: readonly number[];
}

/** Attempts count from 1, durations are seconds. */
export type RunEvent =
  | { readonly kind: "started"; readonly task: TaskName; readonly attempt: number; readonly log: string }
  | { readonly kind: "line"; readonly task: TaskName; readonly attempt: number; readonly text: string }
  | {
      readonly kind: "retry";
      readonly task: TaskName;
      readonly attempt: number;
      readonly message: string;
      readonly delay: number;
    }
  | { readonly kind: "succeeded"; readonly task: TaskName; readonly attempts: number; readonly seconds: number }
  | {
      readonly kind: "failed";
      readonly task: TaskName;
      /** 0: the inputs could not be computed, so the step was never called. */
      readonly attempts: number;
      readonly seconds: number;
      readonly message: string;
      readonly log?: string;
    }
  | { readonly kind: "skipped"; readonly task: TaskName }
  /** The pipeline's own `throw`. */
  | { readonly kind: "thrown"; readonly node: string; readonly message: string };

export interface TaskSummary extends TaskName {
  readonly state: "succeeded" | "failed" | "skipped" | "stopped";
  readonly attempts: number;
  /** From the first attempt's start to the last one's end, waiting between them included. */
  readonly seconds: number;
  readonly message?: string;
  /** One file an attempt. */
  readonly logs: readonly string[];
}

export interface RunSummary {
  readonly pipeline: string;
  readonly id: string;
  /** `stopped`: by the signal, from outside. */
  readonly state: "succeeded" | "failed" | "stopped";
  readonly seconds: number;
  /** What the pipeline returned. */
  readonly output?: Json;
  readonly error?: RunError;
  /** In the order of the pipeline when the run came to its end, else in the order of their starts. */
  readonly tasks: readonly TaskSummary[];
  /** Logs, artifacts and this summary as `run.json`. */
  readonly folder: string;
}
