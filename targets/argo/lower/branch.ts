import { invariant } from "../../../compiler/invariant.ts";
import type { Block, Branch } from "../../../compiler/ir/types.ts";
import type { Context } from "../context.ts";
import { negated, tag } from "../express.ts";
import { type Value, valueName } from "../names.ts";
import type { DagTask, OutputParameter, Template } from "../objects.ts";
import { memberOf } from "../places.ts";
import { lowerArm } from "./arm.ts";
import { type Callable, type Lowered, needsOf } from "./call.ts";

/**
 * A DAG of two tasks that exclude each other by `when`. As a whole it succeeds when the arm that ran did: for what follows, the skipped arm does not exist.
 * A wire of a task in the arm that did not run is `N`, by the output parameter's default.
 */
export function lowerBranch(branch: Branch, cx: Context): Lowered {
  const condition = cx.plan.conditions.get(branch.id);
  // Refused before when there is none.
  const text = condition?.render((value) => `inputs.parameters['${valueName(value)}']`) ?? "false";
  let template: Template | undefined;
  cx.add(() => {
    invariant(template, `template ${branch.id} was not made`);
    return template;
  }, branch.origin);
  const exports = cx.plan.exports.get(branch.id) ?? [];
  const tasks: DagTask[] = [];
  const outputs: OutputParameter[] = [];
  const needs = needsOf(condition?.values ?? [], condition?.loops ?? []);
  const arm = (block: Block, name: string, when: string): void => {
    if (block.nodes.length === 0) return;
    const inside = exports.filter((value) => memberOf(block, cx.plan.places, value.node) !== undefined);
    const callable = lowerArm(block, `${branch.id}-${name}`, inside, cx);
    for (const [key, need] of callable.needs) needs.set(key, need);
    tasks.push(armTask(callable, when));
    for (const value of inside) outputs.push(armOutput(value, callable));
  };
  arm(branch.then, "then", tag(text));
  arm(branch.else, "else", tag(negated(text)));
  template = {
    name: branch.id,
    ...(needs.size === 0 ? {} : { inputs: { parameters: [...needs.keys()].sort().map((name) => ({ name })) } }),
    ...(outputs.length === 0 ? {} : { outputs: { parameters: outputs } }),
    dag: { failFast: false, tasks: tasks.length > 0 ? tasks : [{ name: "nothing", template: cx.nothing() }] },
  };
  return { callable: { template: branch.id, needs, outputName: valueName }, reads: new Map(), maySkip: false };
}

/** Named after its template, which for an arm of one step is the step. */
function armTask(callable: Callable, when: string): DagTask {
  const keys = [...callable.needs.keys()].sort();
  return {
    name: callable.template,
    template: callable.template,
    when,
    ...(keys.length === 0
      ? {}
      : { arguments: { parameters: keys.map((key) => ({ name: key, value: `{{inputs.parameters.${key}}}` })) } }),
  };
}

function armOutput(value: Value, callable: Callable): OutputParameter {
  return {
    name: valueName(value),
    valueFrom: {
      parameter: `{{tasks.${callable.template}.outputs.parameters.${callable.outputName(value)}}}`,
      default: "N",
    },
  };
}
