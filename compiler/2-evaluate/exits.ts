/** Where the two sides of a decision go on: in one place, or by a value that says at run time where. */

import type { Span } from "../diagnostics/diagnostic.ts";
import { NONE, type Side, type Sides } from "./arms.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Completion, END, leavesOf, type Mark } from "./flow.ts";
import { binary, not, symbolic } from "./operators.ts";
import { toExpr } from "./to-expr.ts";
import { unionOf } from "./types.ts";
import { isObject, isStuck, type SymbolicValue, type Value } from "./values.ts";

type Exit = Mark | "end";

export interface Exits {
  /** Values that the sides must hand on: `left`, which says where to; `return`, the function's. */
  readonly sides: ReadonlyMap<string, Sides>;
  /** How it goes on, once these are joined. */
  readonly after: (values: ReadonlyMap<string, Value>) => Completion;
}

/** @param at where the sides meet; a side that jumps there has just ended. */
export function exitsOf(ev: Evaluation, both: readonly [Completion, Completion], at: Mark, span: Span): Exits {
  const [a, b] = both.map((done) => arriving(done, at)) as [Completion, Completion];
  const found = new Set<Exit>();
  for (const leaf of [...leavesOf(a), ...leavesOf(b)]) {
    if (leaf.kind === "end") found.add("end");
    else if (leaf.kind === "jump") found.add(leaf.to);
  }
  const exits = [...found].sort((x, y) => Number(y === "end") - Number(x === "end"));
  const labels = labelsOf(exits);
  const label = (exit: Exit): boolean | string => (exits.length === 2 ? exit === exits[1] : (labels.get(exit) ?? ""));
  const sides = new Map<string, Sides>();
  if (exits.length > 1) sides.set("left", [tagOf(ev, a, label, span), tagOf(ev, b, label, span)]);
  const returning: Sides = [returnOf(ev, a, span), returnOf(ev, b, span)];
  if (returning.some((side) => side !== NONE)) sides.set("return", returning);

  const leaf = (exit: Exit | undefined, values: ReadonlyMap<string, Value>): Completion => {
    if (exit === undefined) return { kind: "dead" };
    if (exit === "end") return END;
    return { kind: "jump", to: exit, value: exit.kind === "function" ? values.get("return") : undefined };
  };
  const after = (values: ReadonlyMap<string, Value>): Completion => {
    const tag = values.get("left");
    const [first, ...others] = exits;
    return others.reduce<Completion>(
      (rest, exit) => {
        const wanted = label(exit);
        const test = typeof wanted === "boolean" ? tag : binary(ev, "===", tag, wanted, span);
        if (test === true) return leaf(exit, values);
        return isObject(test, "symbolic") ? { kind: "either", test, yes: leaf(exit, values), no: rest } : rest;
      },
      leaf(first, values),
    );
  };
  return { sides, after };
}

/** By the word that leads there; two of one word (a `break` of a loop, one of a `switch`) are numbered. */
function labelsOf(exits: readonly Exit[]): ReadonlyMap<Exit, string> {
  const words: Partial<Record<Mark["kind"], string>> = { function: "return", turn: "continue" };
  const labels = new Map<Exit, string>();
  for (const exit of exits) {
    const word = exit === "end" ? "on" : (words[exit.kind] ?? "break");
    const taken = [...labels.values()].filter((other) => other.startsWith(word)).length;
    labels.set(exit, taken === 0 ? word : `${word}${taken + 1}`);
  }
  return labels;
}

/** Of a function's end: who arrives there returns nothing; of anything else: who jumps there has arrived. */
function arriving(done: Completion, at: Mark): Completion {
  switch (done.kind) {
    case "end":
      return at.kind === "function" ? { kind: "jump", to: at, value: undefined } : done;
    case "jump":
      return done.to === at && at.kind !== "function" ? END : done;
    case "either":
      return { ...done, yes: arriving(done.yes, at), no: arriving(done.no, at) };
    case "dead":
      return done;
  }
}

function tagOf(ev: Evaluation, done: Completion, label: (exit: Exit) => boolean | string, span: Span): Side {
  switch (done.kind) {
    case "dead":
      return NONE;
    case "end":
      return label("end");
    case "jump":
      return label(done.to);
    case "either": {
      const yes = tagOf(ev, done.yes, label, span);
      const no = tagOf(ev, done.no, label, span);
      return select(ev, done.test, yes, no, span);
    }
  }
}

function returnOf(ev: Evaluation, done: Completion, span: Span): Side {
  if (done.kind === "jump" && done.to.kind === "function") return done.value;
  if (done.kind !== "either") return NONE;
  return select(ev, done.test, returnOf(ev, done.yes, span), returnOf(ev, done.no, span), span);
}

function select(ev: Evaluation, test: SymbolicValue, yes: Side, no: Side, span: Span): Side {
  if (yes === NONE || yes === no) return no;
  if (no === NONE || isStuck(yes)) return yes;
  if (isStuck(no)) return no;
  if (yes === true && no === false) return test;
  if (yes === false && no === true) return not(ev, test, span);
  const a = toExpr(ev, yes, span);
  const b = toExpr(ev, no, span);
  if (a === undefined || b === undefined) return { kind: "stuck" };
  const type = unionOf([a.type, b.type]);
  return symbolic({ kind: "call", op: "select", args: [test.expr, a.expr, b.expr], type }, type, [test]);
}
