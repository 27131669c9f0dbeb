/**
 * How many GPUs of each type one run can hold at once: the heaviest set of nodes that may run together. In a block that is a maximum-weight
 * antichain of `after`, which by Dilworth's theorem is the total weight less a maximum flow over "must end before".
 */
import type { Block, Node, Pipeline } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";

export interface Peak {
  readonly count: number;
  /** A loop over a list that is known only at run time: at least `count`. */
  readonly atLeast: boolean;
}

export function gpuPeaks(pipeline: Pipeline): ReadonlyMap<string, Peak> {
  const types = new Set<string>();
  for (const node of nodesOf(pipeline.body)) {
    const type = node.kind === "task" ? pipeline.steps[node.step]?.options.resources?.gpu?.type : undefined;
    if (type !== undefined) types.add(type);
  }
  return new Map([...types].sort().map((type) => [type, peakOf(pipeline, pipeline.body, type)]));
}

function peakOf(pipeline: Pipeline, block: Block, type: string): Peak {
  const peaks = block.nodes.map((node) => nodePeak(pipeline, node, type));
  return {
    count: antichain(
      block.nodes,
      peaks.map(({ count }) => count),
    ),
    atLeast: peaks.some(({ atLeast }) => atLeast),
  };
}

function nodePeak(pipeline: Pipeline, node: Node, type: string): Peak {
  switch (node.kind) {
    case "task": {
      const gpu = pipeline.steps[node.step]?.options.resources?.gpu;
      return { count: gpu?.type === type ? gpu.count : 0, atLeast: false };
    }
    case "branch":
      return larger([peakOf(pipeline, node.then, type), peakOf(pipeline, node.else, type)]);
    case "try":
      return larger(
        [node.body, node.handler, node.finally].flatMap((block) => (block ? [peakOf(pipeline, block, type)] : [])),
      );
    case "forEach": {
      const body = peakOf(pipeline, node.body, type);
      if (node.mode === "sequential" || body.count === 0) return body;
      const known =
        node.items.kind === "literal" && Array.isArray(node.items.value) ? node.items.value.length : undefined;
      const items = known ?? (node.items.kind === "list" ? node.items.items.length : undefined);
      const atOnce = Math.min(items ?? node.concurrency ?? 1, node.concurrency ?? Number.POSITIVE_INFINITY);
      return {
        count: body.count * atOnce,
        atLeast: body.atLeast || (items === undefined && node.concurrency === undefined),
      };
    }
    case "region":
      return peakOf(pipeline, node.block, type);
    default:
      return { count: 0, atLeast: false };
  }
}

function larger(peaks: readonly Peak[]): Peak {
  return { count: Math.max(0, ...peaks.map(({ count }) => count)), atLeast: peaks.some(({ atLeast }) => atLeast) };
}

function antichain(nodes: readonly Node[], weights: readonly number[]): number {
  const heavy = nodes.map((_, index) => index).filter((index) => (weights[index] ?? 0) > 0);
  if (heavy.length < 2) return heavy.reduce((sum, index) => sum + (weights[index] ?? 0), 0);
  const before = ancestors(nodes);
  const follows = (first: number, then: number): boolean => before[then]?.has(first) ?? false;
  const left = new Map(heavy.map((index) => [index, weights[index] ?? 0]));
  const right = new Map(left);
  const flow = new Map<string, number>();
  let moved = 0;
  for (;;) {
    const path = augmentingPath(heavy, left, right, flow, follows);
    if (path === undefined) break;
    moved += path;
  }
  return heavy.reduce((sum, index) => sum + (weights[index] ?? 0), 0) - moved;
}

/** One breadth-first search from what is left over on one side to what is left over on the other. @returns the amount that was moved. */
function augmentingPath(
  heavy: readonly number[],
  left: Map<number, number>,
  right: Map<number, number>,
  flow: Map<string, number>,
  follows: (first: number, then: number) => boolean,
): number | undefined {
  type Step = { readonly at: number; readonly side: "left" | "right"; readonly from?: Step };
  const queue: Step[] = heavy.filter((at) => (left.get(at) ?? 0) > 0).map((at) => ({ at, side: "left" }));
  const seen = new Set(queue.map(({ at }) => `l${at}`));
  for (const step of queue) {
    if (step.side === "right" && (right.get(step.at) ?? 0) > 0) return move(step, left, right, flow);
    for (const next of heavy) {
      const usable = step.side === "left" ? follows(step.at, next) : (flow.get(`${next},${step.at}`) ?? 0) > 0;
      const side = step.side === "left" ? "right" : "left";
      if (!usable || seen.has(`${side[0]}${next}`)) continue;
      seen.add(`${side[0]}${next}`);
      queue.push({ at: next, side, from: step });
    }
  }
  return undefined;
}

function move(
  end: { readonly at: number; readonly side: string; readonly from?: unknown },
  left: Map<number, number>,
  right: Map<number, number>,
  flow: Map<string, number>,
): number {
  const path: { at: number; side: string }[] = [];
  for (let step = end as { at: number; side: string; from?: never } | undefined; step; step = step.from)
    path.unshift(step);
  const start = path[0]?.at ?? 0;
  const edges = path.slice(1).map((to, index) => ({ from: path[index] ?? to, to }));
  const backward = edges
    .filter(({ from }) => from.side === "right")
    .map(({ from, to }) => flow.get(`${to.at},${from.at}`) ?? 0);
  const amount = Math.min(left.get(start) ?? 0, right.get(end.at) ?? 0, ...backward);
  left.set(start, (left.get(start) ?? 0) - amount);
  right.set(end.at, (right.get(end.at) ?? 0) - amount);
  for (const { from, to } of edges) {
    const key = from.side === "left" ? `${from.at},${to.at}` : `${to.at},${from.at}`;
    flow.set(key, (flow.get(key) ?? 0) + (from.side === "left" ? amount : -amount));
  }
  return amount;
}

/** By index: all nodes of the block that must have ended before. */
function ancestors(nodes: readonly Node[]): Set<number>[] {
  const indexes = new Map(nodes.map((node, index) => [node.id, index]));
  const all: Set<number>[] = [];
  for (const node of nodes) {
    const mine = new Set<number>();
    for (const id of node.after) {
      const index = indexes.get(id);
      if (index === undefined) continue;
      mine.add(index);
      for (const older of all[index] ?? []) mine.add(older);
    }
    all.push(mine);
  }
  return all;
}
