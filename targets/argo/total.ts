/**
 * Which expressions cannot fail. A step may compute ahead of its consumer only what is sure to have a value: `if (a.best.auc > 0.8)` throws in JavaScript
 * when `best` is null, but it throws at the `if`, after everything that ran before it.
 */
import type { Expr, Ref, Type } from "../../compiler/ir/types.ts";

/** Type of what a reference's source holds, before its path. */
export type RootType = (source: Ref["source"]) => Type | undefined;

/** The path leads through fields that are always there, to a value that is always there. */
export function isDefinite(root: Type | undefined, path: readonly (string | number)[]): boolean {
  let type = root;
  for (const part of path) {
    if (type?.kind === "tuple" && typeof part === "number") type = type.items[part];
    else if (type?.kind === "record" && typeof part === "string" && Object.hasOwn(type.fields, part)) {
      const field = type.fields[part];
      if (field?.optional) return false;
      type = field?.type;
    } else return false;
  }
  return type !== undefined && !mayBeNothing(type);
}

function mayBeNothing(type: Type): boolean {
  if (type.kind === "union") return type.of.some(mayBeNothing);
  return type.kind === "null" || type.kind === "absent" || type.kind === "json";
}

export function isTotal(expr: Expr, root: RootType): boolean {
  switch (expr.kind) {
    case "literal":
    case "absent":
      return true;
    case "ref":
      // The last field may be missing: that is a value, absent.
      return expr.path.length === 0 || isDefinite(root(expr.source), expr.path.slice(0, -1));
    case "list":
      return expr.items.every((item) => isTotal(item, root));
    case "record":
      return Object.values(expr.fields).every((field) => isTotal(field, root));
    case "call":
      if (expr.op === "get") return false;
      return expr.args.every((arg) => isTotal(arg, root));
    case "comprehension": {
      const list = typeOf(expr.items);
      const element = list?.kind === "list" ? list.items : undefined;
      const inner: RootType = (source) =>
        source.from !== "bound"
          ? root(source)
          : source.name === expr.item
            ? element
            : source.name === expr.index
              ? { kind: "number" }
              : root(source);
      const parts = expr.where === undefined ? [expr.each] : [expr.where, expr.each];
      return isTotal(expr.items, root) && parts.every((part) => isTotal(part, inner));
    }
  }
}

function typeOf(expr: Expr): Type | undefined {
  return expr.kind === "ref" || expr.kind === "call" || expr.kind === "comprehension" ? expr.type : undefined;
}
