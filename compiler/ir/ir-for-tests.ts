/** Small pipelines in few words, for unit tests of whatever takes IR. */
import type { Origin } from "../diagnostics/diagnostic.ts";
import type { StepDefinition, StepOptions } from "./step.ts";
import type {
  Block,
  Branch,
  Call,
  Expr,
  Fail,
  Field,
  ForEach,
  Json,
  Node,
  Param,
  Pipeline,
  Ref,
  Task,
  Try,
  Type,
} from "./types.ts";
import { nodesOf } from "./walk.ts";

export const ORIGIN: Origin = { span: { file: "x.pipeline.ts", start: 0, end: 0 } };
export const JSON_TYPE: Type = { kind: "json" };

type Path = readonly (string | number)[];

export function lit(value: Json): Expr {
  return { kind: "literal", value };
}
export function out(node: string, path: Path = [], type: Type = JSON_TYPE): Ref {
  return { kind: "ref", source: { from: "output", node }, path, type };
}
export function item(node: string, path: Path = [], type: Type = JSON_TYPE): Ref {
  return { kind: "ref", source: { from: "item", node }, path, type };
}
export function error(node: string, path: Path = []): Ref {
  return { kind: "ref", source: { from: "error", node }, path, type: { kind: "string" } };
}
export function param(name: string, type: Type = JSON_TYPE): Ref {
  return { kind: "ref", source: { from: "param", name }, path: [], type };
}
export function op(name: Call["op"], ...args: readonly Expr[]): Call {
  const strings: readonly Call["op"][] = ["template"];
  const booleans: readonly Call["op"][] = ["not", "and", "or", "eq", "ne", "lt", "le", "gt", "ge", "isNullish"];
  const type: Type = strings.includes(name)
    ? { kind: "string" }
    : booleans.includes(name)
      ? { kind: "boolean" }
      : JSON_TYPE;
  return { kind: "call", op: name, args, type };
}

/** A task of a step of the same id, unless `step` says another. */
export function task(
  id: string,
  after: readonly string[] = [],
  inputs: Record<string, Expr> = {},
  step: string = id,
): Task {
  return { kind: "task", id, after, origin: ORIGIN, step, inputs };
}
export function branch(
  id: string,
  after: readonly string[],
  condition: Expr,
  then: Block,
  otherwise: Block = block(),
): Branch {
  return { kind: "branch", id, after, origin: ORIGIN, condition, then, else: otherwise, type: JSON_TYPE };
}
export function forEach(
  id: string,
  after: readonly string[],
  items: Expr,
  body: Block,
  more: Partial<ForEach> = {},
): ForEach {
  return {
    ...{ kind: "forEach", id, after, origin: ORIGIN, items, itemType: JSON_TYPE, mode: "parallel", settle: false },
    ...{ body, type: JSON_TYPE },
    ...more,
  };
}
export function attempt(
  id: string,
  after: readonly string[],
  body: Block,
  more: Pick<Try, "handler" | "finally">,
): Try {
  return { kind: "try", id, after, origin: ORIGIN, body, type: JSON_TYPE, ...more };
}
export function fail(id: string, after: readonly string[], message: Expr): Fail {
  return { kind: "fail", id, after, origin: ORIGIN, message };
}
/** What a handler caught, as it was: `throw error`. */
export function failAgain(id: string, after: readonly string[], caught: string): Fail {
  const type: Type = {
    kind: "record",
    fields: {
      step: { type: { kind: "string" }, optional: true },
      attempt: { type: { kind: "number" }, optional: true },
      message: { type: { kind: "string" } },
    },
  };
  const ref: Ref = { kind: "ref", source: { from: "error", node: caught }, path: [], type };
  return { kind: "fail", id, after, origin: ORIGIN, message: error(caught, ["message"]), error: ref };
}
export function block(nodes: readonly Node[] = [], result: Expr = { kind: "absent" }): Block {
  return { nodes, result };
}

export interface PipelineParts {
  /** Of the whole run. */
  readonly deadline?: number;
  readonly options?: Readonly<Record<string, StepOptions>>;
  readonly outputs?: Readonly<Record<string, Type>>;
  readonly params?: readonly Pick<Param, "name" | "type" | "optional">[];
}

/** Steps are made from the tasks: `step` is `steps/<step>.py:main`, its inputs are optional JSON. */
export function pipeline(body: Block, parts: PipelineParts = {}): Pipeline {
  const inputs: Record<string, Record<string, Field>> = {};
  for (const node of nodesOf(body)) {
    if (node.kind !== "task") continue;
    const known = inputs[node.step] ?? {};
    inputs[node.step] = known;
    for (const name of Object.keys(node.inputs)) known[name] = { type: JSON_TYPE, optional: true };
  }
  const steps = Object.entries(inputs).map(([id, fields]): [string, StepDefinition] => [
    id,
    {
      id,
      placement: "shared",
      run: { file: `steps/${id}.py`, function: "main" },
      inputs: fields,
      output: parts.outputs?.[id] ?? JSON_TYPE,
      options: parts.options?.[id] ?? {},
      origin: ORIGIN,
      origins: {},
    },
  ]);
  return {
    name: "test",
    params: (parts.params ?? []).map((p) => ({ ...p, origin: ORIGIN })),
    options: { origins: {}, ...(parts.deadline === undefined ? {} : { deadline: parts.deadline }) },
    steps: Object.fromEntries(steps),
    body,
    origin: ORIGIN,
  };
}
