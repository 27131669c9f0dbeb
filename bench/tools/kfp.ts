/** Kubeflow Pipelines' SDK: lightweight components, compiled to one PipelineSpec. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ShapeTask } from "../shapes.ts";
import { pythonOf, type Tool } from "./tool.ts";

export const kfp: Tool = {
  name: "kfp",
  prepare(folder, tasks) {
    writeFileSync(join(folder, "pipeline.py"), source(tasks));
    const output = join(folder, "pipeline.yaml");
    return { argv: [pythonOf("kfp"), "pipeline.py"], cwd: folder, output };
  },
};

function source(tasks: readonly ShapeTask[]): string {
  const calls = tasks.map(({ name, kind, after }) => {
    if (kind === "first") return `    ${name} = first()\n`;
    if (kind === "work") return `    ${name} = work(x=${after[0]}.output)\n`;
    return `    ${name} = join(parts=[${after.map((other) => `${other}.output`).join(", ")}])\n`;
  });
  return `from kfp import compiler, dsl

IMAGE = "registry.example/python:3.11"


@dsl.component(base_image=IMAGE)
def first() -> int:
    return 1


@dsl.component(base_image=IMAGE)
def work(x: int) -> int:
    return x + 1


@dsl.component(base_image=IMAGE)
def join(parts: list) -> int:
    return sum(parts)


@dsl.pipeline(name="bench")
def bench():
${calls.join("")}

compiler.Compiler().compile(bench, "pipeline.yaml")
`;
}
