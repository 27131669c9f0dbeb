/** Is a JSON value of a declared type? The runtime asks the same of every step's result (runtime/README.md); here it is for parameters. */
import { assertNever } from "../invariant.ts";
import { isList } from "./expression.ts";
import type { Field, Json, Type } from "./types.ts";

export interface Mismatch {
  /** `regions[2].name`; empty for the value itself. */
  readonly path: string;
  readonly expected: string;
}

/** The first thing that is wrong, or nothing. */
export function checkValue(value: Json | undefined, type: Type, path = ""): Mismatch | undefined {
  const mismatch: Mismatch = { path, expected: typeText(type) };
  const when = (good: boolean) => (good ? undefined : mismatch);
  switch (type.kind) {
    case "absent":
      return when(value === undefined);
    case "null":
      return when(value === null);
    case "boolean":
      return when(typeof value === "boolean");
    case "number":
      return when(typeof value === "number" && Number.isFinite(value));
    case "string":
      return when(typeof value === "string");
    case "enum":
      return when(type.values.some((allowed) => allowed === value));
    case "json":
      return when(value !== undefined);
    case "list":
      return isListValue(value) ? first(value, (item, i) => checkValue(item, type.items, `${path}[${i}]`)) : mismatch;
    case "tuple":
      if (!isListValue(value) || value.length !== type.items.length) return mismatch;
      return first(type.items, (item, i) => checkValue(value[i], item, `${path}[${i}]`));
    case "record":
      return isRecord(value) ? checkFields(value, type.fields, path, mismatch) : mismatch;
    case "map":
      if (!isRecord(value)) return mismatch;
      return first(Object.entries(value), ([key, item]) => checkValue(item, type.values, join(path, key)));
    case "union":
      return when(type.of.some((member) => checkValue(value, member) === undefined));
    case "artifact":
      return when(isRecord(value) && typeof value.uri === "string");
    default:
      return assertNever(type);
  }
}

function checkFields(
  value: { readonly [key: string]: Json },
  fields: Readonly<Record<string, Field>>,
  path: string,
  mismatch: Mismatch,
): Mismatch | undefined {
  const extra = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
  if (extra !== undefined) return { ...mismatch, path: join(path, extra), expected: "no such field" };
  return first(Object.entries(fields), ([key, field]) => {
    const item = Object.hasOwn(value, key) ? value[key] : undefined;
    return item === undefined && field.optional ? undefined : checkValue(item, field.type, join(path, key));
  });
}

/** The type as TypeScript writes it. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "absent":
      return "void";
    case "null":
    case "boolean":
    case "number":
    case "string":
      return type.kind;
    case "json":
      return "Json";
    case "enum":
      return type.values.map((value) => JSON.stringify(value)).join(" | ");
    case "list": {
      const items = typeText(type.items);
      return type.items.kind === "union" || type.items.kind === "enum" ? `(${items})[]` : `${items}[]`;
    }
    case "tuple":
      return `[${type.items.map(typeText).join(", ")}]`;
    case "record":
      return fieldsText(type.fields);
    case "map":
      return `Record<string, ${typeText(type.values)}>`;
    case "union":
      return type.of.map(typeText).join(" | ");
    case "artifact": {
      const name = type.artifact.charAt(0).toUpperCase() + type.artifact.slice(1);
      return type.row === undefined ? name : `${name}<${typeText(type.row)}>`;
    }
    default:
      return assertNever(type);
  }
}

export function fieldsText(fields: Readonly<Record<string, Field>>): string {
  const texts = Object.entries(fields).map(
    ([key, field]) => `${keyText(key)}${field.optional ? "?" : ""}: ${typeText(field.type)}`,
  );
  return texts.length === 0 ? "{}" : `{ ${texts.join(", ")} }`;
}

/** A property's name, quoted where it is not an identifier. */
export function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

function join(path: string, key: string): string {
  if (keyText(key) !== key) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function first<T>(items: readonly T[], check: (item: T, index: number) => Mismatch | undefined): Mismatch | undefined {
  for (const [index, item] of items.entries()) {
    const mismatch = check(item, index);
    if (mismatch) return mismatch;
  }
  return undefined;
}

function isListValue(value: Json | undefined): value is readonly Json[] {
  return isList(value);
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !isList(value);
}
