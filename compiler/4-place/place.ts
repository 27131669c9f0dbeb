/**
 * IR → placed IR: which engine runs what. With one target the pipeline stays as it is, and the target refuses what it cannot run. With two,
 * Airflow conducts and every isolated part becomes a region, which the Kubernetes target compiles like a pipeline of its own.
 */
import type { EngineName, Project } from "../config/project.ts";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Block, Node, NodeId, Pipeline } from "../ir/types.ts";
import { blocksOf } from "../ir/walk.ts";
import { clusterOf } from "./cluster.ts";
import { cutRegion, redirect } from "./cut.ts";
import { mergeUnits, type Unit } from "./merge.ts";

export interface Placed {
  readonly pipeline: Pipeline;
  readonly diagnostics: readonly Diagnostic[];
}

export function placePipeline(pipeline: Pipeline, engines: readonly EngineName[], project: Project): Placed {
  const diagnostics: Diagnostic[] = [];
  const [conductor, kubernetes] = engines;
  if (kubernetes === undefined) return { pipeline, diagnostics };
  if (conductor !== "airflow" || kubernetes === "airflow") {
    diagnostics.push(diagnostic("TR4001", { engines: engines.join(",") }));
    return { pipeline, diagnostics };
  }
  const clusters = new Map<string, string | undefined>();
  for (const [id, step] of Object.entries(pipeline.steps)) {
    if (step.placement === "isolated") clusters.set(id, clusterOf(step, project, diagnostics));
  }
  const body = placeBlock(pipeline.body, { pipeline, clusters, target: kubernetes });
  return { pipeline: { ...pipeline, body }, diagnostics };
}

interface Placing {
  readonly pipeline: Pipeline;
  /** Cluster of each isolated step. */
  readonly clusters: ReadonlyMap<string, string | undefined>;
  readonly target: "argo" | "kubeflow";
}

function placeBlock(block: Block, placing: Placing): Block {
  const units: Unit[] = block.nodes.map((node) => {
    const cluster = clusterOfAll(node, placing);
    return { nodes: [node], ...(cluster === undefined ? {} : { cluster }) };
  });
  const moved = new Map<NodeId, NodeId>();
  const regions = mergeUnits(units).map((unit): Node => {
    const [first] = unit.nodes;
    if (first === undefined || unit.cluster === undefined)
      return first === undefined ? never() : placeInside(first, placing);
    const region = cutRegion(unit.nodes, unit.cluster, placing.target, block, placing.pipeline.steps);
    for (const node of unit.nodes) moved.set(node.id, region.id);
    return region;
  });
  return redirect({ nodes: regions, result: block.result }, moved);
}

function never(): Node {
  throw new Error("a unit without nodes");
}

/** The cluster when every task in the node is isolated on one and the same; a node without tasks stays where it is. */
function clusterOfAll(node: Node, placing: Placing): string | undefined {
  const found = new Set<string | undefined>();
  collect(node, placing, found);
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

function collect(node: Node, placing: Placing, found: Set<string | undefined>): void {
  if (node.kind === "task") found.add(placing.clusters.get(node.step));
  for (const block of blocksOf(node)) for (const inner of block.nodes) collect(inner, placing, found);
}

function placeInside(node: Node, placing: Placing): Node {
  switch (node.kind) {
    case "branch":
      return { ...node, then: placeBlock(node.then, placing), else: placeBlock(node.else, placing) };
    case "forEach":
      return { ...node, body: placeBlock(node.body, placing) };
    case "try":
      return {
        ...node,
        body: placeBlock(node.body, placing),
        ...(node.handler === undefined ? {} : { handler: placeBlock(node.handler, placing) }),
        ...(node.finally === undefined ? {} : { finally: placeBlock(node.finally, placing) }),
      };
    default:
      return node;
  }
}
