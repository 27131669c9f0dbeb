/** From TypeScript's types to ours. What cannot travel between steps is reported where it is declared, and becomes `json` so that work goes on. */
import type { Code, ParamsOf } from "../../diagnostics/catalog.ts";
import { diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Type } from "../../ir/types.ts";
import { type TS, ts } from "../typescript.ts";
import type { Place, TypeContext } from "./context.ts";
import { convertObjectType } from "./objects.ts";
import { joinUnion } from "./union.ts";

const JSON_TYPE: Type = { kind: "json" };

export function toType(context: TypeContext, type: TS.Type, place: Place): Type {
  return membersToType(context, membersOf(type), type, place);
}

/** A field's type: `undefined` says only that it is optional. */
export function toFieldType(context: TypeContext, type: TS.Type, place: Place): { type: Type; optional: boolean } {
  const all = membersOf(type);
  const members = all.filter((member) => !isUndefined(member));
  const optional = members.length < all.length;
  return { type: membersToType(context, members, type, place), optional };
}

export function membersOf(type: TS.Type): readonly TS.Type[] {
  return type.isUnion() ? type.types : [type];
}

/** What TypeScript puts for a name that it could not find, and has reported. */
export function isError(type: TS.Type): boolean {
  return "intrinsicName" in type && (type.intrinsicName === "error" || type.intrinsicName === "unresolved");
}

export function isUndefined(type: TS.Type): boolean {
  return (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) !== 0;
}

function membersToType(context: TypeContext, members: readonly TS.Type[], whole: TS.Type, place: Place): Type {
  const { jsonMembers } = context;
  const isJson = jsonMembers.length > 0 && jsonMembers.every((member) => members.includes(member));
  const rest = isJson ? members.filter((member) => !jsonMembers.includes(member)) : members;
  if (rest.length === 0 && !isJson) return refuseType(context, "TR1028", { where: place.where }, place);
  const types = rest.map((member) => memberToType(context, member, whole, place));
  return joinUnion(isJson ? [JSON_TYPE, ...types] : types);
}

function memberToType(context: TypeContext, type: TS.Type, whole: TS.Type, place: Place): Type {
  const { flags } = type;
  if (flags & ts.TypeFlags.StringLike) return type.isStringLiteral() ? enumOf(type.value) : { kind: "string" };
  if (flags & ts.TypeFlags.NumberLike) return type.isNumberLiteral() ? enumOf(type.value) : { kind: "number" };
  if (flags & ts.TypeFlags.BooleanLiteral) return enumOf(type === context.checker.getTrueType());
  if (flags & ts.TypeFlags.Null) return { kind: "null" };
  if (flags & ts.TypeFlags.Unknown) return JSON_TYPE;
  if (isError(type)) return JSON_TYPE;
  if (flags & ts.TypeFlags.Any) return refuseType(context, "TR1020", { where: place.where }, place);
  if (isUndefined(type)) return refuseType(context, "TR1028", { where: place.where }, place);
  if (flags & ts.TypeFlags.TypeParameter) return refuseTypeParameter(context, type, place);
  if (flags & ts.TypeFlags.Object) return objectToType(context, type, place);
  if (type.isIntersection()) return intersectionToType(context, type, whole, place);
  return refuseUntravelled(context, type, place);
}

/** A branded primitive is its primitive; objects are one object with all fields. */
function intersectionToType(context: TypeContext, type: TS.IntersectionType, whole: TS.Type, place: Place): Type {
  const primitive = type.types.find((member) => (member.flags & ts.TypeFlags.Object) === 0);
  return primitive === undefined ? objectToType(context, type, place) : memberToType(context, primitive, whole, place);
}

function objectToType(context: TypeContext, type: TS.Type, place: Place): Type {
  const cached = place.param ? undefined : context.cache.get(type);
  if (cached !== undefined) return cached;
  if (context.open.has(type)) return refuseType(context, "TR1025", { where: place.where }, place);
  context.open.add(type);
  const converted = convertObjectType(context, type, place);
  context.open.delete(type);
  if (!place.param) context.cache.set(type, converted);
  return converted;
}

function enumOf(value: string | number | boolean): Type {
  return { kind: "enum", values: [value] };
}

export function refuseType<C extends Code>(context: TypeContext, code: C, params: ParamsOf<C>, place: Place): Type {
  context.diagnostics.push(diagnostic(code, params, place.span));
  return JSON_TYPE;
}

export function refuseUntravelled(context: TypeContext, type: TS.Type, place: Place): Type {
  return refuseType(context, "TR1021", { where: place.where, type: nameOf(context, type) }, place);
}

function refuseTypeParameter(context: TypeContext, type: TS.Type, place: Place): Type {
  return refuseType(context, "TR1026", { where: place.where, type: nameOf(context, type) }, place);
}

export function nameOf(context: TypeContext, type: TS.Type): string {
  return context.checker.typeToString(type, undefined, ts.TypeFormatFlags.OmitParameterModifiers);
}
