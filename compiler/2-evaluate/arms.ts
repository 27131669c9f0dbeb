/** The arms of a decision or of a `try`, and how they become one again: the values that live on, known where they are the same. */
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr, Type } from "../ir/types.ts";
import type { BlockDraft, NodeDraft } from "./builder.ts";
import { type Evaluation, inBlock, report, Writes } from "./evaluation.ts";
import { noteWrite } from "./journal.ts";
import { symbolic } from "./operators.ts";
import type { Cell } from "./scope.ts";
import { type TypedExpr, toExpr } from "./to-expr.ts";
import { unionOf } from "./types.ts";
import { describe, isObject, isStuck, STUCK, type SymbolicValue, type Value } from "./values.ts";

export interface Arm<T> {
  readonly block: BlockDraft;
  readonly value: T;
  readonly writes: ReadonlyMap<Cell, Value>;
  /** Of them, those after which something in the arm can still fail. */
  readonly unsafe: ReadonlySet<Cell>;
  /** The arm throws: nothing that it would yield is ever seen. */
  readonly dead: boolean;
  readonly awaited: boolean;
}

/**
 * Evaluates one arm and puts the variables back as they were; what it changed is in `writes`.
 *
 * @param waits The decision may wait for outer promises in the arm's stead (frontier.ts).
 */
export function runArm<T>(ev: Evaluation, body: () => T, waits = false): Arm<T> {
  const journal = new Writes();
  const { block, thread, value } = inBlock(ev, journal, (inner) => {
    inner.block.arm = true;
    if (waits) inner.block.waits = [];
    return body();
  });
  const writes = new Map<Cell, Value>();
  const unsafe = new Set<Cell>();
  for (const [cell, before] of journal.before) {
    writes.set(cell, cell.value);
    if (journal.at.get(cell) !== block.nodes.length) unsafe.add(cell);
    cell.value = before;
  }
  return { block, value, writes, unsafe, dead: thread.dead, awaited: thread.awaited };
}

/** What there is nothing of on one side: it throws, or leaves without a value. */
export const NONE: unique symbol = Symbol("none");
export type Side = Value | typeof NONE;
export type Sides = readonly [Side, Side];

/** What a variable, or the decision's value, is on either side. */
export type Pair = readonly [TypedExpr, TypedExpr];

export interface Meeting {
  readonly span: Span;
  readonly cells: ReadonlyMap<Cell, Sides>;
  /** What else there is a value of, by the field that it would like to be. */
  readonly more: ReadonlyMap<string, Sides>;
  /** Adds the compound whose output has these fields; undefined when it takes none, and `pure` says what the values are. */
  readonly node: (fields: ReadonlyMap<string, Pair>) => NodeDraft | undefined;
  readonly pure: (key: Cell | string, pair: Pair, type: Type) => Expr;
  readonly unsafe: (cell: Cell) => boolean;
  readonly because: SymbolicValue["because"];
}

/** Gives variables their values from here on, and those of `more`. Undefined after a report. */
export function meet(
  ev: Evaluation,
  meeting: Meeting,
): { readonly node: NodeDraft | undefined; readonly values: ReadonlyMap<string, Value> } | undefined {
  const { span, because } = meeting;
  const joined = new Map<Cell | string, Value>();
  const pairs = new Map<Cell | string, Pair>();
  let failed = false;
  for (const [key, sides] of [...meeting.cells, ...meeting.more]) {
    const found = joinSides(ev, sides, span);
    if (found === undefined) failed = true;
    else if ("pair" in found) pairs.set(key, found.pair);
    else joined.set(key, found.known);
  }
  if (failed) return undefined;
  const names = fieldNames(pairs.keys());
  const node = meeting.node(new Map([...pairs].map(([key, pair]) => [names.get(key) ?? "", pair])));
  for (const [key, pair] of pairs) {
    const type = unionOf([pair[0].type, pair[1].type]);
    const value: SymbolicValue =
      node === undefined
        ? symbolic(meeting.pure(key, pair, type), type, [])
        : outputField(node, names.get(key) ?? "", type);
    joined.set(key, { ...value, because });
  }
  for (const cell of meeting.cells.keys()) {
    noteWrite(ev, cell, !meeting.unsafe(cell));
    cell.value = joined.get(cell);
  }
  return { node, values: new Map([...meeting.more.keys()].map((key) => [key, joined.get(key)])) };
}

/** One value of two: the same on both sides and so still known, or a pair of expressions. Undefined after a report. */
function joinSides(
  ev: Evaluation,
  [left, right]: Sides,
  span: Span,
): { readonly known: Value } | { readonly pair: Pair } | undefined {
  if (left === NONE || right === NONE) {
    // Only the side that goes on decides what the value is from here.
    const live = left === NONE ? right : left;
    if (live === NONE) return { known: undefined };
    if (isStuck(live) || isObject(live, "lost")) return { known: live };
    const only = exprOfSide(ev, live, span);
    if (only === undefined) return undefined;
    if (only.expr.kind === "literal" || only.expr.kind === "absent") return { known: live };
    const none: TypedExpr = { expr: { kind: "absent" }, type: only.type };
    return { pair: left === NONE ? [none, only] : [only, none] };
  }
  if (left === right) return { known: left };
  if (isStuck(left) || isStuck(right)) return { known: STUCK };
  if (isObject(left, "lost")) return { known: left };
  if (isObject(right, "lost")) return { known: right };
  const a = exprOfSide(ev, left, span);
  const b = exprOfSide(ev, right, span);
  return a === undefined || b === undefined ? undefined : { pair: [a, b] };
}

function exprOfSide(ev: Evaluation, value: Value, span: Span): TypedExpr | undefined {
  if (isObject(value, "promise") || isObject(value, "loop")) {
    report(ev, "TR2012", { what: describe(value) }, span);
    return undefined;
  }
  return toExpr(ev, value, span);
}

/** Variables by their own name, two of one name numbered; everything else by a name that is left. */
function fieldNames(keys: Iterable<Cell | string>): ReadonlyMap<Cell | string, string> {
  const names = new Map<Cell | string, string>();
  const taken = new Set<string>();
  for (const key of keys) {
    const base = typeof key === "string" ? key : key.name;
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}${n}`;
    taken.add(name);
    names.set(key, name);
  }
  return names;
}

export function recordOf(fields: readonly (readonly [string, Expr])[]): Expr {
  return { kind: "record", fields: Object.fromEntries(fields) };
}

export function recordType(fields: ReadonlyMap<string, Pair>): Type {
  return {
    kind: "record",
    fields: Object.fromEntries([...fields].map(([name, [a, b]]) => [name, { type: unionOf([a.type, b.type]) }])),
  };
}

function outputField(node: NodeDraft, field: string, type: Type): SymbolicValue {
  const expr: Expr = { kind: "ref", source: node.output, path: [field], type };
  return { kind: "symbolic", expr, type, because: undefined };
}
