/** Pipelines and projects for this folder's tests. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../compiler/config/project.ts";
import * as ir from "../../compiler/ir/ir-for-tests.ts";
import type { Block, Expr, Param, Pipeline, Ref, Region, Type } from "../../compiler/ir/types.ts";
import { PACKAGE_ROOT } from "../../compiler/package.ts";
import type { TargetOutput } from "../target.ts";
import { emitArgo } from "./target.ts";

export const number: Type = { kind: "number" };
export const string: Type = { kind: "string" };
export const boolean: Type = { kind: "boolean" };
export const json: Type = { kind: "json" };

export function list(items: Type): Type {
  return { kind: "list", items };
}
export function record(fields: Readonly<Record<string, Type>>): Type {
  return { kind: "record", fields: Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, { type }])) };
}
export function fields(values: Readonly<Record<string, Expr>>): Expr {
  return { kind: "record", fields: values };
}
export function bound(name: string, path: Ref["path"] = []): Ref {
  return { kind: "ref", source: { from: "bound", name }, path, type: json };
}
export function input(name: string, type: Type = json): Ref {
  return { kind: "ref", source: { from: "input", name }, path: [], type };
}
export function parameter(name: string, type: Type, value?: Expr): Param {
  return { name, type, optional: value !== undefined, ...(value ? { default: value } : {}), origin: ir.ORIGIN };
}

export const IMAGE: string = `registry.acme.com/steps@sha256:${"0".repeat(64)}`;

export const project: Project = {
  project: "acme",
  pipelines: [],
  target: ["argo"],
  artifactRoot: "s3://artifacts/churn",
  airflow: {},
  clusters: {
    main: {
      connection: "kubernetes",
      namespace: "ml",
      serviceAccount: "pipeline",
      env: { AWS_REGION: "eu-central-1", AWS_SECRET_ACCESS_KEY: { secret: "s3", key: "secret" } },
      gpus: {
        v100: {
          resource: "nvidia.com/gpu",
          nodeSelector: { "gpu-type": "v100" },
          tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
        },
      },
      labels: { team: "ml" },
    },
  },
};

export function imagesOf(pipeline: Pipeline): Record<string, string> {
  return Object.fromEntries(Object.keys(pipeline.steps).map((step) => [step, IMAGE]));
}

export function emit(pipeline: Pipeline, more: Partial<Project> = {}): TargetOutput {
  const images = imagesOf(pipeline);
  return emitArgo({ pipeline, project: { ...project, ...more }, sources: [], runtime: [], images, regions: {} });
}

export function contentOf(output: TargetOutput): string {
  return String(output.files[0]?.content);
}

export function expected(name: string): string {
  return readFileSync(join(PACKAGE_ROOT, "targets/argo/expected", name), "utf8");
}

/** The example of the README: features in parallel, one GPU step, a branch on its result. */
export function churn(): Pipeline {
  const day: Ref = { kind: "ref", source: { from: "run", field: "day" }, path: [], type: string };
  const body = ir.block([
    ir.task("extract", [], { day: ir.param("day", string) }),
    ir.forEach(
      "build-features-each",
      ["extract"],
      ir.out("extract", ["regions"], list(string)),
      ir.block(
        [
          ir.task("build-features", [], {
            events: ir.out("extract", ["events"]),
            region: ir.item("build-features-each", [], string),
          }),
        ],
        ir.out("build-features"),
      ),
    ),
    ir.task("train", ["build-features-each"], {
      features: {
        kind: "comprehension",
        items: ir.out("build-features-each"),
        item: "part",
        each: bound("part", ["features"]),
        type: json,
      },
      lr: ir.lit(0.01),
    }),
    ir.branch(
      "if-auc",
      ["train"],
      ir.op("ge", ir.out("train", ["auc"], number), ir.param("threshold", number)),
      ir.block([ir.task("publish", [], { model: ir.out("train", ["model"]) })]),
      ir.block([
        ir.task("alert", [], {
          text: ir.op("template", ir.lit("AUC {{is}} $(low): "), ir.out("train", ["auc"], number)),
        }),
      ]),
    ),
  ]);
  const made = ir.pipeline(body, {
    outputs: {
      extract: record({ events: { kind: "artifact", artifact: "dataset" }, regions: list(string) }),
      train: record({ model: { kind: "artifact", artifact: "model" }, auc: number }),
    },
    options: {
      train: {
        retries: 2,
        timeout: 86400,
        resources: { cpu: "64", memory: "256Gi", sharedMemory: "64Gi", gpu: { type: "v100", count: 8 } },
      },
    },
  });
  return {
    ...made,
    name: "churn",
    doc: "Trains the churn model.",
    params: [
      { ...parameter("day", string, day), doc: "Day to train on." },
      parameter("threshold", number, ir.lit(0.8)),
    ],
    schedule: {
      cron: "0 3 * * *",
      timezone: "Europe/Berlin",
      catchup: false,
      origins: { schedule: ir.ORIGIN },
    },
  };
}

export function region(block: Block, inputs: Readonly<Record<string, Type>>, outputs: readonly string[]): Region {
  return {
    kind: "region",
    id: "train-region",
    after: [],
    origin: ir.ORIGIN,
    target: "argo",
    cluster: "main",
    block,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, type]) => [name, { expr: ir.out("outside", [name], type), type }]),
    ),
    outputs,
    type: json,
  };
}

export { ir };
