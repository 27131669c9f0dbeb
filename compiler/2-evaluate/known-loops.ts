/** Loops over known values: unrolled, turn by turn, as they are reached. What a turn calls is keyed by its item. */
import type { Statement } from "../1-read/syntax.ts";
import { bind } from "./assign.ts";
import type { NameSegment } from "./builder.ts";
import { burn, type Evaluation, report } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import { before, type Item, inScope, type Mark, marked, newMark, type Rest, setNaming } from "./flow.ts";
import { kebab } from "./names.ts";
import { truth } from "./operators.ts";
import { type Cell, childScope, type Scope } from "./scope.ts";
import { enter, run } from "./statements.ts";
import { STUCK, type Value } from "./values.ts";

/** What is called in a turn of a known loop is keyed by the item when that is a string or a number. */
function keyOf(item: Value): readonly NameSegment[] {
  const text = typeof item === "string" || typeof item === "number" ? kebab(String(item)) : "";
  return text === "" ? [] : [{ kind: "key", text }];
}

/** Runs one turn of a loop that a library function makes. */
export function keyed<T>(ev: Evaluation, item: Value, body: () => T): T {
  const key = keyOf(item);
  for (const segment of key) ev.naming.push(segment);
  const value = body();
  ev.naming.length -= key.length;
  return value;
}

type More = (rest: Rest) => Rest;

const more = (what: More): Item => ({ kind: "more", more: what });

export function forOf(
  ev: Evaluation,
  statement: Extract<Statement, { kind: "ForOf" }>,
  items: readonly Value[],
  scope: Scope,
  next: Rest,
): Rest {
  const loop = newMark(ev, "loop");
  const turn =
    (index: number): More =>
    (rest) => {
      if (index >= items.length) return rest;
      const item = items[index];
      const mark = startTurn(ev, loop, item);
      const inner = childScope(scope);
      bind(ev, statement.target, item, inner, statement.mutable);
      return before(inScope(statement.body, inner), marked(mark, before(more(turn(index + 1)), rest)));
    };
  return before(more(turn(0)), marked(loop, next));
}

function startTurn(ev: Evaluation, loop: Mark, item: Value): Mark {
  setNaming(ev, loop.naming);
  const mark = newMark(ev, "turn");
  for (const segment of keyOf(item)) ev.naming.push(segment);
  return mark;
}

export function forStatement(
  ev: Evaluation,
  statement: Extract<Statement, { kind: "For" }>,
  scope: Scope,
  next: Rest,
): Rest {
  const inner = childScope(scope);
  if (statement.init !== undefined) {
    const start = newMark(ev, "join");
    run(ev, enter(ev, [statement.init], inner, marked(start)), start);
  }
  return loop(ev, statement, inner, next);
}

export function whileStatement(
  ev: Evaluation,
  statement: Extract<Statement, { kind: "While" }>,
  scope: Scope,
  next: Rest,
): Rest {
  return loop(ev, statement, childScope(scope), next);
}

function loop(
  ev: Evaluation,
  statement: Extract<Statement, { kind: "For" | "While" }>,
  scope: Scope,
  next: Rest,
): Rest {
  const { test, body } = statement;
  const update = statement.kind === "For" ? statement.update : undefined;
  const end = newMark(ev, "loop");
  const turn: More = (rest) => {
    if (test !== undefined) {
      const go = truth(ev, evaluate(ev, test, scope), test.span);
      if (go !== STUCK && typeof go !== "boolean") report(ev, "TR2038", {}, test.span);
      if (go !== true) return rest;
    }
    if (!burn(ev, body.span)) return rest;
    // Each turn has its own copy of the loop's variables, which closures may keep.
    const own = childScope(scope.parent);
    copyCells(ev, scope, own);
    const key = [...scope.cells.values()].find((cell) => typeof cell.value === "number")?.value;
    const mark = startTurn(ev, end, key);
    const ended: More = (after) => {
      copyCells(ev, own, scope);
      if (update !== undefined) evaluate(ev, update, scope);
      return before(more(turn), after);
    };
    return before(inScope(body, childScope(own)), marked(mark, before(more(ended), rest)));
  };
  return before(more(turn), marked(end, next));
}

/** The copy belongs to where it is made: nothing outside of an arm sees what the arm does to it. */
function copyCells(ev: Evaluation, from: Scope, to: Scope): void {
  for (const [name, cell] of from.cells) to.cells.set(name, { ...cell, owner: ev.thread } satisfies Cell);
}
