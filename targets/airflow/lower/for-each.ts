/**
 * A parallel loop: `Items` evaluates the list and gives its indices, the body is mapped over them, and an end task follows.
 *
 * The end waits for `Items` and the body by "none failed, at least one succeeded", and is free: over an empty list Airflow skips the mapped tasks
 * and `Items` is the success; in an arm that is not taken `Items` is skipped too, and so is the end.
 * Not so with a branch or a `try` in the body. Their exits run when others were skipped, so that in an arm that is not taken Airflow wants to map
 * them, finds no list, and calls that a failure of what stands before. There the end is a task that looks at `Items` first.
 */
import type { Expr, ForEach, Try } from "../../../compiler/ir/types.ts";
import { nodesOf } from "../../../compiler/ir/walk.ts";
import type { Lowering } from "../context.ts";
import { openTasks } from "../graph.ts";
import type { Argument } from "../model.ts";
import { endId, itemId } from "../names.ts";
import { pythonString } from "../python-literal.ts";
import { lowerBlock } from "./block.ts";

export function lowerForEach(written: ForEach, upstream: readonly string[], context: Lowering): string {
  const end = endId(written.id);
  if (!accepted(written, context)) return end;
  const loop = written.settle ? settled(written) : written;
  const made: Argument[] = [["items", context.express(loop.items)]];
  if (loop.body.result.kind !== "absent") made.push(["result", context.express(loop.body.result)]);
  context.add({ id: loop.id, operator: "Items", arguments: made, upstream, origin: loop.origin });
  const [only] = loop.body.nodes;
  const form = loop.body.nodes.length === 1 && only?.kind === "task" ? "task" : "group";
  const { concurrency } = loop;
  context.loops.set(loop.id, {
    ...{ id: loop.id, form },
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(loop.key === undefined ? {} : { key: context.express(loop.key) }),
  });
  const first = context.tasks.length;
  const exits = context.inLoop(loop.id, () => lowerBlock(loop.body, loop.id, context));
  const { origin } = loop;
  if (loop.body.nodes.some(({ kind }) => kind === "branch" || kind === "try")) {
    const inside = openTasks(context.tasks.slice(first));
    const made: Argument[] = [
      ["of", pythonString(loop.id)],
      ["must", `[${exits.map(pythonString).join(", ")}]`],
    ];
    context.add({ id: end, operator: "EndLoop", arguments: made, upstream: [loop.id, ...inside], origin });
  } else {
    context.add({ id: end, operator: "End", arguments: [], upstream: [loop.id, ...exits], origin });
  }
  return end;
}

/** `Promise.allSettled`: each item is a `try` whose handler does nothing but tell the error. */
function settled(loop: ForEach): ForEach {
  const id = itemId(loop.id);
  const { origin, type } = loop;
  const entry = (status: string, name: string, value: Expr): Expr => ({
    kind: "record",
    fields: { status: { kind: "literal", value: status }, [name]: value },
  });
  const reason: Expr = { kind: "ref", source: { from: "error", node: id }, path: [], type: { kind: "json" } };
  const item: Try = {
    ...{ kind: "try", id, after: [], origin, type },
    body: { nodes: loop.body.nodes, result: entry("fulfilled", "value", loop.body.result) },
    handler: { nodes: [], result: entry("rejected", "reason", reason) },
  };
  const result: Expr = { kind: "ref", source: { from: "output", node: id }, path: [], type };
  return { ...loop, settle: false, body: { nodes: [item], result } };
}

function accepted(loop: ForEach, context: Lowering): boolean {
  const before = context.diagnostics.length;
  const because = keptHere(loop, context);
  if (context.loop !== undefined) context.report("TR5003", { loop: loop.id, because }, loop.origin);
  if (loop.mode === "sequential") context.report("TR5004", { loop: loop.id, because }, loop.origin);
  const count = knownLength(loop.items);
  if (count > MAX_ITEMS) context.report("TR5011", { loop: loop.id, count, limit: MAX_ITEMS }, loop.origin);
  if (loop.concurrency !== undefined) {
    const inside = [...nodesOf(loop.body)].filter(({ kind }) => kind === "task" || kind === "region");
    const [only, ...others] = inside;
    if (others.length > 0 || only?.kind === "region") {
      const tasks = loop.body.nodes.map(({ id }) => `"${id}"`).join(", ");
      context.report("TR5008", { loop: loop.id, concurrency: loop.concurrency, tasks }, loop.origin);
    }
  }
  return context.diagnostics.length === before;
}

/** Airflow's own limit, unless somebody changed it; `Items` checks the lists that are known only when the task runs. */
const MAX_ITEMS = 1024;

function knownLength(items: Expr): number {
  if (items.kind === "list") return items.items.length;
  return items.kind === "literal" && Array.isArray(items.value) ? items.value.length : 0;
}

/** Why the loop was not moved into a region. */
function keptHere(loop: ForEach, { input }: Lowering): string {
  const shared = [...nodesOf(loop.body)].flatMap((node) =>
    node.kind === "task" && input.pipeline.steps[node.step]?.placement === "shared" ? [`"${node.id}"`] : [],
  );
  if (shared.length === 0) return "its steps run on more than one cluster";
  return shared.length === 1 ? `${shared[0]} is shared` : `${shared.join(", ")} are shared`;
}
