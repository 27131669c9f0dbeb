/** The first level of a diff: what a pipeline is and does, in the words of its source. */
import { isDeepStrictEqual } from "node:util";
import { printExpr } from "../../compiler/ir/print.ts";
import type { StepDefinition, StepOptions } from "../../compiler/ir/step.ts";
import type { Block, Node, NodeId, Pipeline, Schedule } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";
import type { PipelineSnapshot, Snapshot } from "../snapshot.ts";
import type { Change, Group } from "./change.ts";
import { gpuPeaks, type Peak } from "./gpu-peak.ts";
import { privilegesOf } from "./privileges.ts";
import { list, say, type Words } from "./say.ts";

interface Side {
  readonly of: PipelineSnapshot;
  readonly snapshot: Snapshot;
}

/** `name` is how reports call the pipeline. */
export function diffPipeline(name: string, base: Side | undefined, head: Side | undefined): Change[] {
  const changes: Change[] = [];
  const add = (group: Group, words: Words) => changes.push({ group, words, pipelines: [name] });
  if (head === undefined) {
    add("deletion", say`pipeline ${name} is deleted; runs in flight keep the code they started with`);
    return changes;
  }
  if (base === undefined) {
    const tasks = [...nodesOf(head.of.pipeline.body)].filter(({ kind }) => kind === "task").length;
    add("pipeline", say`new pipeline ${name}: ${tasks} tasks, ${scheduleText(head.of.pipeline.schedule)}`);
  }
  privileges(base, head, add);
  peaks(base?.of.pipeline, head.of.pipeline, add);
  schedule(base?.of.pipeline.schedule, head.of.pipeline.schedule, base === undefined, add);
  if (base === undefined) return changes;
  options(base.of.pipeline, head.of.pipeline, add);
  params(base.of.pipeline, head.of.pipeline, add);
  steps(base.of.pipeline.steps, head.of.pipeline.steps, add);
  nodes(base.of.pipeline.body, head.of.pipeline.body, add);
  return changes;
}

type Add = (group: Group, words: Words) => void;

function privileges(base: Side | undefined, head: Side, add: Add): void {
  const before = base === undefined ? new Map<string, Words>() : privilegesOf(base.of, base.snapshot);
  const after = privilegesOf(head.of, head.snapshot);
  for (const [key, words] of after) if (!before.has(key)) add("privilege", say`new: ${words}`);
  for (const [key, words] of before) if (!after.has(key)) add("privilege", say`no longer: ${words}`);
}

function peaks(base: Pipeline | undefined, head: Pipeline, add: Add): void {
  const before = base === undefined ? new Map<string, Peak>() : gpuPeaks(base);
  const after = gpuPeaks(head);
  for (const type of new Set([...before.keys(), ...after.keys()])) {
    const [from, to] = [peakText(before.get(type)), peakText(after.get(type))];
    if (from !== to) add("gpu", say`one run holds at most ${from} -> ${to} ${type} at once`);
  }
}

function peakText(peak: Peak | undefined): string {
  return peak === undefined ? "0" : `${peak.count}${peak.atLeast ? " for each item of a loop" : ""}`;
}

function schedule(before: Schedule | undefined, after: Schedule | undefined, isNew: boolean, add: Add): void {
  const [from, to] = [scheduleText(before), scheduleText(after)];
  if (from !== to && !isNew) add("schedule", say`schedule: ${from} -> ${to}`);
  if (after?.catchup && (!before?.catchup || before.start !== after.start || before.cron !== after.cron))
    add("schedule", say`backfill: every run since ${after.start ?? "its start"} that has not been made is started`);
}

function scheduleText(schedule: Schedule | undefined): string {
  if (schedule === undefined) return "no schedule";
  const { cron, timezone, start, end, catchup } = schedule;
  const bounds = [start === undefined ? "" : ` from ${start}`, end === undefined ? "" : ` to ${end}`];
  return `${cron} ${timezone}${bounds.join("")}${catchup ? ", catching up" : ""}`;
}

function options(base: Pipeline, head: Pipeline, add: Add): void {
  const { origins: _, ...before } = base.options;
  const { origins: __, ...after } = head.options;
  for (const { path, from, to } of fields({ ...before, doc: base.doc }, { ...after, doc: head.doc }))
    add("pipeline", say`${path}: ${from} -> ${to}`);
}

function params(base: Pipeline, head: Pipeline, add: Add): void {
  const text = ({ params }: Pipeline) =>
    new Map(
      params.map((param) => [
        param.name,
        `${JSON.stringify(param.type)}${param.optional ? " optional" : ""}${param.default ? ` = ${printExpr(param.default)}` : ""}`,
      ]),
    );
  const [before, after] = [text(base), text(head)];
  for (const [name, to] of after) {
    const from = before.get(name);
    if (from === undefined) add("pipeline", say`new parameter ${name}`);
    else if (from !== to) add("pipeline", say`parameter ${name}: ${from} -> ${to}`);
  }
  for (const name of before.keys()) if (!after.has(name)) add("pipeline", say`parameter ${name} is gone`);
}

function steps(
  base: Readonly<Record<string, StepDefinition>>,
  head: Readonly<Record<string, StepDefinition>>,
  add: Add,
): void {
  for (const [id, after] of Object.entries(head)) {
    const before = Object.hasOwn(base, id) ? base[id] : undefined;
    if (before === undefined) continue;
    if (before.placement !== after.placement) add("task", say`step ${id}: ${before.placement} -> ${after.placement}`);
    const run = ({ run: { file, function: name } }: StepDefinition) => `${file}:${name}`;
    if (run(before) !== run(after)) add("task", say`step ${id} runs ${run(before)} -> ${run(after)}`);
    const { gpu, rest } = splitGpu(before.options, after.options);
    if (gpu !== undefined) add("task", say`step ${id}: GPU ${gpu.from} -> ${gpu.to}`);
    for (const { path, from, to } of fields(rest.before, rest.after))
      add("task", say`step ${id}: ${path} ${from} -> ${to}`);
    for (const { path, from, to } of fields(
      { inputs: before.inputs, output: before.output },
      { inputs: after.inputs, output: after.output },
    ))
      add("task", say`step ${id}: type of ${path} ${from} -> ${to}`);
  }
}

function splitGpu(before: StepOptions, after: StepOptions) {
  const text = ({ resources }: StepOptions) =>
    resources?.gpu ? `${resources.gpu.count} × ${resources.gpu.type}` : "none";
  const without = ({ resources, ...rest }: StepOptions) => ({ ...rest, resources: { ...resources, gpu: undefined } });
  const [from, to] = [text(before), text(after)];
  return { gpu: from === to ? undefined : { from, to }, rest: { before: without(before), after: without(after) } };
}

function nodes(base: Block, head: Block, add: Add): void {
  const [before, after] = [places(base), places(head)];
  const removed = [...before.values()].filter(({ node }) => !after.has(node.id));
  const added = [...after.values()].filter(({ node }) => !before.has(node.id));
  for (const place of [...removed]) {
    // The same call under another name: found by what it does.
    const twin = added.find((other) => isDeepStrictEqual(essence(other.node), essence(place.node)));
    if (twin === undefined) continue;
    removed.splice(removed.indexOf(place), 1);
    added.splice(added.indexOf(twin), 1);
    add("task", say`task ${place.node.id} is renamed ${twin.node.id}`);
  }
  for (const { node } of removed) if (node.kind === "task") add("deletion", say`task ${node.id} is deleted`);
  for (const { node, inside } of added)
    if (node.kind === "task") add("task", say`new task ${node.id}${where(node, inside)}`);
  for (const { node, inside } of after.values()) {
    const old = before.get(node.id);
    if (old === undefined) continue;
    const name = node.kind === "task" ? say`task ${node.id}` : say`${node.kind} ${node.id}`;
    if (old.inside !== inside) add("task", say`${name} moves from ${old.inside} to ${inside}`);
    if (!isDeepStrictEqual(old.node.after, node.after))
      add("task", say`${name} runs after ${afterText(old.node.after)} -> ${afterText(node.after)}`);
    const [from, to] = [essence(old.node), essence(node)];
    for (const { path, from: was, to: is } of fields(from, to)) add("task", say`${name}: ${path} ${was} -> ${is}`);
  }
}

function where(node: Node, inside: string): Words {
  const order = node.after.length === 0 ? say`` : say`, after ${list(node.after)}`;
  return inside === "the pipeline" ? order : say`${order}, in ${inside}`;
}

function afterText(after: readonly NodeId[]): Words {
  return after.length === 0 ? ["the start"] : list(after);
}

/** What a node does, without its name and its place. */
function essence(node: Node): Readonly<Record<string, unknown>> {
  switch (node.kind) {
    case "task":
      return {
        step: node.step,
        inputs: Object.fromEntries(Object.entries(node.inputs).map(([k, v]) => [k, printExpr(v)])),
      };
    case "branch":
      return { condition: printExpr(node.condition) };
    case "forEach":
      return { items: printExpr(node.items), mode: node.mode, concurrency: node.concurrency, settle: node.settle };
    case "fail":
      return { message: printExpr(node.message) };
    default:
      return {};
  }
}

interface Place {
  readonly node: Node;
  readonly inside: string;
}

function places(block: Block, inside = "the pipeline"): Map<NodeId, Place> {
  const found = new Map<NodeId, Place>();
  const visit = (inner: Block | undefined, name: string) => {
    for (const [id, place] of inner ? places(inner, name) : []) found.set(id, place);
  };
  for (const node of block.nodes) {
    found.set(node.id, { node, inside });
    if (node.kind === "branch") {
      visit(node.then, `${node.id} (then)`);
      visit(node.else, `${node.id} (else)`);
    } else if (node.kind === "forEach") visit(node.body, node.id);
    else if (node.kind === "try") {
      visit(node.body, node.id);
      visit(node.handler, `${node.id} (catch)`);
      visit(node.finally, `${node.id} (finally)`);
    }
  }
  return found;
}

interface FieldChange {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/** Leaves of two objects that differ. */
export function fields(before: unknown, after: unknown, path = ""): FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => fields(before[key], after[key], path === "" ? key : `${path}.${key}`));
  }
  return [{ path, from: short(before), to: short(after) }];
}

function short(value: unknown): string {
  if (value === undefined) return "none";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
