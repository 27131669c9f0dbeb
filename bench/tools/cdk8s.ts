/** cdk8s: ready-made JavaScript that builds a Workflow object, and its synth. No types are checked and no pipeline is known to it. */
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ShapeTask } from "../shapes.ts";
import { nodeModulesOf, type Tool } from "./tool.ts";

export const cdk8s: Tool = {
  name: "cdk8s",
  prepare(folder, tasks) {
    symlinkSync(join(nodeModulesOf("cdk8s"), "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "main.js"), source(tasks));
    return { argv: [process.execPath, "main.js"], cwd: folder, output: join(folder, "dist") };
  },
};

function source(tasks: readonly ShapeTask[]): string {
  const calls = tasks.map(({ name, kind, after }) => {
    const result = (other: string): string => `{{tasks.${other}.outputs.result}}`;
    if (kind === "first") return `task("${name}", "first", [], []);\n`;
    const value = kind === "work" ? result(after[0] ?? "") : `[${after.map(result).join(", ")}]`;
    const parameter = { name: kind === "work" ? "x" : "parts", value };
    return `task("${name}", "${kind}", ${JSON.stringify(after)}, [${JSON.stringify(parameter)}]);\n`;
  });
  return `const { ApiObject, App, Chart } = require("cdk8s");

const image = "registry.example/python:3.11";
const tasks = [];
function task(name, template, dependencies, parameters) {
  tasks.push({ name, template, dependencies, arguments: { parameters } });
}
function script(name, parameters, source) {
  return { name, inputs: { parameters: parameters.map((name) => ({ name })) }, script: { image, command: ["python"], source } };
}
${calls.join("")}
const app = new App({ outdir: "dist" });
const chart = new Chart(app, "bench");
new ApiObject(chart, "workflow", {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { generateName: "bench-" },
  spec: {
    entrypoint: "main",
    templates: [
      script("first", [], "print(1)"),
      script("work", ["x"], "print({{inputs.parameters.x}} + 1)"),
      script("join", ["parts"], "print(sum({{inputs.parameters.parts}}))"),
      { name: "main", dag: { tasks } },
    ],
  },
});
app.synth();
`;
}
