import type { Task } from "../../../compiler/ir/types.ts";
import type { Context } from "../context.ts";
import { placeOf } from "../places.ts";
import { podTemplate, readsOfTask } from "../pod.ts";
import { type Lowered, needsOf } from "./call.ts";

/** A pod template of its own: the options differ from task to task, and so do names on the engine's screen. */
export function lowerTask(task: Task, cx: Context): Lowered {
  const wires = [...readsOfTask(task, cx).wires].sort();
  const needs = needsOf(
    wires.map((node) => ({ node })),
    placeOf(cx.plan.places, task.id).loops,
  );
  const template = podTemplate(task, [...needs.keys()], cx);
  cx.add(() => template, task.origin);
  return {
    callable: { template: task.id, needs, outputName: ({ extra }) => extra ?? "out" },
    reads: new Map(),
    maySkip: false,
  };
}
