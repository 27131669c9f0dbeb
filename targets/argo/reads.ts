/** What a pod must be given so that its runtime can evaluate its expressions. */
import { assertNever, invariant } from "../../compiler/invariant.ts";
import type { Expr, NodeId } from "../../compiler/ir/types.ts";
import { refsOf } from "../../compiler/ir/walk.ts";
import { type Places, placeOf } from "./places.ts";
import { loopItems, resolve } from "./resolve.ts";

/** A finished loop whose result is read: the runtime evaluates `items`, and `result` for each index over the wires that the bodies wrote. */
export interface Gather {
  readonly items: Expr;
  readonly result: Expr;
  /** The tasks that `result` reads, each with the loops around it, outermost first: the index part of its wire's path. */
  readonly tasks: ReadonlyMap<NodeId, readonly NodeId[]>;
}

export interface Reads {
  /** Tasks whose wire is handed over. */
  readonly wires: ReadonlySet<NodeId>;
  readonly gathers: ReadonlyMap<NodeId, Gather>;
  /** The lists of enclosing loops whose current item is read. */
  readonly items: ReadonlyMap<NodeId, Expr>;
  readonly params: ReadonlySet<string>;
  readonly inputs: ReadonlySet<string>;
}

/** `exprs` are resolved; `loops` are those around the pod. */
export function readsOf(exprs: readonly Expr[], loops: readonly NodeId[], places: Places): Reads {
  const wires = new Set<NodeId>();
  const gathers = new Map<NodeId, Gather & { tasks: Map<NodeId, readonly NodeId[]> }>();
  const items = new Map<NodeId, Expr>();
  const params = new Set<string>();
  const inputs = new Set<string>();

  const output = (id: NodeId, gathering: NodeId | undefined): void => {
    const place = placeOf(places, id);
    if (place.node.kind === "forEach") {
      gather(id, gathering);
      return;
    }
    if (place.loops.every((loop) => loops.includes(loop))) {
      wires.add(id);
      return;
    }
    invariant(gathering !== undefined, `${id} is read from outside of its loop`);
    gathers.get(gathering)?.tasks.set(id, place.loops);
  };
  const gather = (loop: NodeId, gathering: NodeId | undefined): void => {
    if (gathers.has(loop)) return;
    const { node } = placeOf(places, loop);
    invariant(node.kind === "forEach", `${loop} is not a loop`);
    const made = { items: loopItems(node, places), result: resolve(node.body.result, places), tasks: new Map() };
    gathers.set(loop, made);
    // The list is made outside of the loop: in a loop around it, or before everything.
    visit(made.items, gathering);
    visit(made.result, loop);
  };
  const visit = (expr: Expr, gathering: NodeId | undefined): void => {
    for (const { source } of refsOf(expr)) {
      switch (source.from) {
        case "output":
          output(source.node, gathering);
          break;
        case "item":
          // Of a gathered loop: its `items` say it.
          if (!loops.includes(source.node) || items.has(source.node)) break;
          items.set(source.node, itemsOf(source.node, places));
          visit(itemsOf(source.node, places), gathering);
          break;
        case "param":
          params.add(source.name);
          break;
        case "input":
          inputs.add(source.name);
          break;
        case "index":
        case "bound":
        case "run":
        case "error":
          break;
        default:
          assertNever(source);
      }
    }
  };
  for (const expr of exprs) visit(expr, undefined);
  return { wires, gathers, items, params, inputs };
}

function itemsOf(loop: NodeId, places: Places): Expr {
  const { node } = placeOf(places, loop);
  invariant(node.kind === "forEach", `${loop} is not a loop`);
  return loopItems(node, places);
}
