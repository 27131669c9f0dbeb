/** Object types: artifacts, arrays, tuples, maps and records. */
import type { Field, Type } from "../../ir/types.ts";
import { LIB_FILE, SDK_ROOT } from "../sdk.ts";
import { type TS, ts } from "../typescript.ts";
import type { Place, TypeContext } from "./context.ts";
import { docOf } from "./doc.ts";
import { refuseType, refuseUntravelled, toFieldType, toType } from "./to-type.ts";

export function convertObjectType(context: TypeContext, type: TS.Type, place: Place): Type {
  const { checker } = context;
  const artifact = artifactOf(context, type, place);
  if (artifact !== undefined) return artifact;
  if (checker.isTupleType(type)) return tupleOf(context, type, place);
  if (checker.isArrayType(type)) {
    const [item] = argumentsOf(checker, type);
    if (item !== undefined) return { kind: "list", items: toType(context, item, inside(place, "[]")) };
  }
  if (isBuiltIn(type) || type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0) {
    return refuseUntravelled(context, type, place);
  }
  const [index] = checker.getIndexInfosOfType(type);
  const properties = checker.getPropertiesOfType(type);
  if (index === undefined)
    return { kind: "record", fields: fieldsOf(context, properties, place, (name) => inside(place, `.${name}`)) };
  if (properties.length > 0) return refuseType(context, "TR1029", { where: place.where }, place);
  if ((index.keyType.flags & ts.TypeFlags.String) === 0) return refuseUntravelled(context, type, place);
  return { kind: "map", values: toType(context, index.type, inside(place, "[string]")) };
}

export function fieldsOf(
  context: TypeContext,
  properties: readonly TS.Symbol[],
  place: Place,
  placeOf: (name: string) => Place,
): Record<string, Field> {
  const fields: [string, Field][] = [];
  for (const property of properties) {
    const at = { ...placeOf(property.name), span: spanOfProperty(context, property) ?? place.span };
    fields.push([property.name, fieldOf(context, property, at)]);
  }
  // Not an assignment: a field may be called `__proto__`.
  return Object.fromEntries(fields);
}

export function fieldOf(context: TypeContext, property: TS.Symbol, place: Place): Field {
  if (property.escapedName.toString().startsWith("__@")) {
    refuseType(context, "TR1021", { where: place.where, type: "a field named by a symbol" }, place);
  }
  const { type, optional } = toFieldType(context, context.checker.getTypeOfSymbol(property), place);
  const isOptional = optional || (property.flags & ts.SymbolFlags.Optional) !== 0;
  if (isOptional && allowsNull(type)) refuseType(context, "TR1022", { where: place.where }, place);
  const doc = property.valueDeclaration && docOf(property.valueDeclaration);
  return { type, ...(isOptional ? { optional: true } : {}), ...(doc === undefined ? {} : { doc }) };
}

function allowsNull(type: Type): boolean {
  return type.kind === "null" || type.kind === "json" || (type.kind === "union" && type.of.some(allowsNull));
}

export function spanOfProperty(context: TypeContext, property: TS.Symbol): Place["span"] | undefined {
  const declaration = property.valueDeclaration;
  if (declaration === undefined) return undefined;
  return context.spanOf(ts.isPropertySignature(declaration) ? declaration.name : declaration);
}

function inside(place: Place, path: string): Place {
  return {
    ...place,
    where: place.where.endsWith("`") ? `${place.where.slice(0, -1)}${path}\`` : `${place.where} \`${path}\``,
  };
}

function tupleOf(context: TypeContext, type: TS.Type, place: Place): Type {
  const { checker } = context;
  const items = argumentsOf(checker, type);
  const isFixed =
    isReference(type) &&
    isTuple(type.target) &&
    type.target.elementFlags.every((flag) => flag === ts.ElementFlags.Required);
  if (!isFixed) return refuseUntravelled(context, type, place);
  return { kind: "tuple", items: items.map((item, i) => toType(context, item, inside(place, `[${i}]`))) };
}

/** By the brand of `sdk/values.ts`, so that an interface of the user's that extends `Dataset` is one, too. */
function artifactOf(context: TypeContext, type: TS.Type, place: Place): Type | undefined {
  const { checker } = context;
  const brand = checker
    .getPropertiesOfType(type)
    .find((property) => property.escapedName.toString().startsWith("__@artifact@"));
  if (brand === undefined || brand.valueDeclaration === undefined) return undefined;
  if (!brand.valueDeclaration.getSourceFile().fileName.startsWith(SDK_ROOT)) return undefined;
  const brandType = checker.getTypeOfSymbol(brand);
  const kind = literalOf(checker, brandType, "kind");
  if (kind !== "dataset" && kind !== "model" && kind !== "file" && kind !== "directory") return undefined;
  if (place.param) return refuseType(context, "TR1024", { where: place.where }, place);
  const row = brandType.getProperty("row");
  const rowType = row && checker.getTypeOfSymbol(row);
  if (rowType === undefined || (rowType.flags & ts.TypeFlags.Unknown) !== 0)
    return { kind: "artifact", artifact: kind };
  return {
    kind: "artifact",
    artifact: kind,
    row: toType(context, rowType, { ...place, where: `a row of ${place.where}` }),
  };
}

function literalOf(checker: TS.TypeChecker, type: TS.Type, name: string): string | undefined {
  const property = type.getProperty(name);
  const literal = property && checker.getTypeOfSymbol(property);
  return literal?.isStringLiteral() ? literal.value : undefined;
}

/** `Promise`, `Function`, `String`: interfaces of the dialect's library. */
function isBuiltIn(type: TS.Type): boolean {
  const symbol = type.getSymbol();
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.TypeLiteral) !== 0) return false;
  return symbol.declarations?.some((declaration) => declaration.getSourceFile().fileName === LIB_FILE) ?? false;
}

function isReference(type: TS.Type): type is TS.TypeReference {
  return (
    "objectFlags" in type && typeof type.objectFlags === "number" && (type.objectFlags & ts.ObjectFlags.Reference) !== 0
  );
}

function isTuple(type: TS.GenericType): type is TS.TupleType {
  return (type.objectFlags & ts.ObjectFlags.Tuple) !== 0;
}

export function argumentsOf(checker: TS.TypeChecker, type: TS.Type): readonly TS.Type[] {
  return isReference(type) ? checker.getTypeArguments(type) : [];
}
