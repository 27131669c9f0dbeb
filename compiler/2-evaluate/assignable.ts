/**
 * A second look at what a step is given, by declared types. TypeScript has checked the call; this closes the holes that `as` opens, and it
 * keeps the promise that no engine sees a value of another type.
 */
import type { Type } from "../ir/types.ts";
import { typeName } from "./operators.ts";
import { membersOf } from "./types.ts";
import { isObject, isPrimitive, type Value } from "./values.ts";

/**
 * Why a value of type `from` is no `to`; undefined when it is one. `value` is consulted for literals. Of a run-time value one fitting member is
 * enough: TypeScript knows by the conditions around it which ones it can be here.
 */
export function whyNot(from: Type, to: Type, value: Value, optional: boolean): string | undefined {
  if (isPrimitive(value) && to.kind === "enum") {
    return to.values.some((allowed) => allowed === value)
      ? undefined
      : `${JSON.stringify(value)} is not one of ${typeName(to)}`;
  }
  const members = membersOf(from);
  if (isObject(value, "symbolic") && members.some((member) => fits(member, to, value))) return undefined;
  for (const member of members) {
    if (member.kind === "absent" && optional) continue;
    if (!fits(member, to, value)) return `${typeName(member)} is not ${typeName(to)}`;
  }
  return undefined;
}

function fits(from: Type, to: Type, value: Value): boolean {
  if (from === to || to.kind === "json" || from.kind === "json")
    return from.kind !== "artifact" || to.kind === "artifact";
  if (from.kind === "union") return from.of.every((member) => fits(member, to, value));
  if (to.kind === "union") return to.of.some((member) => fits(from, member, value));
  switch (to.kind) {
    case "enum":
      // A literal's type is widened while evaluating: `"a"` is a string here. TypeScript has checked it.
      return from.kind === "enum"
        ? from.values.some((item) => to.values.includes(item))
        : from.kind === "string" || from.kind === "number" || from.kind === "boolean";
    case "string":
    case "number":
    case "boolean":
      return from.kind === to.kind || (from.kind === "enum" && from.values.some((item) => typeof item === to.kind));
    case "list":
      return (
        (from.kind === "list" && fits(from.items, to.items, undefined)) ||
        (from.kind === "tuple" && from.items.every((item) => fits(item, to.items, undefined)))
      );
    case "tuple":
      return from.kind === "list" || (from.kind === "tuple" && from.items.length === to.items.length);
    case "record":
      if (from.kind === "map") return true;
      return (
        from.kind === "record" &&
        Object.entries(to.fields).every(([key, field]) => {
          const has = Object.hasOwn(from.fields, key) ? from.fields[key] : undefined;
          if (has === undefined) return field.optional === true;
          return membersOf(has.type).every((member) =>
            member.kind === "absent" ? field.optional === true : fits(member, field.type, undefined),
          );
        })
      );
    case "map":
      return (
        (from.kind === "map" && fits(from.values, to.values, undefined)) ||
        (from.kind === "record" && Object.values(from.fields).every((field) => fits(field.type, to.values, undefined)))
      );
    case "artifact":
      return from.kind === "artifact" && from.artifact === to.artifact;
    default:
      return from.kind === to.kind;
  }
}
