/** A task is one `Step`: the user's function, in process. */

import { invariant } from "../../../compiler/invariant.ts";
import type { Task } from "../../../compiler/ir/types.ts";
import type { Lowering } from "../context.ts";
import type { Argument } from "../model.ts";
import { lowerStepOptions } from "../options.ts";
import { pythonString } from "../python-literal.ts";

export function lowerTask(task: Task, upstream: readonly string[], context: Lowering): string {
  const step = context.input.pipeline.steps[task.step];
  invariant(step, `step ${task.step} of task ${task.id} is not declared`);
  if (step.placement === "isolated") {
    context.report("TR5001", { task: task.id }, task.origin);
    return task.id;
  }
  const made: Argument[] = [["call", pythonString(`${step.run.file}:${step.run.function}`)]];
  if (step.id !== task.id) made.push(["step", pythonString(step.id)]);
  const inputs = Object.entries(task.inputs);
  if (inputs.length > 0) {
    const entries = inputs.map(([name, expr]) => `${pythonString(name)}: ${context.express(expr)}`);
    made.push(["inputs", `{${entries.join(", ")}}`]);
  }
  made.push(...lowerStepOptions(step, context));
  // The only task of the loop's body: for-each.ts.
  const { concurrency, key } = (context.loop === undefined ? undefined : context.loops.get(context.loop)) ?? {};
  if (concurrency !== undefined) made.push(["max_active_tis_per_dagrun", String(concurrency)]);
  if (key !== undefined)
    made.push(["key", key], ["map_index_template", pythonString("{{ item_key | default(ti.map_index) }}")]);
  context.add({ id: task.id, operator: "Step", arguments: made, upstream, step: step.id, origin: task.origin });
  return task.id;
}
