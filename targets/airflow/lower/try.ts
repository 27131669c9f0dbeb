/**
 * `try`: a free entry task, a task before the handler and one before `finally` that decide whether these run, and one that decides how it ended.
 *
 * Airflow's own rules cannot tell a failure in the body from one before the `try`, nor wait until everything has ended. So each of the three waits
 * for all that stands before it in the `try`, at any depth, whatever became of it, and judges by the states of the direct members of the blocks
 * (facts: bridge, 4; python/tries.py).
 */
import type { Block, Expr, Try } from "../../../compiler/ir/types.ts";
import { refsOf } from "../../../compiler/ir/walk.ts";
import type { Lowering } from "../context.ts";
import { openTasks } from "../graph.ts";
import type { Argument } from "../model.ts";
import { catchId, endId, exitId, finallyId } from "../names.ts";
import { pythonString } from "../python-literal.ts";
import { lowerBlock } from "./block.ts";

export function lowerTry(node: Try, upstream: readonly string[], context: Lowering): string {
  const first = context.tasks.length;
  const settle = (id: string, operator: "Catch" | "Finally" | "EndTry"): string => {
    const before = openTasks(context.tasks.slice(first));
    context.add({ id, operator, arguments: [["of", pythonString(node.id)]], upstream: before, origin: node.origin });
    return id;
  };
  context.add({ id: node.id, operator: "Try", arguments: members(node, context), upstream, origin: node.origin });
  lowerBlock(node.body, node.id, context);
  const { handler } = node;
  if (handler && (handler.nodes.length > 0 || readsError(handler.result, node))) {
    const caught = settle(catchId(node.id), "Catch");
    context.optionally(() => lowerBlock(handler, caught, context));
  }
  const last = node.finally;
  if (last && last.nodes.length > 0) {
    const entered = settle(finallyId(node.id), "Finally");
    context.optionally(() => lowerBlock(last, entered, context));
  }
  return settle(endId(node.id), "EndTry");
}

/** What the deciding tasks and those that read the result of the `try` must know. */
function members(node: Try, context: Lowering): Argument[] {
  const exits = (block: Block): string => `[${block.nodes.map((inner) => pythonString(exitId(inner))).join(", ")}]`;
  const made: Argument[] = [["body", exits(node.body)]];
  if (node.handler) made.push(["handler", exits(node.handler)]);
  if (node.finally && node.finally.nodes.length > 0) made.push(["last", exits(node.finally)]);
  const results = [node.body.result, node.handler?.result ?? { kind: "absent" }] as const;
  if (results.some(yieldsSomething)) {
    made.push(["result", `(${results.map((result) => context.express(result)).join(", ")})`]);
  }
  if (node.finally && yieldsSomething(node.finally.result)) {
    made.push(["assigned", context.express(node.finally.result)]);
  }
  return made;
}

function readsError(result: Expr, { id }: Try): boolean {
  return [...refsOf(result)].some(({ source }) => source.from === "error" && source.node === id);
}

function yieldsSomething(result: Expr): boolean {
  return result.kind !== "absent" && !(result.kind === "record" && Object.keys(result.fields).length === 0);
}
