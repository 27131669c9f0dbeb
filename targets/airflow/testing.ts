/** Small IR for this folder's tests: what the evaluator would make of a pipeline of a few lines. */
import type { Project } from "../../compiler/config/project.ts";
import type { Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { StepDefinition, StepOptions } from "../../compiler/ir/step.ts";
import type {
  Block,
  Branch,
  Expr,
  Fail,
  ForEach,
  Json,
  Node,
  Operator,
  Pipeline,
  Ref,
  RefSource,
  Region,
  Task,
  Try,
  Type,
} from "../../compiler/ir/types.ts";
import type { TargetInput } from "../target.ts";

export const text: Type = { kind: "string" };
export const number: Type = { kind: "number" };
export const boolean: Type = { kind: "boolean" };
export const json: Type = { kind: "json" };

export function origin(start = 0): Origin {
  return { span: { file: "test.pipeline.ts", start, end: start + 1 } };
}

export function list(items: Type): Type {
  return { kind: "list", items };
}

export function record(fields: Readonly<Record<string, Type>>): Type {
  return { kind: "record", fields: Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, { type }])) };
}

/** `ref("output", "train", "auc")`; fields and indices follow. */
export function ref(from: RefSource["from"], name: string, ...path: (string | number)[]): Ref {
  return { kind: "ref", source: source(from, name), path, type: json };
}

function source(from: RefSource["from"], name: string): RefSource {
  switch (from) {
    case "param":
    case "input":
    case "bound":
      return { from, name };
    case "run":
      return { from, field: name === "day" || name === "logicalDate" ? name : "id" };
    default:
      return { from, node: name };
  }
}

export function literal(value: Json): Expr {
  return { kind: "literal", value };
}

export function call(op: Operator, ...args: Expr[]): Expr {
  return { kind: "call", op, args, type: json };
}

export function records(fields: Readonly<Record<string, Expr>>): Expr {
  return { kind: "record", fields };
}

export function step(
  id: string,
  inputs: Readonly<Record<string, Type>>,
  output: Type,
  options: StepOptions = {},
  more: Partial<StepDefinition> = {},
): StepDefinition {
  return {
    id,
    placement: "shared",
    run: { file: "steps/all.py", function: id.replaceAll("-", "_") },
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, type]) => [name, { type }])),
    output,
    options,
    origin: origin(),
    origins: Object.fromEntries(Object.keys(options).map((key, index) => [key, origin(100 + index)])),
    ...more,
  };
}

export function task(
  id: string,
  inputs: Task["inputs"] = {},
  after: readonly string[] = [],
  ofStep: string = id,
): Task {
  return { kind: "task", id, step: ofStep, inputs, after, origin: origin(10) };
}

export function block(nodes: readonly Node[], result: Expr = { kind: "absent" }): Block {
  return { nodes, result };
}

export function branch(
  id: string,
  condition: Expr,
  then: Block,
  otherwise: Block,
  after: readonly string[] = [],
): Branch {
  return { kind: "branch", id, condition, then, else: otherwise, after, type: json, origin: origin(20) };
}

export function forEach(
  id: string,
  items: Expr,
  body: Block,
  after: readonly string[] = [],
  more: Partial<ForEach> = {},
): ForEach {
  const base = { kind: "forEach", id, items, body, after, mode: "parallel", settle: false } as const;
  return { ...base, itemType: json, type: json, origin: origin(30), ...more };
}

export function fail(id: string, message: Expr, after: readonly string[] = []): Fail {
  return { kind: "fail", id, message, after, origin: origin(40) };
}

export function region(
  id: string,
  inputs: Readonly<Record<string, Expr>>,
  outputs: readonly string[],
  after: readonly string[] = [],
): Region {
  return {
    kind: "region",
    id,
    target: "argo",
    cluster: "main",
    block: block([]),
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, expr]) => [name, { expr, type: json }])),
    outputs,
    type: json,
    after,
    origin: origin(50),
  };
}

export function pipeline(
  name: string,
  steps: readonly StepDefinition[],
  body: Block,
  more: Partial<Pipeline> = {},
): Pipeline {
  return {
    name,
    params: [],
    options: { origins: {} },
    steps: Object.fromEntries(steps.map((one) => [one.id, one])),
    body,
    origin: origin(),
    ...more,
  };
}

export const project: Project = {
  pipelines: ["**/*.pipeline.ts"],
  target: ["airflow", "argo"],
  artifactRoot: "file:///tmp/twinrail-test",
  airflow: {},
  clusters: { main: { connection: "kubernetes_main", namespace: "ml", env: {}, gpus: {}, labels: {} } },
};

export function targetInput(of: Pipeline, more: Partial<TargetInput> = {}): TargetInput {
  return { pipeline: of, project, sources: [], runtime: [], images: {}, regions: {}, ...more };
}

/** DESIGN's example with `train` as a shared step. */
export function churn(): Pipeline {
  const dataset: Type = { kind: "artifact", artifact: "dataset" };
  const model: Type = { kind: "artifact", artifact: "model" };
  const features: Expr = {
    kind: "comprehension",
    items: ref("output", "regions"),
    item: "part",
    each: ref("bound", "part", "features"),
    type: list(dataset),
  };
  const low = [literal("AUC "), ref("output", "train", "auc"), literal(" is below "), ref("param", "threshold")];
  return pipeline(
    "churn",
    [
      step("extract", { day: text }, record({ events: dataset, regions: list(text) }), { retries: 3 }),
      step("build-features", { events: dataset, region: text }, record({ features: dataset, rows: number })),
      step("train", { features: list(dataset), lr: number }, record({ model, auc: number })),
      step("publish", { model }, { kind: "absent" }),
      step("alert", { text }, { kind: "absent" }),
    ],
    block([
      task("extract", { day: ref("param", "day") }),
      forEach(
        "regions",
        ref("output", "extract", "regions"),
        block(
          [task("build-features", { events: ref("output", "extract", "events"), region: ref("item", "regions") })],
          ref("output", "build-features"),
        ),
        ["extract"],
      ),
      task("train", { features, lr: literal(0.01) }, ["regions"]),
      branch(
        "if-auc",
        call("ge", ref("output", "train", "auc"), ref("param", "threshold")),
        block([task("publish", { model: ref("output", "train", "model") })]),
        block([task("alert", { text: call("template", ...low) })]),
        ["train"],
      ),
    ]),
    {
      doc: "Trains daily.\n\nSee runbook.md",
      params: [
        {
          name: "day",
          type: text,
          optional: true,
          doc: "Day to train on.",
          default: ref("run", "day"),
          origin: origin(),
        },
        { name: "threshold", type: number, optional: true, default: literal(0.8), origin: origin() },
      ],
      schedule: {
        cron: "0 3 * * *",
        timezone: "Europe/Berlin",
        start: "2026-01-01",
        catchup: true,
        origins: { schedule: origin() },
      },
      options: { tags: ["ml"], owner: "data", maxActiveRuns: 2, origins: {} },
    },
  );
}

export function tryNode(id: string, body: Block, handler?: Block, last?: Block, after: readonly string[] = []): Try {
  const blocks = { ...(handler ? { handler } : {}), ...(last ? { finally: last } : {}) };
  return { kind: "try", id, body, ...blocks, after, type: json, origin: origin(60) };
}
