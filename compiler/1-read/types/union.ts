/** Unions in one canonical form, so that the order in which TypeScript met the members leaves no trace. */
import type { Type } from "../../ir/types.ts";

type EnumValue = string | number | boolean;

/** Literals become one enum, `true | false` becomes `boolean`, duplicates go, the rest is sorted. */
export function joinUnion(types: readonly Type[]): Type {
  const literals: EnumValue[] = [];
  const others = new Map<string, Type>();
  for (const type of types) {
    if (type.kind === "enum") literals.push(...type.values);
    else others.set(JSON.stringify(type), type);
  }
  const isBoolean = literals.includes(true) && literals.includes(false);
  if (isBoolean) others.set(JSON.stringify({ kind: "boolean" }), { kind: "boolean" });
  const values = literals.filter((value) => !(isBoolean && typeof value === "boolean"));
  if (values.length > 0) {
    const joined: Type = { kind: "enum", values: [...new Set(values)].sort(compareValues) };
    others.set(JSON.stringify(joined), joined);
  }
  const sorted = [...others].sort(([a], [b]) => compareText(a, b)).map(([, type]) => type);
  const [only] = sorted;
  return sorted.length === 1 && only !== undefined ? only : { kind: "union", of: sorted };
}

/** Booleans, then numbers by size, then strings by UTF-16 unit. */
function compareValues(a: EnumValue, b: EnumValue): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return compareText(typeof a, typeof b);
  return compareText(String(a), String(b));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
