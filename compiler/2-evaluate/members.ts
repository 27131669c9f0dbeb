/** `a.b`, `a[b]`, `a?.b`. Methods are looked up in tables by kind and name, never on a host object. */
import type { Expression } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr } from "../ir/types.ts";
import { arrayMethods } from "./builtins/array.ts";
import { namespaceMember } from "./builtins/globals.ts";
import { stringMethods } from "./builtins/string.ts";
import { type Evaluation, report } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import { reason, symbolic, typeName } from "./operators.ts";
import type { Scope } from "./scope.ts";
import { ABSENT, isNullable, NUMBER, typeOfProperty, unionOf, withoutNullish } from "./types.ts";
import { describe, isObject, isPrimitive, isStuck, STUCK, type SymbolicValue, type Value } from "./values.ts";

export function evaluateMember(ev: Evaluation, node: Extract<Expression, { kind: "Member" }>, scope: Scope): Value {
  const object = evaluate(ev, node.object, scope);
  if (node.optional && (object === null || object === undefined)) return undefined;
  return property(ev, object, node.property, node.optional, node.propertySpan);
}

export function evaluateIndex(ev: Evaluation, node: Extract<Expression, { kind: "Index" }>, scope: Scope): Value {
  const object = evaluate(ev, node.object, scope);
  if (isStuck(object)) return STUCK;
  if (node.optional && (object === null || object === undefined)) return undefined;
  const index = evaluate(ev, node.index, scope);
  if (isStuck(index)) return STUCK;
  if (isObject(index, "symbolic")) return report(ev, "TR2023", { what: "an index that is known only at run time" }, node.index.span, reason(index));
  if (typeof index !== "string" && typeof index !== "number") return report(ev, "TR2018", { what: describe(index) }, node.index.span);
  if (isObject(object, "list") && typeof index === "number") return object.items[index];
  if (typeof object === "string" && typeof index === "number") return object[index];
  if (isObject(object, "symbolic") && typeof index === "number") return runTimeProperty(ev, object, index, node.span, node.optional);
  return property(ev, object, String(index), node.optional, node.span);
}

function property(ev: Evaluation, object: Value, name: string, optional: boolean, span: Span): Value {
  if (isStuck(object)) return STUCK;
  if (object === null || object === undefined) return report(ev, "TR2027", { what: String(object), name }, span);
  if (typeof object === "string") {
    if (name === "length") return object.length;
    return stringMethods.has(name) ? { kind: "builtin", name: `string.${name}`, self: object } : undefined;
  }
  if (isPrimitive(object)) return name === "toString" || name === "toFixed" ? { kind: "builtin", name: `number.${name}`, self: object } : undefined;
  switch (object.kind) {
    case "list":
      if (name === "length") return object.items.length;
      return arrayMethods.has(name) ? { kind: "builtin", name: `array.${name}`, self: object } : undefined;
    case "record":
      return object.fields.get(name);
    case "builtin":
      return namespaceMember(object.name, name) ?? report(ev, "TR2016", { name: `${object.name}.${name}` }, span);
    case "symbolic":
      return runTimeProperty(ev, object, name, span, optional);
    case "error":
      return name === "message" ? object.message : undefined;
    case "promise":
    case "loop":
      return name === "then" || name === "catch" || name === "finally"
        ? report(ev, "TR2028", { name: `.${name}` }, span)
        : report(ev, "TR2012", { what: describe(object) }, span);
    default:
      return report(ev, "TR2029", { what: describe(object), name }, span);
  }
}

const LIST_METHODS_AT_RUN_TIME: ReadonlySet<string> = new Set(["map", "filter"]);

/** A property of a run-time value, by its declared type. */
export function runTimeProperty(ev: Evaluation, value: SymbolicValue, name: string | number, span: Span, optional = false): Value {
  const held = optional ? withoutNullish(value.type) : value.type;
  if (!optional && isNullable(value.type) && value.type.kind !== "json") {
    return report(ev, "TR2030", { name: String(name), type: typeName(value.type) }, span, reason(value));
  }
  if (held.kind === "list" && name === "length") {
    const expr: Expr = { kind: "call", op: "length", args: [value.expr], type: NUMBER };
    return symbolic(expr, NUMBER, [value]);
  }
  if (held.kind === "list" && typeof name === "string" && LIST_METHODS_AT_RUN_TIME.has(name)) return { kind: "builtin", name: `runtime.${name}`, self: value };
  if (held.kind === "list" && typeof name === "string") return report(ev, "TR2023", { what: `\`${name}\` of a list` }, span, reason(value));
  if (typeof name === "string" && (held.kind === "string" || held.kind === "number" || held.kind === "enum" || held.kind === "boolean")) {
    return report(ev, "TR2023", { what: `\`${name}\` of a ${held.kind === "enum" ? "string" : held.kind}` }, span, reason(value));
  }
  const type = typeOfProperty(held, name);
  if (type === undefined) return report(ev, "TR2029", { what: typeName(value.type), name: String(name) }, span, reason(value));
  const found = optional && isNullable(value.type) ? unionOf([type, ABSENT]) : type;
  if (value.expr.kind === "ref" && !optional) {
    return symbolic({ ...value.expr, path: [...value.expr.path, name], type: found }, found, [value]);
  }
  // A field of a record that is being put together is just that field.
  if (value.expr.kind === "record" && typeof name === "string" && Object.hasOwn(value.expr.fields, name)) {
    const field = value.expr.fields[name];
    if (field !== undefined) return symbolic(field, found, [value]);
  }
  const path = value.expr;
  return symbolic({ kind: "call", op: optional ? "getOptional" : "get", args: [path, { kind: "literal", value: name }], type: found }, found, [value]);
}
