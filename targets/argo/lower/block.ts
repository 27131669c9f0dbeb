/** A block as a DAG template: one DAG task a node, in source order; what comes from outside are its inputs. */
import { invariant } from "../../../compiler/invariant.ts";
import type { Block, Node, NodeId } from "../../../compiler/ir/types.ts";
import type { Context } from "../context.ts";
import { tag } from "../express.ts";
import { indexName, type Value, valueName } from "../names.ts";
import type { DagTask, Template } from "../objects.ts";
import { memberOf } from "../places.ts";
import { dependenciesOf } from "../plan.ts";
import { type Callable, type Lowered, type Need, siblingOutput } from "./call.ts";
import { lowerNode } from "./node.ts";

/** A value that a template gives to the outside, and the name of the output parameter. */
export interface Export {
  readonly name: string;
  readonly value: Value;
}

/** Lowers the nodes of `block` and adds its template, which gives `exports` to the outside. */
export function lowerBlock(block: Block, name: string, exports: readonly Export[], cx: Context): Callable {
  const lowered = new Map<NodeId, Lowered>();
  let template: Template | undefined;
  cx.add(() => {
    invariant(template, `template ${name} was not made`);
    return template;
  });
  for (const node of block.nodes) lowered.set(node.id, lowerNode(node, cx));
  const depends = dependenciesOf(block, cx.plan);
  const inputs = new Map<string, Need>();
  const tasks = block.nodes.map((node) => {
    const own = lowered.get(node.id);
    invariant(own, `${node.id} was not lowered`);
    for (const [key, need] of [...own.callable.needs, ...own.reads]) {
      const isOwn =
        need.kind === "index" ? need.loop === own.loop : memberOf(block, cx.plan.places, need.value.node) !== undefined;
      if (!isOwn) inputs.set(key, need);
    }
    return dagTask(node, own, depends.get(node.id) ?? [], block, lowered, cx);
  });
  template = {
    name,
    ...(inputs.size === 0
      ? {}
      : { inputs: { parameters: [...inputs.keys()].sort().map((input) => ({ name: input })) } }),
    ...(exports.length === 0
      ? {}
      : { outputs: { parameters: exports.map((one) => exported(one, block, lowered, cx)) } }),
    // One failure ends nothing else: what does not need it goes on, as promises do.
    dag: { failFast: false, tasks: tasks.length > 0 ? tasks : [nothing(cx)] },
  };
  return { template: name, needs: inputs, outputName: valueName };
}

function dagTask(
  node: Node,
  own: Lowered,
  depends: readonly NodeId[],
  block: Block,
  lowered: ReadonlyMap<NodeId, Lowered>,
  cx: Context,
): DagTask {
  const argument = (key: string, need: Need): { name: string; value: string } => {
    if (need.kind === "index") {
      return {
        name: key,
        value: need.loop === own.loop ? "{{item}}" : `{{inputs.parameters.${indexName(need.loop)}}}`,
      };
    }
    const sibling = siblingOutput(need.value, block, lowered, cx);
    return {
      name: key,
      value: sibling
        ? `{{tasks.${sibling.task}.outputs.parameters.${sibling.output}}}`
        : `{{inputs.parameters.${key}}}`,
    };
  };
  const parameters = [...own.callable.needs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, need]) => argument(key, need));
  return {
    name: node.id,
    template: own.callable.template,
    ...(depends.length === 0
      ? {}
      : { depends: depends.map((id) => succeeded(id, lowered, depends.length)).join(" && ") }),
    ...(own.count === undefined ? {} : { withSequence: { count: countText(own, block, lowered, cx) } }),
    ...(parameters.length === 0 ? {} : { arguments: { parameters } }),
  };
}

function succeeded(id: NodeId, lowered: ReadonlyMap<NodeId, Lowered>, terms: number): string {
  if (!lowered.get(id)?.maySkip) return `${id}.Succeeded`;
  const either = `${id}.Succeeded || ${id}.Skipped`;
  return terms > 1 ? `(${either})` : either;
}

/** A number, one task's output, or an expression of them. */
function countText(own: Lowered, block: Block, lowered: ReadonlyMap<NodeId, Lowered>, cx: Context): string {
  invariant(own.count, "not a loop");
  const places = new Map<string, string>();
  const text = own.count((value) => {
    const sibling = siblingOutput(value, block, lowered, cx);
    const [expression, simple] = sibling
      ? [
          `tasks['${sibling.task}'].outputs.parameters['${sibling.output}']`,
          `tasks.${sibling.task}.outputs.parameters.${sibling.output}`,
        ]
      : [`inputs.parameters['${valueName(value)}']`, `inputs.parameters.${valueName(value)}`];
    places.set(expression, simple);
    return expression;
  });
  if (/^\d+$/.test(text)) return text;
  const simple = places.get(text);
  return simple === undefined ? tag(text) : `{{${simple}}}`;
}

function exported(
  { name, value }: Export,
  block: Block,
  lowered: ReadonlyMap<NodeId, Lowered>,
  cx: Context,
): NonNullable<Template["outputs"]>["parameters"][number] {
  const sibling = siblingOutput(value, block, lowered, cx);
  invariant(sibling, `${valueName(value)} is exported from a block that does not make it`);
  return {
    name,
    valueFrom: { parameter: `{{tasks.${sibling.task}.outputs.parameters.${sibling.output}}}` },
  };
}

function nothing(cx: Context): DagTask {
  return { name: "nothing", template: cx.nothing() };
}
