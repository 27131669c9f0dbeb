/**
 * What a workflow will take. Argo keeps its manifest and the state of every node in one object, of which the state is compressed; above 1 MiB the
 * controller gives up, in one shape without a word. Loops whose length is known are multiplied out.
 */
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { ForEach } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";
import type { DagTask, Template } from "./objects.ts";
import type { Plan } from "./plan.ts";
import { loopItems, staticLength } from "./resolve.ts";

const LIMIT_KIB = 1024;
/** A wire above 2 KiB is a reference instead. */
const WIRE_KIB = 2;
/** Compressed: names, phases, times and arguments of a pod node (0.25 of about 1 KiB). */
const NODE_KIB = 0.25;

export interface WorkflowSize {
  /** Tasks of all DAGs as written. */
  readonly tasks: number;
  readonly templates: number;
  /** Nodes that a run will show, with loops of known length multiplied out and others as one item. */
  readonly nodes: number;
  /** Of the manifest as JSON. */
  readonly bytes: number;
  /** Of the nodes' state at the end, compressed; about. */
  readonly statusBytes: number;
}

export function sizeOf(templates: readonly Template[], entrypoint: string): WorkflowSize {
  const byName = new Map(templates.map((template) => [template.name, template]));
  const known = new Map<string, number>();
  const nodesIn = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const template = byName.get(name);
    const count = 1 + (template === undefined ? [] : tasksOf(template)).reduce((sum, task) => sum + repeated(task), 0);
    known.set(name, count);
    return count;
  };
  const repeated = (task: DagTask): number => {
    const { count } = task.withSequence ?? {};
    if (count === undefined) return nodesIn(task.template);
    return 1 + (/^\d+$/.test(count) ? Number(count) : 1) * nodesIn(task.template);
  };
  const nodes = nodesIn(entrypoint);
  return {
    tasks: templates.reduce((sum, template) => sum + tasksOf(template).length, 0),
    templates: templates.length,
    nodes,
    bytes: Buffer.byteLength(JSON.stringify(templates)),
    statusBytes: Math.ceil(nodes * NODE_KIB * 1024),
  };
}

function tasksOf(template: Template): readonly DagTask[] {
  if ("dag" in template) return template.dag.tasks;
  return "steps" in template ? template.steps.flat() : [];
}

export function checkSize(size: WorkflowSize, where: string, origin: Origin): readonly Diagnostic[] {
  const [kib, status] = [size.bytes, size.statusBytes].map((bytes) => Math.ceil(bytes / 1024)) as [number, number];
  return kib + status > LIMIT_KIB ? [diagnostic("TR6017", { where, nodes: size.nodes, kib, status }, origin)] : [];
}

export function checkLoopSizes(plan: Plan): readonly Diagnostic[] {
  return [...nodesOf(plan.body)].flatMap((node) => (node.kind === "forEach" ? checkLoop(node, plan) : []));
}

function checkLoop(loop: ForEach, plan: Plan): readonly Diagnostic[] {
  const count = staticLength(loopItems(loop, plan.places));
  if (count === undefined) return [];
  const kib = Math.ceil(count * bodyKib(loop, plan));
  return kib > LIMIT_KIB ? [diagnostic("TR6015", { id: loop.id, count, kib }, loop.origin)] : [];
}

/** At most, of one item: the status is compressed, and wires of random text hardly are. */
function bodyKib(loop: ForEach, plan: Plan): number {
  const inside = [...nodesOf(loop.body)];
  const wires = inside.reduce(
    (sum, { id }) => sum + (plan.reads.get(id)?.wires.size ?? 0) + (plan.carried.has(id) ? 1 : 0),
    0,
  );
  return inside.length * NODE_KIB + wires * WIRE_KIB;
}
