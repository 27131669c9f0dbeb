/** What the benchmark needs to know of a tool. */
import type { ShapeTask } from "../shapes.ts";

export interface Prepared {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The file or folder that the run writes; it is removed before each run. `-` when it is standard output. */
  readonly output: string;
}

export interface Tool {
  readonly name: string;
  /** Installs what the tool needs, if it is not there. */
  install(): void;
  /** Writes the pipeline's source into `folder`, which is empty. */
  prepare(folder: string, tasks: readonly ShapeTask[]): Prepared;
}
