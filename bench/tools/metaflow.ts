/** Metaflow's Argo compiler. It uploads the flow's code before it prints a manifest, so it is given an S3 that takes everything (fake-s3.ts). */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ShapeTask, stagesOf } from "../shapes.ts";
import { pythonOf, type Tool } from "./tool.ts";

export function metaflow(s3: string): Tool {
  return {
    name: "metaflow",
    prepare(folder, tasks) {
      writeFileSync(join(folder, "flow.py"), source(tasks));
      const output = join(folder, "workflow.json");
      // It can only print. `exec` leaves one process to be measured.
      const command = `exec ${pythonOf("metaflow")} flow.py --no-pylint --quiet --datastore s3 --metadata local argo-workflows create --only-json > workflow.json`;
      return { argv: ["sh", "-c", command], cwd: folder, output, env: environment(folder, s3) };
    },
  };
}

function environment(folder: string, s3: string): Readonly<Record<string, string>> {
  return {
    HOME: folder,
    USERNAME: "bench",
    METAFLOW_DEFAULT_METADATA: "local",
    METAFLOW_DATASTORE_SYSROOT_S3: "s3://bench/metaflow",
    METAFLOW_S3_ENDPOINT_URL: s3,
    METAFLOW_KUBERNETES_NAMESPACE: "bench",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_DEFAULT_REGION: "us-east-1",
  };
}

/** `start` and `end` are steps of its own, and `end` may join nothing: they stand around the tasks. */
function source(tasks: readonly ShapeTask[]): string {
  const stages = stagesOf(tasks);
  const steps = stages.flatMap((stage, position) => {
    const next = (stages[position + 1] ?? [{ name: "end" }]).map((task) => `self.${task.name}`).join(", ");
    return stage.map(({ name, kind }) => {
      if (kind === "join") {
        const merge = "self.value = sum(branch.value for branch in inputs)";
        return `    @step\n    def ${name}(self, inputs):\n        ${merge}\n        self.next(${next})\n\n`;
      }
      const work = kind === "first" ? "self.value = 1" : "self.value = self.value + 1";
      return `    @step\n    def ${name}(self):\n        ${work}\n        self.next(${next})\n\n`;
    });
  });
  return `import sys

from metaflow import FlowSpec, step

# Its check walks the graph by recursion, and fails on flows of about 980 steps in a row with Python's own limit.
sys.setrecursionlimit(100_000)


class Bench(FlowSpec):
    @step
    def start(self):
        self.next(self.t0)

${steps.join("")}    @step
    def end(self):
        pass


if __name__ == "__main__":
    Bench()
`;
}
