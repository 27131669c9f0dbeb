/** A declared type as JSON Schema: what Airflow's trigger form and its API check a parameter by. */
import { assertNever } from "../../compiler/invariant.ts";
import type { Json, Type } from "../../compiler/ir/types.ts";

type Schema = { readonly [key: string]: Json };

export function jsonSchema(type: Type): Schema {
  switch (type.kind) {
    case "null":
    case "absent":
      return { type: "null" };
    case "boolean":
    case "number":
    case "string":
      return { type: type.kind };
    case "enum":
      return enumSchema(type.values);
    case "list":
      return { type: "array", items: jsonSchema(type.items) };
    case "tuple":
      return {
        type: "array",
        prefixItems: type.items.map(jsonSchema),
        minItems: type.items.length,
        maxItems: type.items.length,
      };
    case "record": {
      const entries = Object.entries(type.fields);
      return {
        type: "object",
        properties: Object.fromEntries(entries.map(([name, field]) => [name, jsonSchema(field.type)])),
        required: entries.filter(([, field]) => !field.optional).map(([name]) => name),
        additionalProperties: false,
      };
    }
    case "map":
      return { type: "object", additionalProperties: jsonSchema(type.values) };
    case "union":
      return { anyOf: type.of.map(jsonSchema) };
    case "json":
      return {};
    case "artifact":
      // The dialect refuses artifacts as parameters.
      return { type: "object" };
    default:
      return assertNever(type);
  }
}

/** The same, with null allowed: the parameter may be left empty. */
export function nullable(schema: Schema): Schema {
  if (Object.keys(schema).length === 0) return schema;
  if (Array.isArray(schema.anyOf)) return { ...schema, anyOf: [...schema.anyOf, { type: "null" }] };
  const types = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];
  return {
    ...schema,
    type: types.includes("null") ? types : ["null", ...types],
    ...(Array.isArray(schema.enum) && !schema.enum.includes(null) ? { enum: [...schema.enum, null] } : {}),
  };
}

/** With its type: without one, Airflow's form has a JSON editor instead of a list to choose from. */
function enumSchema(values: readonly (string | number | boolean)[]): Schema {
  const types = [...new Set(values.map((value) => typeof value))].sort();
  return { type: types.length === 1 ? (types[0] ?? "string") : types, enum: values };
}
