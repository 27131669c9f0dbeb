/** The dialect's global names. */
import type { CallExpression } from "../../1-read/syntax.ts";
import { callValue } from "../calls.ts";
import { type Evaluation, LIMITS, report } from "../evaluation.ts";
import { keyed } from "../known-loops.ts";
import { reason } from "../operators.ts";
import { toJson } from "../to-expr.ts";
import { describe, isObject, isPrimitive, isStuck, STUCK, type Value } from "../values.ts";

const NAMESPACES: Readonly<Record<string, readonly string[]>> = {
  Object: ["keys", "values", "entries", "fromEntries", "hasOwn"],
  Array: ["isArray", "from", "of"],
  Math: ["floor", "ceil", "round", "abs", "min", "max", "trunc", "sign", "sqrt", "PI", "E"],
  Number: [
    "isInteger",
    "isFinite",
    "isNaN",
    "isSafeInteger",
    "parseFloat",
    "parseInt",
    "MAX_SAFE_INTEGER",
    "MIN_SAFE_INTEGER",
    "EPSILON",
  ],
  JSON: ["stringify"],
  Promise: ["all", "allSettled", "resolve", "race", "any", "reject"],
  String: [],
  Boolean: [],
};

const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ["Math.PI", Math.PI],
  ["Math.E", Math.E],
  ["Number.MAX_SAFE_INTEGER", Number.MAX_SAFE_INTEGER],
  ["Number.MIN_SAFE_INTEGER", Number.MIN_SAFE_INTEGER],
  ["Number.EPSILON", Number.EPSILON],
]);

export const globals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["parseInt", { kind: "builtin", name: "Number.parseInt" }],
  ["parseFloat", { kind: "builtin", name: "Number.parseFloat" }],
  ["Error", { kind: "builtin", name: "Error" }],
  ...Object.keys(NAMESPACES).map((name): [string, Value] => [name, { kind: "builtin", name }]),
]);

/** `Math.floor`; undefined when there is no such member. */
export function namespaceMember(namespace: string, name: string): Value {
  const full = `${namespace}.${name}`;
  const constant = CONSTANTS.get(full);
  if (constant !== undefined) return constant;
  return Object.hasOwn(NAMESPACES, namespace) && NAMESPACES[namespace]?.includes(name)
    ? { kind: "builtin", name: full }
    : undefined;
}

const MATH: ReadonlyMap<string, (...args: number[]) => number> = new Map([
  ["Math.floor", Math.floor],
  ["Math.ceil", Math.ceil],
  ["Math.round", Math.round],
  ["Math.abs", Math.abs],
  ["Math.min", Math.min],
  ["Math.max", Math.max],
  ["Math.trunc", Math.trunc],
  ["Math.sign", Math.sign],
  ["Math.sqrt", Math.sqrt],
]);

export function callGlobal(ev: Evaluation, name: string, args: readonly Value[], node: CallExpression): Value {
  if (args.some(isStuck)) return STUCK;
  const [first] = args;
  const runTime = args.find((arg) => isObject(arg, "symbolic"));
  if (runTime !== undefined && name !== "Array.isArray" && name !== "Error")
    return report(ev, "TR2023", { what: `\`${name}\`` }, node.span, reason(runTime));
  const math = MATH.get(name);
  if (math !== undefined) return math(...args.map((arg) => (isPrimitive(arg) ? Number(arg) : Number.NaN)));
  switch (name) {
    case "String":
      return isPrimitive(first) ? String(first) : report(ev, "TR2026", { what: describe(first) }, node.span);
    case "Error":
      return { kind: "error", message: first === undefined ? "" : first, span: node.span };
    case "Boolean":
      return isPrimitive(first) ? Boolean(first) : true;
    case "Number":
      return isPrimitive(first)
        ? Number(first)
        : report(ev, "TR2024", { operator: "Number", what: describe(first) }, node.span);
    case "Number.isInteger":
      return Number.isInteger(first);
    case "Number.isSafeInteger":
      return Number.isSafeInteger(first);
    case "Number.isFinite":
      return Number.isFinite(first);
    case "Number.isNaN":
      return Number.isNaN(first);
    case "Number.parseInt":
      return Number.parseInt(String(first), typeof args[1] === "number" ? args[1] : undefined);
    case "Number.parseFloat":
      return Number.parseFloat(String(first));
    case "Array.isArray":
      return (
        isObject(first, "list") ||
        (isObject(first, "symbolic") && (first.type.kind === "list" || first.type.kind === "tuple"))
      );
    case "Array.of":
      return { kind: "list", items: [...args], owner: ev.thread };
    case "Array.from":
      return arrayFrom(ev, args, node);
    case "JSON.stringify": {
      if (first === undefined) return undefined;
      const value = toJson(ev, first, "what `JSON.stringify` takes", node.span);
      return value === undefined
        ? STUCK
        : JSON.stringify(value, null, typeof args[2] === "number" || typeof args[2] === "string" ? args[2] : undefined);
    }
    case "Object.hasOwn":
      return isObject(first, "record") && isPrimitive(args[1]) && first.fields.has(String(args[1]));
    case "Object.keys":
    case "Object.values":
    case "Object.entries":
      return listProperties(ev, name, first, node);
    case "Object.fromEntries":
      return fromEntries(ev, first, node);
    default:
      return report(ev, "TR2036", { what: `\`${name}\`` }, node.span);
  }
}

function listProperties(ev: Evaluation, name: string, value: Value, node: CallExpression): Value {
  const entries: [string, Value][] = isObject(value, "record")
    ? [...value.fields]
    : isObject(value, "list")
      ? value.items.map((item, index) => [String(index), item])
      : [];
  if (!isObject(value, "record") && !isObject(value, "list"))
    return report(ev, "TR2017", { what: describe(value), where: `\`${name}\`` }, node.span);
  const items = entries.map(
    ([key, item]): Value =>
      name === "Object.keys"
        ? key
        : name === "Object.values"
          ? item
          : { kind: "list", items: [key, item], owner: ev.thread },
  );
  return { kind: "list", items, owner: ev.thread };
}

function fromEntries(ev: Evaluation, value: Value, node: CallExpression): Value {
  const fields = new Map<string, Value>();
  for (const entry of isObject(value, "list") ? value.items : []) {
    if (!isObject(entry, "list") || !isPrimitive(entry.items[0]))
      return report(ev, "TR2017", { what: describe(entry), where: "`Object.fromEntries`" }, node.span);
    fields.set(String(entry.items[0]), entry.items[1]);
  }
  return { kind: "record", fields, owner: ev.thread };
}

function arrayFrom(ev: Evaluation, args: readonly Value[], node: CallExpression): Value {
  const [source, callback] = args;
  let items: Value[];
  if (isObject(source, "list")) items = [...source.items];
  else if (typeof source === "string") items = [...source];
  else if (isObject(source, "record") && typeof source.fields.get("length") === "number") {
    const length = Number(source.fields.get("length"));
    if (!(length >= 0 && length <= LIMITS.listLength))
      return report(ev, "TR2001", { what: `${LIMITS.listLength} items in a list` }, node.span);
    items = Array.from({ length: Math.trunc(length) }, () => undefined);
  } else return report(ev, "TR2017", { what: describe(source), where: "`Array.from`" }, node.span);
  if (callback !== undefined) {
    const known = items;
    items = [];
    for (const [index, item] of known.entries()) {
      const result = keyed(ev, item ?? index, () => callValue(ev, callback, [item, index], node));
      if (isStuck(result)) return STUCK;
      items.push(result);
    }
  }
  return { kind: "list", items, owner: ev.thread };
}
