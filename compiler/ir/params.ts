/** A run's parameters: what a person typed, made into values, with the defaults of those that were not given. */
import { invariant } from "../invariant.ts";
import { checkValue, typeText } from "./check-value.ts";
import { wireText } from "./encode.ts";
import { evaluate } from "./expression.ts";
import type { Json, Param, Pipeline } from "./types.ts";

export interface RunContext {
  readonly id: string;
  readonly logicalDate: string;
  readonly day: string;
}

export interface BoundParams {
  /** Of every parameter that has a value. */
  readonly values: Readonly<Record<string, Json>>;
  /** In words, for the person who typed them. Empty: the run may start. */
  readonly problems: readonly string[];
}

export function bindParams(pipeline: Pipeline, given: Readonly<Record<string, Json>>, run: RunContext): BoundParams {
  const values: Record<string, Json> = {};
  const problems = Object.keys(given)
    .filter((name) => !pipeline.params.some((param) => param.name === name))
    .map((name) => `${pipeline.name} has no parameter \`${name}\``);
  for (const param of pipeline.params) {
    const value = Object.hasOwn(given, param.name) ? given[param.name] : defaultOf(param, run);
    if (value === undefined) {
      if (!param.optional) problems.push(`parameter \`${param.name}\` has no default and was not given`);
      continue;
    }
    const mismatch = checkValue(value, param.type);
    if (mismatch === undefined) values[param.name] = value;
    else
      problems.push(
        `parameter \`${[param.name, mismatch.path].filter(Boolean).join(" at ")}\` is not ${mismatch.expected}`,
      );
  }
  return { values, problems };
}

/** Raw text is the value itself where the type is string (or a union of strings), JSON elsewhere: the rule of every engine's form. */
export function parseParam(param: Param, text: string): { readonly value: Json } | { readonly problem: string } {
  if (isText(param)) return { value: text };
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return { problem: `parameter \`${param.name}\` is ${typeText(param.type)}: give it as JSON, not \`${text}\`` };
  }
}

/** The inverse of `parseParam`. JSON is written so that no engine finds a tag of its own in it. */
export function paramText(param: Param, value: Json): string {
  return isText(param) && typeof value === "string" ? value : wireText(value);
}

function isText({ type }: Param): boolean {
  return type.kind === "string" || (type.kind === "enum" && type.values.every((value) => typeof value === "string"));
}

function defaultOf(param: Param, run: RunContext): Json | undefined {
  if (param.default === undefined) return undefined;
  const value = evaluate(param.default, (source) => {
    invariant(source.from === "run", `the default of \`${param.name}\` reads more than the run`);
    return run[source.field];
  });
  return value as Json | undefined;
}
