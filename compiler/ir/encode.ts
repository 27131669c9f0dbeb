/** The two encodings that every engine shares: values as text (DESIGN: "Values"), and expressions as the runtime reads them (runtime/README.md). */
import { assertNever, invariant } from "../invariant.ts";
import type { Expr, Json, RefSource } from "./types.ts";

/**
 * JSON with sorted keys, ASCII only, and `{ } $` inside strings as escapes: no engine and no kubelet finds a tag or a variable in it.
 * `value` must be in the domain (finite numbers, well-formed strings).
 */
export function wireText(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    invariant(Number.isFinite(value), `${value} is not a JSON number`);
    return JSON.stringify(value);
  }
  if (typeof value === "string") return wireString(value);
  if (isList(value)) return `[${value.map(wireText).join(",")}]`;
  const keys = Object.keys(value).sort(byCodeUnits);
  return `{${keys.map((key) => `${wireString(key)}:${wireText(value[key] as Json)}`).join(",")}}`;
}

/** A value as the one string that engines carry. */
export function wire(value: Json | undefined): string {
  return value === undefined ? "N" : `V${wireText(value)}`;
}

function wireString(text: string): string {
  return JSON.stringify(text).replace(
    /[{}$\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** `output:train`, the name under which the runtime finds a referenced value. */
export function slotOf(source: RefSource): string {
  switch (source.from) {
    case "param":
    case "input":
    case "bound":
      return `${source.from}:${source.name}`;
    case "run":
      return `run:${source.field}`;
    case "output":
    case "item":
    case "index":
    case "error":
      return `${source.from}:${source.node}`;
    default:
      return assertNever(source);
  }
}

export function runtimeExpr(expr: Expr): Json {
  switch (expr.kind) {
    case "literal":
      return { lit: expr.value };
    case "absent":
      return { absent: true };
    case "ref":
      return { get: slotOf(expr.source), path: expr.path };
    case "call":
      return { op: expr.op, args: expr.args.map(runtimeExpr) };
    case "list":
      return { list: expr.items.map(runtimeExpr) };
    case "record":
      return {
        record: Object.fromEntries(Object.entries(expr.fields).map(([key, value]) => [key, runtimeExpr(value)])),
      };
    case "comprehension":
      return {
        each: runtimeExpr(expr.items),
        as: expr.item,
        ...(expr.index === undefined ? {} : { index: expr.index }),
        ...(expr.where === undefined ? {} : { where: runtimeExpr(expr.where) }),
        yield: runtimeExpr(expr.each),
      };
    default:
      return assertNever(expr);
  }
}
