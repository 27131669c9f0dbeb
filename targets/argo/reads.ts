/** What a pod must be given so that its runtime can evaluate its expressions. */
import { assertNever, invariant } from "../../compiler/invariant.ts";
import type { Block, Expr, NodeId, Try } from "../../compiler/ir/types.ts";
import { refsOf } from "../../compiler/ir/walk.ts";
import { leavesTry, type Places, placeOf } from "./places.ts";
import { loopItems, resolve } from "./resolve.ts";
import { verdictReads } from "./verdicts.ts";

/** A finished loop whose result is read: the runtime evaluates `items`, and `result` for each index over the wires that the bodies wrote. */
export interface Gather {
  readonly items: Expr;
  readonly result: Expr;
  /** The tasks that `result` reads, each with the loops around it, outermost first: the index part of its wire's path. */
  readonly tasks: ReadonlyMap<NodeId, readonly NodeId[]>;
}

/** A `try` of which is read what its body failed with. */
export interface Caught {
  readonly body: Block;
  readonly loops: readonly NodeId[];
  /** The reader is in the handler, so it did fail. */
  readonly failed: boolean;
}

export interface Reads {
  /** Tasks whose wire is handed over. */
  readonly wires: ReadonlySet<NodeId>;
  readonly gathers: ReadonlyMap<NodeId, Gather>;
  /** Tasks whose wire is fetched from the store, each with the loops around it. */
  readonly stored: ReadonlyMap<NodeId, readonly NodeId[]>;
  readonly errors: ReadonlyMap<NodeId, Caught>;
  /** Tasks whose end is looked up: their wire, or the error of their last attempt. */
  readonly ended: ReadonlySet<NodeId>;
  /** The lists of enclosing loops whose current item is read. */
  readonly items: ReadonlyMap<NodeId, Expr>;
  readonly params: ReadonlySet<string>;
  readonly inputs: ReadonlySet<string>;
}

/** `bodies` are those of each `try` as it was before nesting: in source order. */
export type Bodies = ReadonlyMap<NodeId, Block>;

/** Above this many wires in one pod they are fetched: each is a parameter on the way, and the API server takes 500 of them. */
const WIRES = 100;

/** `exprs` are resolved; `reader` is the task that evaluates them. */
export function readsOf(exprs: readonly Expr[], reader: NodeId, places: Places, bodies: Bodies): Reads {
  const { loops } = placeOf(places, reader);
  const wires = new Set<NodeId>();
  const gathers = new Map<NodeId, Gather & { tasks: Map<NodeId, readonly NodeId[]> }>();
  const stored = new Map<NodeId, readonly NodeId[]>();
  const errors = new Map<NodeId, Caught>();
  const ended = new Set<NodeId>();
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
      if (leavesTry(id, reader, places)) stored.set(id, place.loops);
      else wires.add(id);
      return;
    }
    // In an iteration of a loop whose result is read, or whose failure is.
    const tasks = gathering === undefined ? undefined : gathers.get(gathering)?.tasks;
    if (tasks !== undefined && gathering !== undefined && place.loops.includes(gathering)) tasks.set(id, place.loops);
    else stored.set(id, place.loops);
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
  const error = (id: NodeId): void => {
    if (errors.has(id)) return;
    const { node, loops: around } = placeOf(places, id);
    invariant(node.kind === "try", `${id} is not a try`);
    const body = bodies.get(id) ?? node.body;
    errors.set(id, { body, loops: around, failed: isInHandler(node, reader, places) });
    const looked = verdictReads(body, places);
    for (const task of looked.tasks) ended.add(task);
    for (const expr of looked.exprs) visit(expr, undefined);
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
        case "error":
          error(source.node);
          break;
        case "index":
        case "bound":
        case "run":
          break;
        default:
          assertNever(source);
      }
    }
  };
  for (const expr of exprs) visit(expr, undefined);
  if (wires.size > WIRES) {
    for (const id of wires) stored.set(id, placeOf(places, id).loops);
    wires.clear();
  }
  return { wires, gathers, stored, errors, ended, items, params, inputs };
}

function isInHandler({ handler }: Try, reader: NodeId, places: Places): boolean {
  return placeOf(places, reader).owners.some(({ block }) => block === handler);
}

function itemsOf(loop: NodeId, places: Places): Expr {
  const { node } = placeOf(places, loop);
  invariant(node.kind === "forEach", `${loop} is not a loop`);
  return loopItems(node, places);
}
