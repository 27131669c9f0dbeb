/** State of one lowering: what has been made so far, and the problems met. */

import type { Code, ParamsOf } from "../../compiler/diagnostics/catalog.ts";
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { Expr, NodeId } from "../../compiler/ir/types.ts";
import type { TargetInput } from "../target.ts";
import { express, Imports } from "./express.ts";
import type { AirflowLoop, AirflowTask, Argument } from "./model.ts";

export class Lowering {
  readonly input: TargetInput;
  readonly tasks: AirflowTask[] = [];
  readonly loops: Map<NodeId, AirflowLoop> = new Map();
  readonly imports: Imports = new Imports();
  readonly diagnostics: Diagnostic[] = [];
  /** The loop whose body is being lowered. */
  loop: NodeId | undefined;
  /** Whether what is being lowered may be skipped although the body around it runs: it stands in an arm, a handler or `finally`. */
  optional: boolean = false;
  /** Further arguments of tasks to come: those that begin an arm in a mapped body look whether it is theirs. */
  readonly #guards: Map<string, Argument> = new Map();

  constructor(input: TargetInput) {
    this.input = input;
  }

  add(task: Omit<AirflowTask, "loop">): void {
    const guard = this.#guards.get(task.id);
    const guarded = guard === undefined ? task : { ...task, arguments: [...task.arguments, guard] };
    this.tasks.push(this.loop === undefined ? guarded : { ...guarded, loop: this.loop });
  }

  guard(task: string, argument: Argument): void {
    this.#guards.set(task, argument);
  }

  /** What `lower` gives, of a part that may be skipped. */
  optionally<T>(lower: () => T): T {
    const before = this.optional;
    this.optional = true;
    try {
      return lower();
    } finally {
      this.optional = before;
    }
  }

  /** What `lower` gives, of the body of a loop. */
  inLoop<T>(loop: NodeId, lower: () => T): T {
    const before = this.optional;
    this.loop = loop;
    this.optional = false;
    try {
      return lower();
    } finally {
      this.loop = undefined;
      this.optional = before;
    }
  }

  express(expr: Expr): string {
    return express(expr, this.imports);
  }

  report<C extends Code>(code: C, params: ParamsOf<C>, at: Origin): void {
    this.diagnostics.push(diagnostic(code, params, at));
  }
}
