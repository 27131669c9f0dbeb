/**
 * A decision between two ways to go on, at run time: a Branch, or an expression where no step runs in either arm.
 *
 * Where one arm surely leaves, what follows belongs to the other one, up to where the first one went: no flag is needed, and the graph is the
 * source's. Where it leaves only sometimes, the arms hand on where to (`left`), and what follows is decided by it.
 */
import type { Span } from "../diagnostics/diagnostic.ts";
import { invariant } from "../invariant.ts";
import type { Expr, Type } from "../ir/types.ts";
import { type Arm, meet, NONE, type Pair, recordOf, recordType, runArm, type Side, type Sides } from "./arms.ts";
import { addNode, type NodeDraft } from "./builder.ts";
import { type Evaluation, LIMITS, originOf, report } from "./evaluation.ts";
import { exitsOf } from "./exits.ts";
import {
  before,
  type Completion,
  DEAD,
  findMark,
  goTo,
  type Item,
  leavesOf,
  type Mark,
  marked,
  newMark,
  type Rest,
  type Step,
  setNaming,
} from "./flow.ts";
import { newPromise, waitFor } from "./frontier.ts";
import { alwaysJumps } from "./jumps.ts";
import type { Cell } from "./scope.ts";
import { run } from "./statements.ts";
import type { TypedExpr } from "./to-expr.ts";
import { isObject, isStuck, type PromiseValue, STUCK, type SymbolicValue, type Value } from "./values.ts";

export interface Decision {
  readonly test: SymbolicValue;
  readonly then: Item | undefined;
  readonly other: Item | undefined;
  readonly span: Span;
}

export function decide(ev: Evaluation, decision: Decision, next: Rest, stop: Mark): Step {
  const { test, span } = decision;
  if (ev.thread === null) {
    report(ev, "TR2021", {}, span);
    return { rest: next };
  }
  if (ev.arms >= LIMITS.arms) {
    report(ev, "TR2001", { what: `${LIMITS.arms} decisions inside each other` }, span);
    return { done: DEAD };
  }
  ev.arms++;
  const { then, other, at, onwards } = runArms(ev, decision, next, stop);
  ev.arms--;
  const exits = exitsOf(ev, [then.value, other.value], at, span);
  const values = joinArms(ev, { test, then, other, more: exits.sides, span, pure: select });
  if (values === undefined || ev.thread.dead) return { done: DEAD };
  const done = exits.after(values);
  if (at === stop) return { done };
  setNaming(ev, at.naming);
  return resume(ev, done, findMark(onwards, (mark) => mark === at)?.rest?.next, stop, span);
}

interface Ran {
  readonly then: Arm<Completion>;
  readonly other: Arm<Completion>;
  /** Where both have come to. */
  readonly at: Mark;
  readonly onwards: Rest;
}

function runArms(ev: Evaluation, { then, other }: Decision, next: Rest, stop: Mark): Ran {
  const join = newMark(ev, "join");
  const onwards = marked(join, next);
  const arm = (item: Item | undefined, upTo: Mark, waits = false): Arm<Completion> =>
    runArm(ev, () => run(ev, item === undefined ? onwards : before(item, onwards), upTo), waits);
  const leaves = surelyLeaves(then);
  if (leaves === surelyLeaves(other)) return { then: arm(then, join), other: arm(other, join), at: join, onwards };
  const early = arm(leaves ? then : other, join);
  const at = meetingPoint(early.value, next, stop) ?? join;
  // What follows belongs to the arm that goes on.
  // A function and a loop's turn on the engine end when everything in them has ended, and so wait for promises that the early end leaves behind.
  const block = at.kind === "function" || at.engine === true;
  const late = arm(leaves ? other : then, at, block && early.block.nodes.length === 0);
  return { then: leaves ? early : late, other: leaves ? late : early, at, onwards };
}

function surelyLeaves(item: Item | undefined): boolean {
  if (item?.kind === "statement") return alwaysJumps(item.statement);
  return item?.kind === "resume" && [...leavesOf(item.done)].every((leaf) => leaf.kind !== "end");
}

/** The nearest place that an arm has left for. Undefined: it only throws, or goes on after all. */
function meetingPoint(done: Completion, next: Rest, stop: Mark): Mark | undefined {
  const targets = new Set<Mark>();
  for (const leaf of leavesOf(done)) {
    if (leaf.kind === "end") return undefined;
    if (leaf.kind === "jump") targets.add(leaf.to);
  }
  if (targets.size === 0) return undefined;
  return findMark(next, (mark) => targets.has(mark) || mark === stop)?.mark;
}

/** Goes on as something else has ended. */
export function resume(ev: Evaluation, done: Completion, next: Rest, stop: Mark, span: Span): Step {
  switch (done.kind) {
    case "end":
      return { rest: next };
    case "dead":
      return { done };
    case "jump":
      return goTo(done.to, done.value, next, stop);
    case "either": {
      const item = (side: Completion): Item => ({ kind: "resume", done: side, span });
      return decide(ev, { test: done.test, then: item(done.yes), other: item(done.no), span }, next, stop);
    }
  }
}

/** A decision without steps, as an expression. */
export type PureExpr = (test: Expr, a: TypedExpr, b: TypedExpr, type: Type) => Expr;

export const select: PureExpr = (test, a, b, type) => ({
  kind: "call",
  op: "select",
  args: [test, a.expr, b.expr],
  type,
});

/** Of where to go on: a plain condition where that is all there is to it. */
const leftOr: PureExpr = (test, a, b, type) => {
  const is = ({ expr }: TypedExpr, value: boolean): boolean => expr.kind === "literal" && expr.value === value;
  if (is(a, true) && is(b, false)) return test;
  if (is(a, false) && is(b, true)) return { kind: "call", op: "not", args: [test], type: { kind: "boolean" } };
  return select(test, a, b, type);
};

export interface Arms {
  readonly test: SymbolicValue;
  readonly then: Arm<unknown>;
  readonly other: Arm<unknown>;
  /** What the arms yield beside the variables that they have changed. */
  readonly more: ReadonlyMap<string, Sides>;
  /** Of what they yield; variables are a `select`. */
  readonly pure: PureExpr;
  readonly span: Span;
}

/** Gives variables their joined values, adds the branch if a step runs in an arm, and returns what the arms yield. */
export function joinArms(ev: Evaluation, arms: Arms): ReadonlyMap<string, Value> | undefined {
  const { then, other, span, test } = arms;
  const { thread } = ev;
  invariant(thread !== null, "a decision outside a pipeline");
  for (const arm of [then, other]) for (const promise of arm.block.waits ?? []) waitFor(thread, promise.ends);
  const cells = new Map<Cell, Sides>();
  for (const cell of new Set([...then.writes.keys(), ...other.writes.keys()])) {
    const side = (arm: Arm<unknown>): Side =>
      arm.dead ? NONE : arm.writes.has(cell) ? arm.writes.get(cell) : cell.value;
    cells.set(cell, [side(then), side(other)]);
  }
  const more = new Map(
    [...arms.more].map(([key, [a, b]]) => [key, [then.dead ? NONE : a, other.dead ? NONE : b]] as const),
  );
  const promised = takePromises(ev, arms, more);
  if (promised === undefined) return undefined;
  const found = meet(ev, {
    span,
    cells,
    more: promised.more,
    node: (fields) => {
      if (then.block.nodes.length + other.block.nodes.length === 0) return undefined;
      return addBranch(ev, arms, fields, promised.promises.length === 0);
    },
    pure: (key, [a, b], type) =>
      (key === "value" ? arms.pure : key === "left" ? leftOr : select)(test.expr, a, b, type),
    unsafe: (cell) => then.unsafe.has(cell) || other.unsafe.has(cell),
    because: test.because ?? { span, what: "this decision is taken at run time" },
  });
  if (found === undefined) return undefined;
  if (promised.promises.length === 0) return found.values;
  const forks = promised.promises.flatMap((promise) => promise.forks);
  const ends = new Set(found.node === undefined ? [] : [found.node]);
  return new Map(
    [...found.values].map(([key, value]) => [
      key,
      promised.keys.has(key) ? newPromise(thread, { value, ends, span, forks }) : value,
    ]),
  );
}

/**
 * Where an arm yields a promise, the decision does: the Branch is what has been started, and nobody waits for it here. That is exact as long as the
 * arms themselves wait for nothing and change nothing.
 */
function takePromises(
  ev: Evaluation,
  { then, other, span }: Arms,
  more: ReadonlyMap<string, Sides>,
): { more: ReadonlyMap<string, Sides>; promises: PromiseValue[]; keys: ReadonlySet<string> } | undefined {
  const promises: PromiseValue[] = [];
  const keys = new Set<string>();
  const taken = new Map<string, Sides>();
  let failed = false;
  for (const [key, sides] of more) {
    const values = sides.map((side, index): Side => {
      if (side === NONE || !isObject(side, "promise")) return side;
      const arm = index === 0 ? then : other;
      if (side.block !== arm.block) {
        failed = true;
        return report(ev, "TR2014", {}, span, [{ span: side.span, message: "started here, outside the block" }]);
      }
      promises.push(side);
      keys.add(key);
      return side.throws ? NONE : side.value;
    });
    taken.set(key, [values[0], values[1]] as Sides);
  }
  const waits = [then, other].some((arm) => arm.awaited || arm.writes.size > 0);
  if (promises.length > 0 && waits) {
    report(ev, "TR2012", { what: "a promise" }, promises[0]?.span ?? span);
    return undefined;
  }
  return failed ? undefined : { more: taken, promises, keys };
}

function addBranch(
  ev: Evaluation,
  { test, then, other, span }: Arms,
  fields: ReadonlyMap<string, Pair>,
  waits: boolean,
): NodeDraft {
  const { thread } = ev;
  invariant(thread !== null, "a branch outside a pipeline");
  then.block.result = recordOf([...fields].map(([name, [a]]) => [name, a.expr] as const));
  other.block.result = recordOf([...fields].map(([name, [, b]]) => [name, b.expr] as const));
  const node = addNode(ev.builder, {
    kind: "branch",
    condition: test.expr,
    then: then.block,
    else: other.block,
    type: recordType(fields),
    block: thread.block,
    after: new Set(thread.frontier),
    origin: originOf(ev, span),
  });
  // A decision is awaited where it stands.
  if (waits) waitFor(thread, new Set([node]));
  if (then.dead && other.dead) thread.dead = true;
  return node;
}

/** The value of a decision between two expressions. */
export function choose(
  ev: Evaluation,
  test: SymbolicValue,
  thenValue: () => Value,
  elseValue: () => Value,
  span: Span,
  pure: PureExpr = select,
): Value {
  if (ev.thread === null) return report(ev, "TR2021", {}, span);
  const then = runArm(ev, () => handedOn(ev, thenValue()));
  const other = runArm(ev, () => handedOn(ev, elseValue()));
  if ((isStuck(then.value) && !then.dead) || (isStuck(other.value) && !other.dead)) return STUCK;
  const more = new Map<string, Sides>([["value", [then.value, other.value]]]);
  const values = joinArms(ev, { test, then, other, more, span, pure });
  return values === undefined || (then.dead && other.dead) ? STUCK : values.get("value");
}

/** A promise that the arm yields is not left behind in it. */
export function handedOn(ev: Evaluation, value: Value): Value {
  if (isObject(value, "promise") && value.block === ev.thread?.block) value.awaited = true;
  return value;
}
