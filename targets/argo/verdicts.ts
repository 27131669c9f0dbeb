/**
 * What a handler's runtime must know to find what was caught: the nodes of the body, their conditions and lists, which tasks they are. The runtime
 * (verdicts.py) looks up how each task ended and comes to the block's first failure in source order, whatever failed first in time.
 */
import { runtimeExpr } from "../../compiler/ir/encode.ts";
import type { StepDefinition } from "../../compiler/ir/step.ts";
import type { Block, Expr, Json, Node, NodeId } from "../../compiler/ir/types.ts";
import { FAIL_STEP, VALUE_STEP } from "./builtin.ts";
import { type Places, placeOf } from "./places.ts";
import { loopItems, resolve } from "./resolve.ts";

/** What the verdict over a block reads. */
export function verdictReads(
  block: Block,
  places: Places,
): { readonly tasks: readonly NodeId[]; readonly exprs: readonly Expr[] } {
  const tasks: NodeId[] = [];
  const exprs: Expr[] = [];
  const visit = (inner: Block): void => {
    for (const node of inner.nodes) {
      if (node.kind === "task") tasks.push(node.id);
      else if (node.kind === "branch") exprs.push(resolve(node.condition, places));
      else if (node.kind === "forEach") exprs.push(loopItems(node, places));
      for (const part of parts(node)) visit(part);
    }
  };
  visit(block);
  return { tasks, exprs };
}

function parts(node: Node): readonly Block[] {
  if (node.kind === "branch") return [node.then, node.else];
  if (node.kind === "forEach") return [node.body];
  if (node.kind !== "try") return [];
  return [node.body, ...(node.handler ? [node.handler] : []), ...(node.finally ? [node.finally] : [])];
}

/** The `body` of runtime/README.md's `errors`. */
export function verdictJson(block: Block, places: Places, steps: Readonly<Record<string, StepDefinition>>): Json {
  const nodes = (inner: Block): Json => inner.nodes.map(one);
  const one = (node: Node): Json => {
    const base = { node: node.id, ...(node.after.length === 0 ? {} : { after: node.after }) };
    switch (node.kind) {
      case "task":
        return { ...base, ...taskJson(node.id, steps[node.step], places) };
      case "branch":
        return {
          ...base,
          condition: runtimeExpr(resolve(node.condition, places)),
          then: nodes(node.then),
          else: nodes(node.else),
        };
      case "forEach":
        return { ...base, items: runtimeExpr(loopItems(node, places)), body: nodes(node.body) };
      case "try":
        return {
          ...base,
          body: nodes(node.body),
          ...(node.handler ? { handler: nodes(node.handler) } : {}),
          ...(node.finally ? { finally: nodes(node.finally) } : {}),
        };
      case "fail":
      case "region":
        return base;
    }
  };
  return nodes(block);
}

function taskJson(id: NodeId, step: StepDefinition | undefined, places: Places): Readonly<Record<string, Json>> {
  const { loops } = placeOf(places, id);
  const isOurs = step === undefined || step.id === FAIL_STEP || step.id === VALUE_STEP;
  return {
    ...(loops.length === 0 ? {} : { loops }),
    ...(isOurs ? {} : { step: step.id }),
    attempts: (step?.options.retries ?? 0) + 1,
  };
}
