/**
 * IR → IR: what Argo cannot evaluate becomes a task before the node that needs it, so that everything behind this knows tasks only.
 *
 *  - a condition over several steps (or an item):  `<branch>-condition`, whose result is the branch's condition
 *  - a list whose length no single step knows:     `<loop>-items`, whose result is what the loop runs over
 *  - a compound node that is read outside:         `<node>-value`, whose result is the node's
 *  - a result in a `try` that may throw:           `<node>-value`, so that it throws where it can be caught
 *  - `throw`:                                      a task that fails
 *  - `Promise.allSettled`:                         a `try` in each item, whose handler does nothing
 */
import { invariant } from "../../compiler/invariant.ts";
import type {
  Block,
  Branch,
  Expr,
  Fail,
  ForEach,
  Node,
  NodeId,
  Ref,
  Task,
  Try,
  Type,
} from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";
import { FAIL_STEP, VALUE_STEP } from "./builtin.ts";
import { Engine } from "./engine.ts";
import type { Mode } from "./parameters.ts";
import { type Places, placeOf, placesOf } from "./places.ts";
import { caught, resolve } from "./resolve.ts";
import { isTotal } from "./total.ts";

export interface Legal {
  readonly body: Block;
  /** Node whose wire leaves the workflow → the task that has it. */
  readonly outputs: ReadonlyMap<NodeId, NodeId>;
  /** Results of tasks that were put in. */
  readonly types: ReadonlyMap<NodeId, Type>;
}

export function legalise(source: Block, mode: Mode, outputs: readonly NodeId[]): Legal {
  const taken = new Set([...nodesOf(source)].map((node) => node.id));
  const fresh = (wish: string): NodeId => {
    let id = wish;
    while (taken.has(id)) id += "-x";
    taken.add(id);
    return id;
  };
  const body = settle(source, fresh);
  const places = placesOf(body);
  const types = new Map<NodeId, Type>();
  const engine = new Engine(places, { ...mode, types });
  const made: Made = (node, suffix, value, type) => {
    const id = fresh(`${node.id}-${suffix}`);
    types.set(id, type);
    const { after, origin } = node;
    return { kind: "task", id, after, origin, step: VALUE_STEP, inputs: { value } };
  };
  const visit = (block: Block, owner?: Node): Block => {
    const nodes = block.nodes.flatMap((node) => rewrite(node, owner !== undefined));
    if (owner === undefined || isSafe(block.result, places, mode)) return { ...block, nodes };
    // All of the block is awaited before its result is looked at.
    const value = made({ ...owner, after: sinks(nodes) }, "value", block.result, { kind: "json" });
    return { nodes: [...nodes, value], result: output(value.id, [], { kind: "json" }) };
  };
  const rewrite = (node: Node, guarded: boolean): readonly Node[] => {
    const owner = guarded ? node : undefined;
    switch (node.kind) {
      case "branch":
        return branch({ ...node, then: visit(node.then, owner), else: visit(node.else, owner) }, engine, places, made);
      case "forEach":
        return loop({ ...node, body: visit(node.body, owner) }, engine, places, made);
      case "fail":
        return [thrown(node)];
      case "try":
        return [
          {
            ...node,
            body: visit(node.body, node),
            ...(node.handler ? { handler: visit(node.handler, owner) } : {}),
            ...(node.finally ? { finally: visit(node.finally, owner) } : {}),
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

function thrown({ id, after, origin, message, error }: Fail): Task {
  return { kind: "task", id, after, origin, step: FAIL_STEP, inputs: error === undefined ? { message } : { error } };
}

/** Each item of `Promise.allSettled` as `try { … } catch {}`, which gives what the loop gives for the item. */
function settle(block: Block, fresh: (wish: string) => NodeId): Block {
  const inside = (inner: Block): Block => settle(inner, fresh);
  const nodes = block.nodes.map((node): Node => {
    switch (node.kind) {
      case "branch":
        return { ...node, then: inside(node.then), else: inside(node.else) };
      case "try":
        return {
          ...node,
          body: inside(node.body),
          ...(node.handler ? { handler: inside(node.handler) } : {}),
          ...(node.finally ? { finally: inside(node.finally) } : {}),
        };
      case "forEach":
        return node.settle ? settled(node, inside(node.body), fresh) : { ...node, body: inside(node.body) };
      default:
        return node;
    }
  });
  return { ...block, nodes };
}

function settled(node: ForEach, body: Block, fresh: (wish: string) => NodeId): ForEach {
  const id = fresh(`${node.id}-settled`);
  const status = (text: string): Expr => ({ kind: "literal", value: text });
  const item: Try = {
    kind: "try",
    id,
    after: [],
    origin: node.origin,
    body: {
      nodes: body.nodes,
      result: { kind: "record", fields: { status: status("fulfilled"), value: body.result } },
    },
    handler: {
      nodes: [],
      result: { kind: "record", fields: { status: status("rejected"), reason: caught(id) } },
    },
    type: node.type,
  };
  return { ...node, settle: false, body: { nodes: [item], result: output(id, [], node.type) } };
}

/** Whether evaluating the result of a block that succeeded cannot throw. */
function isSafe(result: Expr, places: Places, mode: Mode): boolean {
  return isTotal(resolve(result, places), (source) => {
    switch (source.from) {
      case "error":
      case "run":
        return { kind: "json" };
      case "index":
        return { kind: "number" };
      case "param":
        return mode.params.find(({ name, optional }) => name === source.name && !optional)?.type;
      case "input":
        return mode.inputs[source.name]?.type;
      case "bound":
        return undefined;
      case "item": {
        const { node } = placeOf(places, source.node);
        return node.kind === "forEach" ? node.itemType : undefined;
      }
      case "output": {
        const { node } = placeOf(places, source.node);
        if (node.kind === "task") return mode.steps[node.step]?.output;
        return node.kind === "forEach" ? { kind: "list", items: node.type } : undefined;
      }
    }
  });
}

/** Those that no other one of them waits for. */
function sinks(nodes: readonly Node[]): readonly NodeId[] {
  const waited = new Set(nodes.flatMap(({ after }) => after));
  return nodes.map(({ id }) => id).filter((id) => !waited.has(id));
}

function output(node: NodeId, path: Ref["path"], type: Type): Ref {
  return { kind: "ref", source: { from: "output", node }, path, type };
}
