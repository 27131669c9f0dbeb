/**
 * References to compound nodes, written out. A branch has no value of its own on Argo: whoever reads `const m = ok ? await a() : b` gets the
 * expression `select(ok, output(a), b)` and the wires of the tasks in it, and its runtime evaluates it. The arm that did not run left wire `N`,
 * and `select` never looks at it. So branches in branches, in loops and around loops need nothing but wires of tasks. A `try` is resolved alike.
 *
 * What stays: references to tasks, and to loops, which the consumer's runtime gathers (gather.ts).
 */
import { invariant } from "../../compiler/invariant.ts";
import type { Expr, ForEach, NodeId, Ref, Try, Type } from "../../compiler/ir/types.ts";
import { mapRefs } from "../../compiler/ir/walk.ts";
import { type Places, placeOf } from "./places.ts";

export function resolve(expr: Expr, places: Places): Expr {
  return mapRefs(expr, (ref) => {
    if (ref.source.from !== "output") return ref;
    const { node } = placeOf(places, ref.source.node);
    switch (node.kind) {
      case "task":
      case "forEach":
        return ref;
      case "branch":
        return withPath(
          {
            kind: "call",
            op: "select",
            args: [node.condition, node.then.result, node.else.result].map((part) => resolve(part, places)),
            type: node.type,
          },
          ref.path,
          ref.type,
        );
      case "try":
        return withPath(tryResult(node, places), ref.path, ref.type);
      case "fail":
      case "region":
        invariant(false, `${node.id} (${node.kind}) has no value that is read here`);
    }
  });
}

/**
 * Which block a `try` got its value from, the consumer's runtime finds out: `error(<try>)` is what the body failed with, absent when it did not. What
 * `finally` assigns is laid over it.
 */
function tryResult(node: Try, places: Places): Expr {
  const { body, handler, finally: last } = node;
  const value: Expr = handler
    ? {
        kind: "call",
        op: "select",
        args: [
          { kind: "call", op: "isNullish", args: [caught(node.id)], type: { kind: "boolean" } },
          resolve(body.result, places),
          resolve(handler.result, places),
        ],
        type: node.type,
      }
    : resolve(body.result, places);
  if (last?.result.kind !== "record" || Object.keys(last.result.fields).length === 0) return value;
  return { kind: "call", op: "merge", args: [value, resolve(last.result, places)], type: node.type };
}

export function caught(id: NodeId): Ref {
  return { kind: "ref", source: { from: "error", node: id }, path: [], type: { kind: "json" } };
}

/** `expr.a.b`, as short as it can be said. `type` is that of the result. */
export function withPath(expr: Expr, path: readonly (string | number)[], type: Type): Expr {
  const [head, ...rest] = path;
  if (head === undefined) return expr;
  if (expr.kind === "ref") return { ...expr, path: [...expr.path, ...path], type };
  if (expr.kind === "record" && typeof head === "string") {
    const field = Object.hasOwn(expr.fields, head) ? expr.fields[head] : undefined;
    return withPath(field ?? { kind: "absent" }, rest, type);
  }
  if (expr.kind === "call" && expr.op === "select") {
    const [condition, a, b] = expr.args;
    invariant(condition && a && b, "`select` takes three arguments");
    return { ...expr, args: [condition, withPath(a, path, type), withPath(b, path, type)], type };
  }
  // `undefined.x` throws in JavaScript; the runtime's `get` does the same.
  return {
    kind: "call",
    op: "get",
    args: [expr, ...path.map((part): Expr => ({ kind: "literal", value: part }))],
    type,
  };
}

/** How many items a list has, when that does not depend on the run. */
export function staticLength(expr: Expr): number | undefined {
  if (expr.kind === "literal") return Array.isArray(expr.value) ? expr.value.length : undefined;
  if (expr.kind === "list") return expr.items.length;
  if (expr.kind === "comprehension") return expr.where === undefined ? staticLength(expr.items) : undefined;
  if (expr.kind === "call" && expr.op === "concat") {
    const lengths = expr.args.map(staticLength);
    return lengths.every((length) => length !== undefined)
      ? lengths.reduce((sum, length) => sum + length, 0)
      : undefined;
  }
  return undefined;
}

/** The list with the same length that is nearest to what the engine knows: `parts.map(f)` is as long as what `parts` was made from. */
export function sameLength(expr: Expr, places: Places): Expr {
  if (expr.kind === "comprehension" && expr.where === undefined) return sameLength(expr.items, places);
  if (expr.kind === "ref" && expr.source.from === "output" && expr.path.length === 0) {
    const { node } = placeOf(places, expr.source.node);
    if (node.kind === "forEach") return sameLength(loopItems(node, places), places);
  }
  return expr;
}

export function loopItems(loop: ForEach, places: Places): Expr {
  return resolve(loop.items, places);
}
