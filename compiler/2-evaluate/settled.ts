/**
 * `Promise.allSettled`: over a run-time loop it is the loop that settles; of single promises each becomes a Try around what it stands for, whose
 * handler turns the failure into a value.
 */
import type { CallExpression } from "../1-read/syntax.ts";
import type { Expr, Type } from "../ir/types.ts";
import { addNode, type NodeDraft, newBlock, newSources } from "./builder.ts";
import { type Evaluation, originOf, report, type Thread } from "./evaluation.ts";
import { hasEnded, newPromise } from "./frontier.ts";
import { toExpr } from "./to-expr.ts";
import { ERROR_TYPE } from "./types.ts";
import { isObject, type LoopValue, type PromiseValue, STUCK, type SymbolicValue, type Value } from "./values.ts";

export function settledType(value: Type): Type {
  return {
    kind: "union",
    of: [
      { kind: "record", fields: { status: { type: { kind: "enum", values: ["fulfilled"] } }, value: { type: value } } },
      {
        kind: "record",
        fields: { status: { type: { kind: "enum", values: ["rejected"] } }, reason: { type: ERROR_TYPE } },
      },
    ],
  };
}

export function settleLoop(ev: Evaluation, thread: Thread, given: LoopValue, node: CallExpression): Value {
  if (given.promise.awaited) return takenTwice(ev, given.promise, node);
  const loop = given.node;
  loop.settle = true;
  given.promise.awaited = true;
  const type: Type = { kind: "list", items: settledType(loop.type) };
  const value: Value = {
    kind: "symbolic",
    expr: { kind: "ref", source: loop.output, path: [], type },
    type,
    because: { span: node.span, what: "the loop runs at run time" },
  };
  return newPromise(thread, { value, ends: given.promise.ends, span: node.span });
}

export function settleList(ev: Evaluation, thread: Thread, items: readonly Value[], node: CallExpression): Value {
  const values: Value[] = [];
  const ends = new Set<NodeDraft>();
  const forks: Thread[] = [];
  let failed = false;
  for (const item of items) {
    if (isObject(item, "stuck")) failed = true;
    else if (isObject(item, "loop")) {
      item.promise.awaited = true;
      report(ev, "TR2060", {}, item.promise.span);
      failed = true;
    } else if (!isObject(item, "promise")) values.push(fulfilled(thread, item));
    else {
      const settled = settleOne(ev, thread, item, node);
      item.awaited = true;
      if (settled === undefined) failed = true;
      else values.push(settled.value);
      if (settled?.node !== undefined) ends.add(settled.node);
      forks.push(...item.forks);
    }
  }
  if (failed) return STUCK;
  return newPromise(thread, { value: { kind: "list", items: values, owner: thread }, ends, span: node.span, forks });
}

function fulfilled(owner: Thread, value: Value): Value {
  const fields = new Map<string, Value>([
    ["status", "fulfilled"],
    ["value", value],
  ]);
  return { kind: "record", fields, owner };
}

function settleOne(
  ev: Evaluation,
  thread: Thread,
  promise: PromiseValue,
  node: CallExpression,
): { readonly value: Value; readonly node?: NodeDraft } | undefined {
  // Had it failed, its own `await` would have thrown.
  if (!promise.throws && hasEnded(thread.frontier, promise.ends)) return { value: fulfilled(thread, promise.value) };
  if (promise.block !== thread.block) {
    report(ev, "TR2014", {}, node.span, [{ span: promise.span, message: "started here, outside the block" }]);
    return undefined;
  }
  const group = new Set(promise.made);
  const after = promise.awaited ? undefined : startOf(thread, group);
  if (after === undefined) {
    takenTwice(ev, promise, node);
    return undefined;
  }
  const body = newBlock(thread.block);
  const value = promise.throws
    ? { expr: { kind: "absent" } as Expr, type: { kind: "absent" } as Type }
    : toExpr(ev, promise.value, node.span);
  if (value === undefined) return undefined;
  moveInto(body, group);
  body.result = { kind: "record", fields: { status: literal("fulfilled"), value: value.expr } };
  const sources = newSources();
  const handler = newBlock(thread.block);
  const reason: Expr = { kind: "ref", source: sources.error, path: [], type: ERROR_TYPE };
  handler.result = { kind: "record", fields: { status: literal("rejected"), reason } };
  const type = settledType(value.type);
  const origin = originOf(ev, promise.span);
  const made = addNode(ev.builder, { kind: "try", body, handler, type, block: thread.block, after, origin }, sources);
  const because = { span: promise.span, what: "it says how this ended" };
  const settled: SymbolicValue = {
    kind: "symbolic",
    expr: { kind: "ref", source: made.output, path: [], type },
    type,
    because,
  };
  return { value: settled, node: made };
}

function literal(value: string): Expr {
  return { kind: "literal", value };
}

/**
 * What the group waits for as a whole. Undefined when it is not one: something else waits for a part of it, or a part waits for something that the
 * rest does not.
 */
function startOf(thread: Thread, group: ReadonlySet<NodeDraft>): ReadonlySet<NodeDraft> | undefined {
  for (const node of group) if (node.block !== thread.block || thread.frontier.has(node)) return undefined;
  const outside = (node: NodeDraft): NodeDraft[] => [...node.after].filter((before) => !group.has(before));
  for (const node of thread.block.nodes) {
    if (!group.has(node) && [...node.after].some((before) => group.has(before))) return undefined;
  }
  const all = new Set([...group].flatMap(outside));
  let start: ReadonlySet<NodeDraft> | undefined;
  for (const node of group) {
    if ([...node.after].some((before) => group.has(before))) continue;
    const own = new Set(outside(node));
    if (!hasEnded(own, all)) return undefined;
    start ??= own;
  }
  return start ?? new Set();
}

function moveInto(body: NodeDraft["block"], group: ReadonlySet<NodeDraft>): void {
  const [first] = group;
  if (first === undefined) return;
  const { nodes } = first.block;
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at];
    if (node !== undefined && group.has(node)) nodes.splice(at, 1);
  }
  for (const node of group) {
    node.block = body;
    node.after = new Set([...node.after].filter((before) => group.has(before)));
    body.nodes.push(node);
  }
}

function takenTwice(ev: Evaluation, promise: PromiseValue, node: CallExpression): typeof STUCK {
  promise.awaited = true;
  report(ev, "TR2059", {}, node.span, [{ span: promise.span, message: "started here" }]);
  return STUCK;
}
