/** State of one lowering: what has been made so far, and the problems met. */

import type { Code, ParamsOf } from "../../compiler/diagnostics/catalog.ts";
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { Expr, NodeId } from "../../compiler/ir/types.ts";
import type { TargetInput } from "../target.ts";
import { express, Imports } from "./express.ts";
import type { AirflowLoop, AirflowTask } from "./model.ts";

export class Lowering {
  readonly input: TargetInput;
  readonly tasks: AirflowTask[] = [];
  readonly loops: Map<NodeId, AirflowLoop> = new Map();
  readonly imports: Imports = new Imports();
  readonly diagnostics: Diagnostic[] = [];
  /** The loop whose body is being lowered. */
  loop: NodeId | undefined;

  constructor(input: TargetInput) {
    this.input = input;
  }

  add(task: Omit<AirflowTask, "loop">): void {
    this.tasks.push(this.loop === undefined ? task : { ...task, loop: this.loop });
  }

  express(expr: Expr): string {
    return express(expr, this.imports);
  }

  report<C extends Code>(code: C, params: ParamsOf<C>, at: Origin): void {
    this.diagnostics.push(diagnostic(code, params, at));
  }
}
