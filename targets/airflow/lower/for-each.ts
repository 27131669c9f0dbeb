/**
 * A parallel loop: `Items` evaluates the list and gives its indices, the body is mapped over them, and a free end task follows.
 *
 * The end waits for `Items` and the body by "none failed, at least one succeeded": over an empty list Airflow skips the mapped tasks and `Items`
 * is the success; in an arm that is not taken `Items` is skipped too, and so is the end.
 */
import type { ForEach, Node } from "../../../compiler/ir/types.ts";
import type { Lowering } from "../context.ts";
import type { Argument } from "../model.ts";
import { endId } from "../names.ts";
import { lowerBlock } from "./block.ts";

export function lowerForEach(loop: ForEach, upstream: readonly string[], context: Lowering): string {
  const end = endId(loop.id);
  if (!accepted(loop, context)) return end;
  const made: Argument[] = [["items", context.express(loop.items)]];
  if (loop.body.result.kind !== "absent") made.push(["result", context.express(loop.body.result)]);
  context.add({ id: loop.id, operator: "Items", arguments: made, upstream, origin: loop.origin });
  const [only] = loop.body.nodes;
  const form = loop.body.nodes.length === 1 && only?.kind === "task" ? "task" : "group";
  const { concurrency } = loop;
  context.loops.set(loop.id, { id: loop.id, form, ...(concurrency === undefined ? {} : { concurrency }) });
  context.loop = loop.id;
  const exits = lowerBlock(loop.body, loop.id, context);
  context.loop = undefined;
  context.add({ id: end, operator: "End", arguments: [], upstream: [loop.id, ...exits], origin: loop.origin });
  return end;
}

function accepted(loop: ForEach, context: Lowering): boolean {
  const before = context.diagnostics.length;
  if (context.loop !== undefined) context.report("TR5003", { loop: loop.id }, loop.origin);
  if (loop.mode === "sequential") context.report("TR5004", { loop: loop.id }, loop.origin);
  if (loop.settle) {
    const instead = "let the step return what went wrong as a value, or make the steps isolated";
    context.report("TR5005", { what: "`Promise.allSettled` of shared steps", instead }, loop.origin);
  }
  const [only] = loop.body.nodes;
  if (loop.concurrency !== undefined && (loop.body.nodes.length > 1 || only?.kind !== "task")) {
    context.report(
      "TR5008",
      { loop: loop.id, concurrency: loop.concurrency, several: describe(loop.body.nodes) },
      loop.origin,
    );
  }
  return context.diagnostics.length === before;
}

function describe(nodes: readonly Node[]): string {
  return nodes.length === 1 ? "more than one shared step" : `${nodes.length} parts`;
}
