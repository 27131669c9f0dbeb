/** The two arms of a decision, and how they become one again. */
import type { Span } from "../diagnostics/diagnostic.ts";
import { invariant } from "../invariant.ts";
import type { Expr, Type } from "../ir/types.ts";
import { addNode, type BlockDraft, type NodeDraft } from "./builder.ts";
import { type Evaluation, inBlock, type Journal, originOf, report } from "./evaluation.ts";
import { waitFor } from "./frontier.ts";
import { symbolic } from "./operators.ts";
import type { Cell } from "./scope.ts";
import { type TypedExpr, toExpr } from "./to-expr.ts";
import { unionOf } from "./types.ts";
import { describe, isObject, isPrimitive, isStuck, STUCK, type SymbolicValue, type Value } from "./values.ts";

export interface Arm {
  readonly block: BlockDraft;
  readonly value: Value;
  readonly writes: ReadonlyMap<Cell, Value>;
  /** The arm throws: nothing that it would yield is ever seen. */
  readonly dead: boolean;
}

/** A decision without steps, as an expression. */
export type PureExpr = (test: Expr, a: TypedExpr, b: TypedExpr, type: Type) => Expr;

export interface Decision {
  readonly test: SymbolicValue;
  readonly then: Arm;
  readonly other: Arm;
  /** Field of the arms' value in the branch's result; absent: they have none. */
  readonly yields?: "value" | "return";
  readonly pure: PureExpr;
  readonly span: Span;
}

/** What a variable, or the decision's value, is in either arm. */
type Pair = readonly [TypedExpr, TypedExpr];

/**
 * Evaluates one arm and puts the variables back as they were; what it changed is in `writes`.
 *
 * @param waits The decision may wait for outer promises in the arm's stead (frontier.ts).
 */
export function runArm(ev: Evaluation, body: () => Value | undefined, waits = false): Arm {
  const journal: Exclude<Journal, "refuse"> = new Map();
  const { block, thread, value } = inBlock(ev, journal, (inner) => {
    if (waits) inner.block.waits = [];
    return body();
  });
  const writes = new Map<Cell, Value>();
  for (const [cell, before] of journal) {
    writes.set(cell, cell.value);
    cell.value = before;
  }
  return { block, value, writes, dead: thread.dead };
}

/** Gives variables their joined values, adds the branch if a step runs in an arm, and returns the decision's value. */
export function joinArms(ev: Evaluation, decision: Decision): Value {
  const { then, other, yields, span, test } = decision;
  for (const arm of [then, other]) {
    for (const promise of arm.block.waits ?? []) if (ev.thread !== null) waitFor(ev.thread, promise.ends);
  }
  if ((isStuck(then.value) && !then.dead) || (isStuck(other.value) && !other.dead)) return STUCK;
  const pairs = new Map<Cell | "the value", Pair>();
  const settle = (key: Cell | "the value", left: Value, right: Value): Value | undefined => {
    const joined = joinValues(ev, decision, left, right);
    if (joined === undefined) return STUCK;
    if ("pair" in joined) pairs.set(key, joined.pair);
    else if (key === "the value") return joined.known;
    else key.value = joined.known;
    return undefined;
  };
  let failed = false;
  for (const cell of new Set([...then.writes.keys(), ...other.writes.keys()])) {
    const left = then.writes.has(cell) ? then.writes.get(cell) : cell.value;
    const right = other.writes.has(cell) ? other.writes.get(cell) : cell.value;
    failed = isStuck(settle(cell, left, right)) || failed;
  }
  const known = yields === undefined ? undefined : settle("the value", then.value, other.value);
  if (failed || isStuck(known)) return STUCK;
  const names = fieldNames(pairs.keys(), yields ?? "value");
  const hasSteps = then.block.nodes.length + other.block.nodes.length > 0;
  const node = hasSteps
    ? addBranch(ev, decision, new Map([...pairs].map(([key, pair]) => [names.get(key) ?? "", pair])))
    : undefined;
  let result: Value = known;
  for (const [key, [a, b]] of pairs) {
    const type = unionOf([a.type, b.type]);
    const from = [test, then.value, other.value];
    const value =
      node === undefined
        ? symbolic(
            key === "the value"
              ? decision.pure(test.expr, a, b, type)
              : { kind: "call", op: "select", args: [test.expr, a.expr, b.expr], type },
            type,
            from,
          )
        : outputField(node, names.get(key) ?? "", type, test, span);
    if (key === "the value") result = value;
    else key.value = value;
  }
  return then.dead && other.dead ? STUCK : result;
}

/** One value of two: the same in both arms and so still known, or a pair of expressions. Undefined after a report. */
function joinValues(
  ev: Evaluation,
  { then, other, span }: Decision,
  left: Value,
  right: Value,
): { readonly known: Value } | { readonly pair: Pair } | undefined {
  if (then.dead && other.dead) return { known: undefined };
  if (then.dead || other.dead) {
    // Only the arm that goes on decides what the value is from here.
    const live = then.dead ? right : left;
    const only = exprOfArm(ev, live, span);
    if (only === undefined) return undefined;
    if (only.expr.kind === "literal" || only.expr.kind === "absent") return { known: live };
    const none: TypedExpr = { expr: { kind: "absent" }, type: only.type };
    return { pair: then.dead ? [none, only] : [only, none] };
  }
  if (left === right && isPrimitive(left)) return { known: left };
  const a = exprOfArm(ev, left, span);
  const b = exprOfArm(ev, right, span);
  return a === undefined || b === undefined ? undefined : { pair: [a, b] };
}

function exprOfArm(ev: Evaluation, value: Value, span: Span): TypedExpr | undefined {
  if (isObject(value, "promise") || isObject(value, "loop")) {
    report(ev, "TR2012", { what: describe(value) }, span);
    return undefined;
  }
  return toExpr(ev, value, span);
}

/** Variables by their own name, two of one name numbered; the decision's value by a name that is left. */
function fieldNames(keys: Iterable<Cell | "the value">, wanted: string): ReadonlyMap<Cell | "the value", string> {
  const names = new Map<Cell | "the value", string>();
  const taken = new Set<string>();
  for (const key of keys) {
    const base = key === "the value" ? wanted : key.name;
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}${n}`;
    taken.add(name);
    names.set(key, name);
  }
  return names;
}

function addBranch(
  ev: Evaluation,
  { test, then, other, span }: Decision,
  fields: ReadonlyMap<string, Pair>,
): NodeDraft {
  const { thread } = ev;
  invariant(thread !== null, "a branch outside a pipeline");
  then.block.result = recordOf([...fields].map(([name, [a]]) => [name, a.expr] as const));
  other.block.result = recordOf([...fields].map(([name, [, b]]) => [name, b.expr] as const));
  const type: Type = {
    kind: "record",
    fields: Object.fromEntries([...fields].map(([name, [a, b]]) => [name, { type: unionOf([a.type, b.type]) }])),
  };
  const node = addNode(ev.builder, {
    kind: "branch",
    condition: test.expr,
    then: then.block,
    else: other.block,
    type,
    block: thread.block,
    after: new Set(thread.frontier),
    origin: originOf(ev, span),
  });
  // A decision is awaited where it stands.
  waitFor(thread, new Set([node]));
  if (then.dead && other.dead) thread.dead = true;
  return node;
}

function recordOf(fields: readonly (readonly [string, Expr])[]): Expr {
  return { kind: "record", fields: Object.fromEntries(fields) };
}

function outputField(node: NodeDraft, field: string, type: Type, test: SymbolicValue, span: Span): SymbolicValue {
  return {
    kind: "symbolic",
    expr: { kind: "ref", source: node.output, path: [field], type },
    type,
    because: test.because ?? { span, what: "this decision is taken at run time" },
  };
}
