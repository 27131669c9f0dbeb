/** Loops over run-time lists, and the naming of turns of known ones. */
import type { CallExpression, Statement } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import { assertNever } from "../invariant.ts";
import { isKey } from "../ir/type-of.ts";
import type { Expr, RefSource, Type } from "../ir/types.ts";
import { mapRefs } from "../ir/walk.ts";
import { bind } from "./assign.ts";
import { addNode, newSources } from "./builder.ts";
import { callValue } from "./calls.ts";
import { type Evaluation, inBlock, originOf, report } from "./evaluation.ts";
import { settle } from "./expressions.ts";
import { before, inScope, marked, newMark } from "./flow.ts";
import { newPromise, waitFor } from "./frontier.ts";
import { narrowed, reason, symbolic, typeName } from "./operators.ts";
import { childScope, type Scope } from "./scope.ts";
import { run } from "./statements.ts";
import { toExpr } from "./to-expr.ts";
import { ABSENT, isOnly, NUMBER, ONLY_BOOLEAN } from "./types.ts";
import { isObject, isStuck, STUCK, type SymbolicValue, type Value } from "./values.ts";

export interface LoopOptions {
  readonly concurrency?: number;
  /** Names an item for people. */
  readonly key?: Value;
  readonly keySpan?: Span;
}

/**
 * `items.map(callback)` over a run-time list. A callback that calls no step makes a comprehension; one that does makes a parallel loop, whose
 * promises only `Promise.all` and `Promise.allSettled` can take.
 */
export function mapRunTimeList(
  ev: Evaluation,
  list: SymbolicValue,
  callback: Value,
  node: CallExpression,
  options: LoopOptions = {},
): Value {
  if (list.type.kind !== "list")
    return report(ev, "TR2029", { what: typeName(list.type), name: "map" }, node.span, reason(list));
  if (toExpr(ev, list, node.span) === undefined) return STUCK;
  const itemType = list.type.items;
  const because = { span: node.span, what: "this loop runs over a list that is known only at run time" };
  const sources = newSources();
  const outer = ev.thread;
  const args: SymbolicValue[] = [
    {
      kind: "symbolic",
      expr: { kind: "ref", source: sources.item, path: [], type: itemType },
      type: itemType,
      because,
    },
    { kind: "symbolic", expr: { kind: "ref", source: sources.index, path: [], type: NUMBER }, type: NUMBER, because },
  ];
  if (outer === null) return report(ev, "TR2021", {}, node.span);
  const key = keyOf(ev, options, args[0], node);
  if (options.key !== undefined && key === undefined) return STUCK;
  const { block, thread, value } = inBlock(ev, "refuse", () =>
    settle(ev, callValue(ev, callback, args, node), node.span),
  );
  if (isStuck(value) && !thread.dead) return STUCK;
  // A body that always throws has no value; of an empty list nobody sees that.
  const result = thread.dead ? { expr: { kind: "absent" } as Expr, type: ABSENT } : toExpr(ev, value, node.span);
  if (result === undefined) return STUCK;
  if (block.nodes.length === 0) return comprehension(list, callback, result.expr, result.type, sources);
  block.result = result.expr;
  const loop = addNode(
    ev.builder,
    {
      kind: "forEach",
      items: list.expr,
      itemType,
      mode: "parallel",
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...(key === undefined ? {} : { key }),
      settle: false,
      body: block,
      type: result.type,
      block: outer.block,
      after: new Set(outer.frontier),
      origin: originOf(ev, node.span),
    },
    sources,
  );
  if (loop.kind !== "forEach") return STUCK;
  const type: Type = { kind: "list", items: result.type };
  const output: SymbolicValue = {
    kind: "symbolic",
    expr: { kind: "ref", source: loop.output, path: [], type },
    type,
    because,
  };
  return {
    kind: "loop",
    promise: newPromise(outer, { value: output, ends: new Set([loop]), span: node.span }),
    node: loop,
  };
}

function keyOf(ev: Evaluation, { key, keySpan }: LoopOptions, item: Value, node: CallExpression): Expr | undefined {
  if (key === undefined) return undefined;
  const { block, value } = inBlock(ev, "refuse", () => callValue(ev, key, [item], node));
  const found = isStuck(value) ? undefined : toExpr(ev, value, keySpan ?? node.span);
  if (found !== undefined && block.nodes.length === 0 && isKey(found.type)) return found.expr;
  if (found !== undefined) {
    const wanted = "a function that gives a string or a number for each item, without a step";
    report(ev, "TR2057", { option: "key", wanted }, keySpan ?? node.span);
  }
  return undefined;
}

/** `items.filter(callback)` over a run-time list. */
export function filterRunTimeList(ev: Evaluation, list: SymbolicValue, callback: Value, node: CallExpression): Value {
  if (list.type.kind !== "list")
    return report(ev, "TR2029", { what: typeName(list.type), name: "filter" }, node.span, reason(list));
  if (toExpr(ev, list, node.span) === undefined) return STUCK;
  const itemType = list.type.items;
  const name = freshName(callback, ev.bound);
  const item: SymbolicValue = {
    kind: "symbolic",
    expr: { kind: "ref", source: { from: "bound", name }, path: [], type: itemType },
    type: itemType,
    because: list.because,
  };
  ev.bound.add(name);
  const { block, value } = inBlock(ev, "refuse", (thread) => {
    const verdict = callValue(ev, callback, [item], node);
    for (const promise of thread.block.promises) promise.awaited = true;
    return verdict;
  });
  ev.bound.delete(name);
  if (block.nodes.length > 0 || isObject(value, "promise")) return report(ev, "TR2043", {}, node.span);
  if (isStuck(value)) return STUCK;
  const where = toExpr(ev, value, node.span);
  if (where === undefined) return STUCK;
  if (!isOnly(where.type, ONLY_BOOLEAN))
    return report(ev, "TR2022", { type: typeName(where.type), fix: "return a comparison" }, node.span);
  const expr: Expr = {
    kind: "comprehension",
    items: list.expr,
    item: name,
    where: where.expr,
    each: item.expr,
    type: list.type,
  };
  return symbolic(expr, list.type, [list]);
}

function comprehension(
  list: SymbolicValue,
  callback: Value,
  each: Expr,
  eachType: Type,
  sources: ReturnType<typeof newSources>,
): Value {
  // The callback was evaluated with a loop's sources; no loop came of it, so they become the comprehension's own variables.
  const name = freshName(callback, boundNames(each));
  const index = `${name}-index`;
  let usesIndex = false;
  const renamed = replaceSources(each, (source) => {
    if (source === sources.item) return { from: "bound", name };
    if (source !== sources.index) return undefined;
    usesIndex = true;
    return { from: "bound", name: index };
  });
  const type: Type = { kind: "list", items: eachType };
  const expr: Expr = {
    kind: "comprehension",
    items: list.expr,
    item: name,
    ...(usesIndex ? { index } : {}),
    each: renamed,
    type,
  };
  return symbolic(expr, type, [list]);
}

function replaceSources(expr: Expr, replace: (source: RefSource) => RefSource | undefined): Expr {
  return mapRefs(expr, (ref) => {
    const source = replace(ref.source);
    return source === undefined ? ref : { ...ref, source };
  });
}

/** A name for a comprehension's variable: the callback's own where it is free, else with a number that only nesting decides. */
function freshName(callback: Value, taken: ReadonlySet<string>): string {
  const first = isObject(callback, "function") ? callback.syntax.params[0] : undefined;
  const wanted = first?.kind === "Name" ? first.name : "item";
  let name = wanted;
  for (let depth = 2; taken.has(name); depth++) name = `${wanted}${depth}`;
  return name;
}

/** The variables that an expression binds or reads: one that is bound around it must have another name. */
function boundNames(expr: Expr, names: Set<string> = new Set()): Set<string> {
  switch (expr.kind) {
    case "literal":
    case "absent":
      return names;
    case "ref":
      if (expr.source.from === "bound") names.add(expr.source.name);
      return names;
    case "call":
      for (const arg of expr.args) boundNames(arg, names);
      return names;
    case "list":
      for (const item of expr.items) boundNames(item, names);
      return names;
    case "record":
      for (const field of Object.values(expr.fields)) boundNames(field, names);
      return names;
    case "comprehension":
      names.add(expr.item);
      for (const inner of [expr.items, expr.where, expr.each]) if (inner !== undefined) boundNames(inner, names);
      return names;
    default:
      return assertNever(expr);
  }
}

/** `for (const x of items) { await ... }` over a run-time list: one after the other, up to the first failure. */
export function runTimeForOf(
  ev: Evaluation,
  statement: Extract<Statement, { kind: "ForOf" }>,
  given: SymbolicValue,
  scope: Scope,
): void {
  const outer = ev.thread;
  const list = narrowed(given);
  if (list.type.kind !== "list") {
    report(ev, "TR2017", { what: typeName(list.type), where: "a loop" }, statement.items.span, reason(list));
    return;
  }
  if (outer === null) {
    report(ev, "TR2021", {}, statement.span);
    return;
  }
  const itemType = list.type.items;
  const sources = newSources();
  const because = { span: statement.items.span, what: "this loop runs over a list that is known only at run time" };
  const item: SymbolicValue = {
    kind: "symbolic",
    expr: { kind: "ref", source: sources.item, path: [], type: itemType },
    type: itemType,
    because,
  };
  const { block } = inBlock(ev, "refuse", () => {
    const inner = childScope(scope);
    bind(ev, statement.target, item, inner, statement.mutable);
    const turn = newMark(ev, "turn", { engine: true });
    run(ev, before(inScope(statement.body, inner), marked(turn)), turn);
  });
  if (block.nodes.length === 0) return;
  const loop = addNode(
    ev.builder,
    {
      kind: "forEach",
      items: list.expr,
      itemType,
      mode: "sequential",
      settle: false,
      body: block,
      type: { kind: "absent" },
      block: outer.block,
      after: new Set(outer.frontier),
      origin: originOf(ev, statement.span),
    },
    sources,
  );
  waitFor(outer, new Set([loop]));
}
