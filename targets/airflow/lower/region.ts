/**
 * A region is one task that submits a workflow and waits for it, and a teardown that stops the workflow when the task ended in any other way than
 * by its end. The teardown waits for the region alone: it is the one road that every way of ending a task by hand takes
 * (facts: bridge, 3).
 */
import { invariant } from "../../../compiler/invariant.ts";
import type { Region } from "../../../compiler/ir/types.ts";
import type { Lowering } from "../context.ts";
import type { Argument } from "../model.ts";
import { START, stopId } from "../names.ts";
import { pythonString } from "../python-literal.ts";

export function lowerRegion(region: Region, upstream: readonly string[], context: Lowering): string {
  invariant(region.target === "argo", `region ${region.id} is for ${region.target}, which no bridge leads to`);
  const cluster = context.input.project.clusters[region.cluster];
  invariant(cluster, `cluster ${region.cluster} of region ${region.id} is not in the project`);
  const inputs = Object.entries(region.inputs);
  const made: Argument[] = [
    ["connection", pythonString(cluster.connection)],
    ["namespace", pythonString(cluster.namespace)],
  ];
  if (inputs.length > 0) {
    const entries = inputs.map(([name, { expr }]) => `${pythonString(name)}: ${context.express(expr)}`);
    made.push(["inputs", `{${entries.join(", ")}}`]);
  }
  context.add({ id: region.id, operator: "Region", arguments: made, upstream, origin: region.origin });
  context.add({
    id: stopId(region.id),
    operator: "Stop",
    arguments: [["of", pythonString(region.id)]],
    upstream: [START, region.id],
    scope: "stop",
    origin: region.origin,
  });
  return region.id;
}
