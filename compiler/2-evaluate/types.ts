/** What is known of a run-time value: its declared type. */
import type { Type } from "../ir/types.ts";

export const ABSENT: Type = { kind: "absent" };
export const BOOLEAN: Type = { kind: "boolean" };
export const NUMBER: Type = { kind: "number" };
export const STRING: Type = { kind: "string" };
export const NULL: Type = { kind: "null" };
export const JSON_TYPE: Type = { kind: "json" };
/** What a handler gets. The pipeline's own `throw` has neither step nor attempt. */
export const ERROR_TYPE: Type = {
  kind: "record",
  fields: {
    step: { type: STRING, optional: true },
    attempt: { type: NUMBER, optional: true },
    message: { type: STRING },
  },
};

/** Type of `value.key`; undefined when no such property can exist. A value that may be null or absent has no properties. */
export function typeOfProperty(type: Type, key: string | number): Type | undefined {
  switch (type.kind) {
    case "record": {
      const field = typeof key === "string" && Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
      if (field === undefined) return undefined;
      return field.optional ? unionOf([field.type, ABSENT]) : field.type;
    }
    case "map":
      return unionOf([type.values, ABSENT]);
    case "list":
      return typeof key === "number" && key >= 0 ? unionOf([type.items, ABSENT]) : undefined;
    case "tuple":
      return typeof key === "number" ? type.items[key] : undefined;
    case "json":
      return JSON_TYPE;
    case "union": {
      // A member without it has been ruled out by a condition (`end.status === "fulfilled" ? end.value : ...`).
      const members = type.of.flatMap((member) => typeOfProperty(member, key) ?? []);
      return members.length === 0 ? undefined : unionOf(members);
    }
    default:
      return undefined;
  }
}

/** Members of a type: of a union, each; of anything else, itself. */
export function membersOf(type: Type): readonly Type[] {
  return type.kind === "union" ? type.of : [type];
}

export function isNullable(type: Type): boolean {
  return membersOf(type).some((member) => member.kind === "null" || member.kind === "absent" || member.kind === "json");
}

export function withoutNullish(type: Type): Type {
  return unionOf(membersOf(type).filter((member) => member.kind !== "null" && member.kind !== "absent"));
}

export function mayBeAbsent(type: Type): boolean {
  return membersOf(type).some((member) => member.kind === "absent");
}

export function withoutAbsent(type: Type): Type {
  return unionOf(membersOf(type).filter((member) => member.kind !== "absent"));
}

/** Every member is one of the kinds (an enum counts as the kind of its values). */
export function isOnly(type: Type, kinds: ReadonlySet<Type["kind"]>): boolean {
  return membersOf(type).every((member) =>
    member.kind === "enum" ? member.values.every((value) => kinds.has(kindOfScalar(value))) : kinds.has(member.kind),
  );
}

function kindOfScalar(value: string | number | boolean): Type["kind"] {
  return typeof value as "string" | "number" | "boolean";
}

export const SCALARS: ReadonlySet<Type["kind"]> = new Set(["null", "absent", "boolean", "number", "string"]);
export const ONLY_BOOLEAN: ReadonlySet<Type["kind"]> = new Set(["boolean"]);
export const ONLY_NUMBER: ReadonlySet<Type["kind"]> = new Set(["number"]);
export const ONLY_STRING: ReadonlySet<Type["kind"]> = new Set(["string"]);

/** The least type that holds all of them, without repeats. */
export function unionOf(types: readonly Type[]): Type {
  const members: Type[] = [];
  const seen = new Set<string>();
  for (const type of types) {
    for (const member of membersOf(type)) {
      const key = JSON.stringify(member);
      if (seen.has(key)) continue;
      seen.add(key);
      members.push(member);
    }
  }
  if (members.some((member) => member.kind === "json")) return JSON_TYPE;
  const [only] = members;
  if (only === undefined) return ABSENT;
  return members.length === 1 ? only : { kind: "union", of: members };
}

export function sameType(a: Type, b: Type): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
