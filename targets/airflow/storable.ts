/** Airflow keeps a DAG as JSON in its database, and PostgreSQL's texts and JSON hold no NUL. */
import type { Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { Json } from "../../compiler/ir/types.ts";
import type { Lowering } from "./context.ts";
import { jsonSchema } from "./json-schema.ts";

/** Reports what of the pipeline Airflow would store and cannot. What steps get is not stored: constants are read from the file when a task runs. */
export function checkStorable(context: Lowering): void {
  const { doc, options, origin, params } = context.input.pipeline;
  const check = (what: string, value: Json | undefined, at: Origin = origin): void => {
    if (value !== undefined && hasNul(value)) context.report("TR5009", { what }, at);
  };
  check("the pipeline's description", doc);
  check("a tag", options.tags, options.origins.tags);
  check("the owner", options.owner, options.origins.owner);
  for (const { name, doc: description, default: given, type, origin: at } of params) {
    check(`the description of \`${name}\``, description, at);
    if (given?.kind === "literal") check(`the default of \`${name}\``, given.value, at);
    check(`the type of \`${name}\``, jsonSchema(type), at);
  }
}

function hasNul(value: Json): boolean {
  if (typeof value === "string") return value.includes("\0");
  if (value === null || typeof value !== "object") return false;
  return Object.entries(value).some(([key, item]) => key.includes("\0") || hasNul(item));
}
