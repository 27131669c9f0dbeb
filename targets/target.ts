/** What a target gets and gives. Targets are pure: no file is read and none is written here. */
import type { Project } from "../compiler/config/project.ts";
import type { Diagnostic, Origin } from "../compiler/diagnostics/diagnostic.ts";
import type { Pipeline } from "../compiler/ir/types.ts";

export interface OutputFile {
  /** Below the output folder, with `/`. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Which source a line of `content` comes from (1-based lines, ascending). Written beside the output, outside every hash. */
  readonly map?: readonly { readonly line: number; readonly origin: Origin }[];
}

export interface SourceFile {
  /** Relative to the project root (steps) or to `runtime/` (runtime), with `/`. Sorted. */
  readonly path: string;
  readonly content: Uint8Array;
}

export interface TargetInput {
  /** Placed: for a split, isolated parts are `region` nodes. */
  readonly pipeline: Pipeline;
  readonly project: Project;
  /** The Python files of the project's steps, an `__init__.py` in every folder. */
  readonly sources: readonly SourceFile[];
  /** The Python package `twinrail_runtime`, paths start with `twinrail_runtime/`. */
  readonly runtime: readonly SourceFile[];
  /** Step id → image reference with digest that holds runtime and sources: of each step that runs in a container. */
  readonly images: Readonly<Record<string, string>>;
  /** Step id → folder of the Python environment that it runs in, of shared steps that have one apart from Airflow's. */
  readonly environments?: Readonly<Record<string, string>>;
  /** Region id → the workflow as a Kubernetes object, for the target that embeds it. */
  readonly regions: Readonly<Record<string, object>>;
}

export interface TargetOutput {
  readonly files: readonly OutputFile[];
  readonly diagnostics: readonly Diagnostic[];
  readonly sizes?: readonly Size[];
}

/** What the engine will hold of a DAG or a workflow (`compile --stats`). */
export interface Size {
  readonly engine: "airflow" | "argo";
  /** File, or region of a split. */
  readonly of: string;
  /** As the engine counts them. */
  readonly tasks: number;
  /** Argo: templates, of which the API server takes 200. */
  readonly templates?: number;
  /** Argo: nodes of a run, with loops of known length multiplied out and others as one item. */
  readonly nodes?: number;
  /** Of the manifest as JSON, or of the DAG file. */
  readonly bytes: number;
  /** Argo: of the nodes' state at the end of a run, compressed; about. */
  readonly statusBytes?: number;
}
