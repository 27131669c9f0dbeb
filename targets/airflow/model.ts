/** What lowering makes: tasks with their upstream, in the order in which the DAG file writes them. */
import type { Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { NodeId } from "../../compiler/ir/types.ts";

/** A keyword argument: its name and its Python source. */
export type Argument = readonly [name: string, source: string];

export interface AirflowTask {
  readonly id: string;
  /** Class of the package: `Step`, `Region`, … */
  readonly operator: string;
  /** Without `task_id`, which comes first. */
  readonly arguments: readonly Argument[];
  /** Task ids, in source order. What a mapped body starts with names its loop. */
  readonly upstream: readonly string[];
  /** The loop whose body the task is in. */
  readonly loop?: NodeId;
  /** Of a `Step`: the declared step, whose types the package holds. */
  readonly step?: string;
  /**
   * The start is the setup of all teardowns, which have it as a direct upstream: with whatever tasks somebody clears, Airflow clears these as well
   * (`get_upstreams_only_setups_and_teardowns`). Otherwise a task cleared alone would run with nobody left to stop its workflow or to judge the run.
   */
  readonly scope?: "setup" | "stop" | "finish";
  readonly origin?: Origin;
}

/** A parallel loop: one mapped task, or a mapped group when its body has more. */
export interface AirflowLoop {
  readonly id: NodeId;
  readonly form: "task" | "group";
  readonly concurrency?: number;
  /** What names an item in Airflow's screens: Python source of the expression. */
  readonly key?: string;
}
