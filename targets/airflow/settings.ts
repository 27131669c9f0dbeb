/** What the operators read when a task runs: `pipeline.json` of the package. Nothing of it is needed to parse the DAG file. */
import { runtimeExpr } from "../../compiler/ir/encode.ts";
import type { Block, Field, Json, NodeId, Type } from "../../compiler/ir/types.ts";
import { blocksOf, nodesOf } from "../../compiler/ir/walk.ts";
import type { TargetInput } from "../target.ts";
import type { AirflowTask } from "./model.ts";

/** Types of parameters and of the steps that run here; the artifact root; the schedule's time zone. */
export function settings({ pipeline, project, environments = {} }: TargetInput, tasks: readonly AirflowTask[]): Json {
  const here = new Set(tasks.map((task) => task.step));
  const steps = Object.values(pipeline.steps).filter((step) => here.has(step.id));
  const regions = [...nodesOf(pipeline.body)].flatMap((node) =>
    node.kind === "region" ? [[node.id, placesIn(node.block, [])] as const] : [],
  );
  return {
    pipeline: project.project === undefined ? pipeline.name : `${project.project}-${pipeline.name}`,
    timezone: pipeline.schedule?.timezone ?? "UTC",
    root: project.artifactRoot,
    params: Object.fromEntries(
      pipeline.params.map((param) => [
        param.name,
        {
          type: typeJson(param.type),
          ...(param.optional ? { optional: true } : {}),
          ...(param.default === undefined ? {} : { default: runtimeExpr(param.default) }),
        },
      ]),
    ),
    steps: Object.fromEntries(
      steps.map((step) => [
        step.id,
        {
          inputs: fieldsJson(step.inputs),
          output: typeJson(step.output),
          ...(environments[step.id] === undefined ? {} : { environment: environments[step.id] ?? "" }),
        },
      ]),
    ),
    ...(regions.length === 0 ? {} : { regions: Object.fromEntries(regions) }),
  };
}

/** Types are plain JSON already; only TypeScript does not know that of an interface with optional fields. */
function typeJson(type: Type): Json {
  return type as unknown as Json;
}

function fieldsJson(fields: Readonly<Record<string, Field>>): Json {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { type, optional }]) => [
      name,
      { type: typeJson(type), ...(optional ? { optional } : {}) },
    ]),
  );
}

/**
 * What can fail a region, in source order: its step, if it is a task, and the loops around it. So an error is told from the pods that failed. What
 * a handler in the region catches is not among them, nor are the items of a settled loop; a failure in `finally` counts before the handler's.
 */
function placesIn(block: Block, loops: readonly NodeId[]): Json[] {
  return block.nodes.flatMap((node): Json[] => {
    if (node.kind === "task") return [{ node: node.id, step: node.step, loops }];
    if (node.kind === "fail") return [{ node: node.id, loops }];
    if (node.kind === "try") {
      const last = node.finally === undefined ? [] : placesIn(node.finally, loops);
      return [...last, ...placesIn(node.handler ?? node.body, loops)];
    }
    if (node.kind === "forEach" && node.settle) return [];
    const around = node.kind === "forEach" ? [...loops, node.id] : loops;
    return blocksOf(node).flatMap((inner) => placesIn(inner, around));
  });
}
