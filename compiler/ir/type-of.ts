/** The type of an expression, and what its type lets one do with it. */
import { assertNever } from "../invariant.ts";
import { isList } from "./expression.ts";
import type { Expr, Json, Type } from "./types.ts";

export function typeOf(expr: Expr): Type {
  switch (expr.kind) {
    case "literal":
      return typeOfLiteral(expr.value);
    case "absent":
      return { kind: "absent" };
    case "ref":
    case "call":
    case "comprehension":
      return expr.type;
    case "list":
      return { kind: "tuple", items: expr.items.map(typeOf) };
    case "record":
      return {
        kind: "record",
        fields: Object.fromEntries(Object.entries(expr.fields).map(([key, field]) => [key, { type: typeOf(field) }])),
      };
    default:
      return assertNever(expr);
  }
}

export function isBoolean(type: Type): boolean {
  return everyMember(type, (t) => t.kind === "boolean" || isEnumOf(t, "boolean"));
}

export function isNumber(type: Type): boolean {
  return everyMember(type, (t) => t.kind === "number" || isEnumOf(t, "number"));
}

export function isString(type: Type): boolean {
  return everyMember(type, (t) => t.kind === "string" || isEnumOf(t, "string"));
}

/** What a handler catches: `{ step?, attempt?, message }`. */
export function isError(type: Type): boolean {
  const message = type.kind === "record" ? type.fields.message : undefined;
  return message !== undefined && isString(message.type);
}

/** What may name an item. */
export function isKey(type: Type): boolean {
  return everyMember(
    type,
    (t) => t.kind === "string" || t.kind === "number" || isEnumOf(t, "string") || isEnumOf(t, "number"),
  );
}

/** null and absent count: `===` and template strings take them. */
export function isScalar(type: Type): boolean {
  const scalars: readonly Type["kind"][] = ["null", "absent", "boolean", "number", "string", "enum"];
  return everyMember(type, (t) => scalars.includes(t.kind));
}

export function isListType(type: Type): boolean {
  return everyMember(type, (t) => t.kind === "list" || t.kind === "tuple");
}

function everyMember(type: Type, test: (member: Type) => boolean): boolean {
  return type.kind === "union" ? type.of.every((member) => everyMember(member, test)) : test(type);
}

function isEnumOf(type: Type, kind: "boolean" | "number" | "string"): boolean {
  return type.kind === "enum" && type.values.every((value) => typeof value === kind);
}

function typeOfLiteral(value: Json): Type {
  if (value === null) return { kind: "null" };
  if (typeof value === "boolean") return { kind: "boolean" };
  if (typeof value === "number") return { kind: "number" };
  if (typeof value === "string") return { kind: "string" };
  if (isJsonList(value)) return { kind: "tuple", items: value.map(typeOfLiteral) };
  return {
    kind: "record",
    fields: Object.fromEntries(Object.entries(value).map(([key, item]) => [key, { type: typeOfLiteral(item) }])),
  };
}

function isJsonList(value: Json): value is readonly Json[] {
  return isList(value);
}
