/** `a.b`, `a[b]`, `a?.b`. Methods are looked up in tables by kind and name, never on a host object. */
import type { Expression } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr } from "../ir/types.ts";
import { arrayMethods } from "./builtins/array.ts";
import { namespaceMember } from "./builtins/globals.ts";
import { stringMethods } from "./builtins/string.ts";
import { callCallee } from "./calls.ts";
import { type Evaluation, report } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import { narrowed, reason, symbolic, typeName } from "./operators.ts";
import { noteRead } from "./reads.ts";
import type { Scope } from "./scope.ts";
import { ABSENT, BOOLEAN, isNullable, NUMBER, typeOfProperty, unionOf, withoutNullish } from "./types.ts";
import { describe, isObject, isPrimitive, isStuck, STUCK, type SymbolicValue, type Value } from "./values.ts";

/**
 * One link of `a?.b.c()`: where `a` is absent the whole chain is, so its value travels up the links as `SHORT`. At run time the link that is left
 * out is part of the expression: `open` says that a `?.` before this link may have left the value out.
 */
export type Link = { readonly value: Value; readonly open: boolean } | typeof SHORT;

const SHORT: unique symbol = Symbol("left out");

export function isLeftOut(found: Link): found is typeof SHORT {
  return found === SHORT;
}

type Chained = Extract<Expression, { kind: "Member" | "Index" | "Call" }>;

export function evaluateChain(ev: Evaluation, node: Chained, scope: Scope): Value {
  const found = link(ev, node, scope, false);
  return found === SHORT ? undefined : found.value;
}

/** `direct`: of a call, that it is awaited at once. */
export function link(ev: Evaluation, node: Expression, scope: Scope, direct: boolean): Link {
  switch (node.kind) {
    case "Member": {
      const object = link(ev, node.object, scope, false);
      if (object === SHORT || leavesOut(node, object.value)) return SHORT;
      return {
        value: property(ev, object, node.property, node.optional, node.propertySpan),
        open: isOpen(node, object),
      };
    }
    case "Index": {
      const object = link(ev, node.object, scope, false);
      if (object === SHORT || leavesOut(node, object.value)) return SHORT;
      return { value: atIndex(ev, node, object, scope), open: isOpen(node, object) };
    }
    case "Call": {
      const callee = link(ev, node.callee, scope, false);
      if (callee === SHORT || leavesOut(node, callee.value)) return SHORT;
      return { value: callCallee(ev, node, callee.value, scope, direct), open: false };
    }
    default:
      return { value: evaluate(ev, node, scope), open: false };
  }
}

function leavesOut(node: Chained, value: Value): boolean {
  return node.optional && (value === null || value === undefined);
}

function isOpen(node: Chained, object: Exclude<Link, typeof SHORT>): boolean {
  return object.open || (node.optional && isObject(object.value, "symbolic") && isNullable(object.value.type));
}

function atIndex(
  ev: Evaluation,
  node: Extract<Expression, { kind: "Index" }>,
  from: Exclude<Link, typeof SHORT>,
  scope: Scope,
): Value {
  const object = from.value;
  if (isStuck(object)) return STUCK;
  const index = evaluate(ev, node.index, scope);
  if (isStuck(index)) return STUCK;
  if (isObject(index, "symbolic"))
    return report(ev, "TR2023", { what: "an index that is known only at run time" }, node.index.span, reason(index));
  if (typeof index !== "string" && typeof index !== "number")
    return report(ev, "TR2018", { what: describe(index) }, node.index.span);
  if (isObject(object, "list") && typeof index === "number") {
    noteRead(ev, object);
    return object.items[index];
  }
  if (typeof object === "string" && typeof index === "number") return object[index];
  if (isObject(object, "symbolic") && typeof index === "number")
    return runTimeProperty(ev, object, index, node.span, node.optional, from.open);
  return property(ev, from, String(index), node.optional, node.span);
}

function property(
  ev: Evaluation,
  { value: object, open }: Exclude<Link, typeof SHORT>,
  name: string,
  optional: boolean,
  span: Span,
): Value {
  if (isStuck(object)) return STUCK;
  if (object === null || object === undefined) return report(ev, "TR2027", { what: String(object), name }, span);
  if (typeof object === "string") {
    if (name === "length") return object.length;
    return stringMethods.has(name) ? { kind: "builtin", name: `string.${name}`, self: object } : undefined;
  }
  if (isPrimitive(object))
    return name === "toString" || name === "toFixed"
      ? { kind: "builtin", name: `number.${name}`, self: object }
      : undefined;
  switch (object.kind) {
    case "list":
      noteRead(ev, object);
      if (name === "length") return object.items.length;
      return arrayMethods.has(name) ? { kind: "builtin", name: `array.${name}`, self: object } : undefined;
    case "record":
      noteRead(ev, object);
      return object.fields.get(name);
    case "builtin":
      return namespaceMember(object.name, name) ?? report(ev, "TR2016", { name: `${object.name}.${name}` }, span);
    case "symbolic":
      return runTimeProperty(ev, object, name, span, optional, open);
    case "error":
      return name === "message" ? object.message : undefined;
    case "promise":
    case "loop":
      // One message is enough.
      (object.kind === "loop" ? object.promise : object).awaited = true;
      return name === "then" || name === "catch" || name === "finally"
        ? report(ev, "TR2028", { name: `.${name}` }, span)
        : report(ev, "TR2012", { what: describe(object) }, span);
    default:
      return report(ev, "TR2029", { what: describe(object), name }, span);
  }
}

const LIST_METHODS_AT_RUN_TIME: ReadonlySet<string> = new Set(["map", "filter"]);

/** A property of a run-time value, by its declared type. `open`: a `?.` before this link may have left the value out, and then this is left out too. */
export function runTimeProperty(
  ev: Evaluation,
  given: SymbolicValue,
  name: string | number,
  span: Span,
  optional = false,
  open = false,
): Value {
  const lenient = optional || open;
  // Without `?.` TypeScript has seen to it that there is a value: `x != null && x.y`.
  const value = lenient ? given : narrowed(given);
  const held = withoutNullish(value.type);
  const mayLack = lenient && isNullable(value.type);
  if (held.kind === "list" && name === "length") {
    const length: Expr = { kind: "call", op: "length", args: [value.expr], type: NUMBER };
    if (!mayLack) return symbolic(length, NUMBER, [value]);
    const type = unionOf([NUMBER, ABSENT]);
    const test: Expr = { kind: "call", op: "isNullish", args: [value.expr], type: BOOLEAN };
    return symbolic({ kind: "call", op: "select", args: [test, { kind: "absent" }, length], type }, type, [value]);
  }
  if (held.kind === "list" && typeof name === "string") {
    if (!LIST_METHODS_AT_RUN_TIME.has(name))
      return report(ev, "TR2023", { what: `\`${name}\` of a list` }, span, reason(value));
    if (mayLack)
      return report(ev, "TR2023", { what: `\`${name}\` of a list that may be missing` }, span, reason(value));
    return { kind: "builtin", name: `runtime.${name}`, self: value };
  }
  if (
    typeof name === "string" &&
    (held.kind === "string" || held.kind === "number" || held.kind === "enum" || held.kind === "boolean")
  ) {
    return report(
      ev,
      "TR2023",
      { what: `\`${name}\` of a ${held.kind === "enum" ? "string" : held.kind}` },
      span,
      reason(value),
    );
  }
  const type = typeOfProperty(held, name);
  if (type === undefined)
    return report(ev, "TR2029", { what: typeName(value.type), name: String(name) }, span, reason(value));
  const key: Expr = { kind: "literal", value: name };
  if (mayLack) {
    const found = unionOf([type, ABSENT]);
    // `a?.b.c` looks at `a` once.
    const before =
      !optional && value.expr.kind === "call" && value.expr.op === "getOptional" ? value.expr.args : [value.expr];
    return symbolic({ kind: "call", op: "getOptional", args: [...before, key], type: found }, found, [value]);
  }
  if (value.expr.kind === "ref")
    return symbolic({ ...value.expr, path: [...value.expr.path, name], type }, type, [value]);
  // A field of a record that is being put together is just that field.
  if (value.expr.kind === "record" && typeof name === "string" && Object.hasOwn(value.expr.fields, name)) {
    const field = value.expr.fields[name];
    if (field !== undefined) return symbolic(field, type, [value]);
  }
  return symbolic({ kind: "call", op: "get", args: [value.expr, key], type }, type, [value]);
}
