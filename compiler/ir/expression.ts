/** What an expression means: JavaScript's meaning, of which every engine's must be a copy. */
import { assertNever, invariant } from "../invariant.ts";
import type { Call, Expr, Json, RefSource } from "./types.ts";

/** A value while the pipeline runs; `undefined` is absent, and may stand inside lists and records as in JavaScript. */
export type Value = undefined | null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** What a reference's source holds, before its path. */
export type Lookup = (source: RefSource) => Value;

/** JavaScript would have thrown a TypeError: the node that evaluates the expression fails. Not a bug of ours and not the end of the run. */
export class ExpressionError extends Error {}

/** @throws ExpressionError where JavaScript throws a TypeError. */
export function evaluate(expr: Expr, lookup: Lookup): Value {
  switch (expr.kind) {
    case "literal":
      return expr.value;
    case "absent":
      return undefined;
    case "ref":
      return getPath(lookup(expr.source), expr.path);
    case "call":
      return call(expr, lookup);
    case "list":
      return expr.items.map((item) => evaluate(item, lookup));
    case "record":
      return recordOf(Object.entries(expr.fields).map(([key, field]) => [key, evaluate(field, lookup)]));
    case "comprehension": {
      const bind =
        (value: Value, index: number): Lookup =>
        (source) => {
          if (source.from !== "bound") return lookup(source);
          if (source.name === expr.item) return value;
          return source.name === expr.index ? index : lookup(source);
        };
      const items = listOf(evaluate(expr.items, lookup));
      const { where } = expr;
      // The filter's callback counts all items, the map's callback those that are left.
      const kept = where === undefined ? items : items.filter((item, i) => booleanOf(evaluate(where, bind(item, i))));
      return kept.map((item, i) => evaluate(expr.each, bind(item, i)));
    }
    default:
      return assertNever(expr);
  }
}

function call({ op, args }: Call, lookup: Lookup): Value {
  const value = (index: number): Value => {
    const arg = args[index];
    invariant(arg !== undefined, `\`${op}\` has no argument ${index}`);
    return evaluate(arg, lookup);
  };
  switch (op) {
    case "not":
      return !booleanOf(value(0));
    case "and":
      return args.every((arg) => booleanOf(evaluate(arg, lookup)));
    case "or":
      return args.some((arg) => booleanOf(evaluate(arg, lookup)));
    case "eq":
      return strictlyEqual(value(0), value(1));
    case "ne":
      return !strictlyEqual(value(0), value(1));
    case "lt":
      return numberOf(value(0)) < numberOf(value(1));
    case "le":
      return numberOf(value(0)) <= numberOf(value(1));
    case "gt":
      return numberOf(value(0)) > numberOf(value(1));
    case "ge":
      return numberOf(value(0)) >= numberOf(value(1));
    case "isNullish":
      return isNullish(value(0));
    case "select":
      return booleanOf(value(0)) ? value(1) : value(2);
    case "coalesce":
      return value(0) ?? value(1);
    case "template":
      return args.map((arg) => String(scalarOf(evaluate(arg, lookup)))).join("");
    case "length":
      return listOf(value(0)).length;
    case "concat":
      return args.flatMap((arg) => listOf(evaluate(arg, lookup)));
    case "merge":
      return recordOf(args.flatMap((arg) => entriesOf(evaluate(arg, lookup))));
    case "get":
      return getPath(value(0), literalPath(args.slice(1)));
    case "getOptional": {
      const object = value(0);
      return isNullish(object) ? undefined : getPath(object, literalPath(args.slice(1)));
    }
    default:
      return assertNever(op);
  }
}

function getPath(root: Value, path: readonly (string | number)[]): Value {
  let value = root;
  for (const key of path) {
    if (isNullish(value)) throw new ExpressionError(`Cannot read properties of ${value} (reading '${key}')`);
    value = property(value, key);
  }
  return value;
}

function property(value: NonNullable<Value>, key: string | number): Value {
  if (typeof value === "string" && key !== "length")
    throw new ExpressionError(`a string has no property '${key}' here`);
  return Object.hasOwn(Object(value), key) ? (value as unknown as Record<string, Value>)[key] : undefined;
}

function literalPath(args: readonly Expr[]): (string | number)[] {
  return args.map((arg) => {
    const key = arg.kind === "literal" ? arg.value : undefined;
    invariant(typeof key === "string" || typeof key === "number", "a path is made of literal strings and numbers");
    return key;
  });
}

// The types of operands are what the evaluator has checked, and the runtime checks every step's result. So a wrong one here is a value that
// lied about its type on the way in (`as`, `!`): JavaScript would go on with a coercion; every engine fails the node.

function booleanOf(value: Value): boolean {
  if (typeof value !== "boolean") throw wrongKind(value, "a boolean");
  return value;
}

function numberOf(value: Value): number {
  if (typeof value !== "number") throw wrongKind(value, "a number");
  return value;
}

function listOf(value: Value): readonly Value[] {
  if (!isList(value)) throw wrongKind(value, "a list");
  return value;
}

function scalarOf(value: Value): undefined | null | boolean | number | string {
  if (typeof value === "object" && value !== null) throw wrongKind(value, "a scalar");
  return value;
}

function strictlyEqual(left: Value, right: Value): boolean {
  const isObject = (value: Value) => typeof value === "object" && value !== null;
  // A value that travelled has lost its identity.
  if (isObject(left) && isObject(right))
    throw new ExpressionError("two lists or records cannot be compared by identity");
  return left === right;
}

function entriesOf(value: Value): [string, Value][] {
  if (isNullish(value)) return [];
  if (typeof value !== "object" || isList(value)) throw wrongKind(value, "a record");
  return Object.entries(value);
}

function wrongKind(value: Value, wanted: string): ExpressionError {
  const kind =
    value === null ? "null" : value === undefined ? "undefined" : isList(value) ? "a list" : `a ${typeof value}`;
  return new ExpressionError(`${kind.replace("a object", "a record")} where ${wanted} is needed`);
}

function isNullish(value: Value): value is null | undefined {
  return value === null || value === undefined;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Own properties only, `__proto__` included: keys are a user's data. */
function recordOf(entries: readonly (readonly [string, Value])[]): Value {
  return Object.fromEntries(entries);
}

/**
 * The value as a step sees it: absent fields are not there. An absent list item has no JSON form of its own; it becomes null, as in
 * `JSON.stringify`.
 */
export function jsonOf(value: Value): Json | undefined {
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map((item) => jsonOf(item) ?? null);
  const fields = Object.entries(value).flatMap(([key, field]): [string, Json][] => {
    const json = jsonOf(field);
    return json === undefined ? [] : [[key, json]];
  });
  return Object.fromEntries(fields);
}
