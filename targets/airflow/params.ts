/** Pipeline parameters as Airflow's `Param`s. */
import type { Param } from "../../compiler/ir/types.ts";
import { jsonSchema, nullable } from "./json-schema.ts";
import { pythonLiteral, pythonString } from "./python-literal.ts";

const OF_THE_RUN = { id: "the run's id", logicalDate: "the run's logical date", day: "the run's day" } as const;

/** `Param(0.8, type="number", description_md="…")`. Without a default Airflow asks for a value when the run is triggered. */
export function paramSource(param: Param): string {
  const literal = param.default?.kind === "literal" ? param.default : undefined;
  // None stands for "not given": the operators put the run's value, or nothing, in its place.
  const open = literal === undefined && (param.default !== undefined || param.optional);
  const schema = open ? nullable(jsonSchema(param.type)) : jsonSchema(param.type);
  const args = literal ? [pythonLiteral(literal.value)] : open ? ["None"] : [];
  for (const [key, value] of Object.entries(schema)) args.push(`${key}=${pythonLiteral(value)}`);
  const description = describe(param);
  if (description !== "") args.push(`description_md=${pythonString(description)}`);
  return `Param(${args.join(", ")})`;
}

function describe(param: Param): string {
  const parts = param.doc === undefined ? [] : [param.doc];
  const source = param.default?.kind === "ref" ? param.default.source : undefined;
  if (source?.from === "run") parts.push(`Empty: ${OF_THE_RUN[source.field]}.`);
  return parts.join("\n\n");
}
