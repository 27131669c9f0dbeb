/** Hera: one script template a function, called by every task. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ShapeTask } from "../shapes.ts";
import { pythonOf, type Tool } from "./tool.ts";

export const hera: Tool = {
  name: "hera",
  prepare(folder, tasks) {
    writeFileSync(join(folder, "pipeline.py"), source(tasks));
    const output = join(folder, "workflow.yaml");
    return { argv: [pythonOf("hera"), "pipeline.py"], cwd: folder, output };
  },
};

function source(tasks: readonly ShapeTask[]): string {
  const calls = tasks.map(({ name, kind, after }) => {
    const before = after.length === 0 ? "" : `        [${after.join(", ")}] >> ${name}\n`;
    if (kind === "first") return `        ${name} = first(name="${name}")\n`;
    if (kind === "work")
      return `        ${name} = work(name="${name}", arguments={"x": ${after[0]}.result})\n${before}`;
    const parts = after.map((other) => `{${other}.result}`).join(", ");
    return `        ${name} = join(name="${name}", arguments={"parts": f"[${parts}]"})\n${before}`;
  });
  return `from hera.workflows import DAG, Workflow, script

IMAGE = "registry.example/python:3.11"


@script(image=IMAGE)
def first():
    print(1)


@script(image=IMAGE)
def work(x: int):
    print(x + 1)


@script(image=IMAGE)
def join(parts: list):
    print(sum(parts))


with Workflow(generate_name="bench-", entrypoint="main") as workflow:
    with DAG(name="main"):
${calls.join("")}

with open("workflow.yaml", "w") as file:
    file.write(workflow.to_yaml())
`;
}
