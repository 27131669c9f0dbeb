import { invariant } from "../../../compiler/invariant.ts";
import type { Block, Try } from "../../../compiler/ir/types.ts";
import type { Context } from "../context.ts";
import { valueName } from "../names.ts";
import type { DagTask, Template } from "../objects.ts";
import { lowerArm } from "./arm.ts";
import type { Callable, Lowered, Need } from "./call.ts";

/**
 * A DAG: the body, the handler after its failure, `finally` when both have ended, and an exit that does nothing. Every path ends in the exit, and Argo
 * judges a DAG by its last tasks: the exit succeeded, or it was omitted and then counts as whatever failed before it. Without it a handled failure
 * would still be seen by what comes next, and a `finally` that succeeded would hide one that nothing handled (4.0.5).
 *
 * It gives no outputs: what others read of it lies in the store (resolve.ts, reads.ts).
 */
export function lowerTry(node: Try, cx: Context): Lowered {
  let template: Template | undefined;
  cx.add(() => {
    invariant(template, `template ${node.id} was not made`);
    return template;
  }, node.origin);
  const needs = new Map<string, Need>();
  const part = (block: Block | undefined, name: string): Callable | undefined => {
    if (block === undefined || block.nodes.length === 0) return undefined;
    const callable = lowerArm(block, `${node.id}-${name}`, [], cx);
    for (const [key, need] of callable.needs) needs.set(key, need);
    return callable;
  };
  const body = part(node.body, "body");
  // What does nothing cannot fail.
  const handler = body && part(node.handler, "handler");
  const last = part(node.finally, "finally");
  const tasks: DagTask[] = [];
  const add = (callable: Callable | undefined, depends: readonly string[]): void => {
    if (callable) tasks.push(call(callable, depends));
  };
  add(body, []);
  add(handler, body ? [`${body.template}.Failed || ${body.template}.Errored`] : []);
  add(last, [
    ...(body ? [ended(body.template)] : []),
    ...(handler ? [`${ended(handler.template)} || ${handler.template}.Omitted`] : []),
  ]);
  const handled = node.handler !== undefined && handler === undefined;
  const done = [
    ...(body
      ? [
          handled
            ? ended(body.template)
            : [body, ...(handler ? [handler] : [])].map((one) => `${one.template}.Succeeded`).join(" || "),
        ]
      : []),
    ...(last ? [`${last.template}.Succeeded`] : []),
  ];
  let exit = "exit";
  while (tasks.some(({ name }) => name === exit)) exit += "-x";
  tasks.push({ name: exit, template: cx.nothing(), ...dependsOn(done) });
  template = {
    name: node.id,
    ...(needs.size === 0 ? {} : { inputs: { parameters: [...needs.keys()].sort().map((name) => ({ name })) } }),
    dag: { failFast: false, tasks },
  };
  return { callable: { template: node.id, needs, outputName: valueName }, reads: new Map(), maySkip: false };
}

function call({ template, needs }: Callable, depends: readonly string[]): DagTask {
  const keys = [...needs.keys()].sort();
  return {
    name: template,
    template,
    ...dependsOn(depends),
    ...(keys.length === 0
      ? {}
      : { arguments: { parameters: keys.map((key) => ({ name: key, value: `{{inputs.parameters.${key}}}` })) } }),
  };
}

function ended(task: string): string {
  return ["Succeeded", "Failed", "Errored"].map((result) => `${task}.${result}`).join(" || ");
}

/** All of `terms`. */
function dependsOn(terms: readonly string[]): Pick<DagTask, "depends"> {
  if (terms.length === 0) return {};
  return { depends: terms.map((term) => (terms.length > 1 && term.includes("||") ? `(${term})` : term)).join(" && ") };
}
