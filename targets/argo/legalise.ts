/**
 * IR → IR: what Argo cannot evaluate becomes a task before the node that needs it, so that everything behind this knows tasks only.
 *
 *  - a condition over several steps (or an item):  `<branch>-condition`, whose result is the branch's condition
 *  - a list whose length no single step knows:     `<loop>-items`, whose result is what the loop runs over
 *  - a compound node that is read outside:         `<node>-value`, whose result is the node's
 *  - `throw`:                                      a task that fails
 */
import { invariant } from "../../compiler/invariant.ts";
import type { Block, Branch, Expr, Fail, ForEach, Node, NodeId, Ref, Task, Type } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";
import { FAIL_STEP, VALUE_STEP } from "./builtin.ts";
import { Engine } from "./engine.ts";
import type { Mode } from "./parameters.ts";
import { type Places, placesOf } from "./places.ts";
import { resolve } from "./resolve.ts";

export interface Legal {
  readonly body: Block;
  /** Node whose wire leaves the workflow → the task that has it. */
  readonly outputs: ReadonlyMap<NodeId, NodeId>;
  /** Results of tasks that were put in. */
  readonly types: ReadonlyMap<NodeId, Type>;
}

export function legalise(body: Block, mode: Mode, outputs: readonly NodeId[]): Legal {
  const places = placesOf(body);
  const taken = new Set([...nodesOf(body)].map((node) => node.id));
  const types = new Map<NodeId, Type>();
  const engine = new Engine(places, { ...mode, types });
  const made = (node: Node, suffix: string, value: Expr, type: Type): Task => {
    let id = `${node.id}-${suffix}`;
    while (taken.has(id)) id += "-x";
    taken.add(id);
    types.set(id, type);
    return { kind: "task", id, after: node.after, origin: node.origin, step: VALUE_STEP, inputs: { value } };
  };
  const visit = (block: Block): Block => ({ ...block, nodes: block.nodes.flatMap(rewrite) });
  const rewrite = (node: Node): readonly Node[] => {
    switch (node.kind) {
      case "branch":
        return branch({ ...node, then: visit(node.then), else: visit(node.else) }, engine, places, made);
      case "forEach":
        return loop({ ...node, body: visit(node.body) }, engine, places, made);
      case "fail":
        return [thrown(node)];
      case "try":
        return [
          {
            ...node,
            body: visit(node.body),
            ...(node.handler ? { handler: visit(node.handler) } : {}),
            ...(node.finally ? { finally: visit(node.finally) } : {}),
          },
        ];
      case "task":
      case "region":
        return [node];
    }
  };
  const legal = visit(body);
  const leaving = new Map<NodeId, NodeId>();
  const nodes = [...legal.nodes];
  for (const id of outputs) {
    const node = body.nodes.find((member) => member.id === id);
    invariant(node, `output ${id} is no node of the region`);
    if (node.kind === "task") {
      leaving.set(id, id);
      continue;
    }
    const value = made({ ...node, after: [id] }, "value", output(id, [], { kind: "json" }), { kind: "json" });
    nodes.push(value);
    leaving.set(id, value.id);
  }
  return { body: { ...legal, nodes }, outputs: leaving, types };
}

type Made = (node: Node, suffix: string, value: Expr, type: Type) => Task;

function branch(node: Branch, engine: Engine, places: Places, made: Made): readonly Node[] {
  if (engine.condition(resolve(node.condition, places), node.id) !== undefined) return [node];
  const condition = made(node, "condition", node.condition, { kind: "boolean" });
  return [condition, { ...node, after: [condition.id], condition: output(condition.id, [], { kind: "boolean" }) }];
}

function loop(node: ForEach, engine: Engine, places: Places, made: Made): readonly Node[] {
  if (engine.length(resolve(node.items, places), node.id) !== undefined) return [node];
  const type: Type = { kind: "list", items: node.itemType };
  const items = made(node, "items", node.items, type);
  return [items, { ...node, after: [items.id], items: output(items.id, [], type) }];
}

function thrown({ id, after, origin, message }: Fail): Task {
  return { kind: "task", id, after, origin, step: FAIL_STEP, inputs: { message } };
}

function output(node: NodeId, path: Ref["path"], type: Type): Ref {
  return { kind: "ref", source: { from: "output", node }, path, type };
}
