/** Statements: a list of what is still to be run (flow.ts) is worked off one by one; what a statement consists of is put in its place. */
import type { Statement } from "../1-read/syntax.ts";
import { assertNever, invariant } from "../invariant.ts";
import { bind, declare } from "./assign.ts";
import { decide, resume } from "./decide.ts";
import { burn, type Evaluation, report } from "./evaluation.ts";
import { evaluate, nameStep } from "./expressions.ts";
import {
  before,
  type Completion,
  DEAD,
  END,
  findMark,
  goTo,
  inScope,
  type Mark,
  marked,
  newMark,
  type Rest,
  type Step,
  setNaming,
} from "./flow.ts";
import { forOf, forStatement, whileStatement } from "./known-loops.ts";
import { runTimeForOf } from "./loops.ts";
import { truth } from "./operators.ts";
import { noteReadOf } from "./reads.ts";
import { returnStatement } from "./returns.ts";
import { childScope, type Scope } from "./scope.ts";
import { switchStatement } from "./switch.ts";
import { throwAtRunTime } from "./throw.ts";
import { tryStatement } from "./try.ts";
import { describe, isObject, isStuck, STUCK, type Value } from "./values.ts";

/** Runs a function's body and gives what it returns. */
export function runBody(ev: Evaluation, statements: readonly Statement[], scope: Scope, async: boolean): Value {
  const mark = newMark(ev, "function", { async });
  const done = run(ev, enter(ev, statements, scope, marked(mark)), mark);
  setNaming(ev, mark.naming);
  if (done.kind === "dead") return STUCK;
  return done.kind === "jump" ? done.value : undefined;
}

/** A module's statements. */
export function runStatements(ev: Evaluation, statements: readonly Statement[], scope: Scope): void {
  const mark = newMark(ev, "join");
  run(ev, enter(ev, statements, scope, marked(mark)), mark);
}

/** A block's statements, before what follows it. Function declarations are hoisted. */
export function enter(ev: Evaluation, statements: readonly Statement[], scope: Scope, next: Rest): Rest {
  for (const statement of statements) {
    if (statement.kind === "FunctionDeclaration") {
      const { name, span } = statement;
      declare(ev, name, { kind: "function", syntax: statement.function, scope }, scope, false, span);
    } else if (statement.kind === "Variables") hoist(ev, statement, scope);
  }
  return statements.reduceRight<Rest>((rest, statement) => before(inScope(statement, scope), rest), next);
}

/** Names exist, unusable, from the start of their block: what a closure reads too early is then said so. */
function hoist(ev: Evaluation, statement: Extract<Statement, { kind: "Variables" }>, scope: Scope): void {
  for (const { target } of statement.declarations) {
    if (target.kind !== "Name" || scope.cells.has(target.name)) continue;
    scope.cells.set(target.name, {
      name: target.name,
      mutable: statement.mutable,
      owner: ev.thread,
      span: target.span,
      value: undefined,
      ready: false,
    });
  }
}

/** Works the list off up to the mark `stop`, which is in it. */
export function run(ev: Evaluation, start: Rest, stop: Mark): Completion {
  let rest = start;
  while (rest !== undefined) {
    if (ev.out || ev.thread?.dead) return DEAD;
    const { item, next }: NonNullable<Rest> = rest;
    if (item.kind === "mark" && item.mark === stop) return END;
    const step = runItem(ev, item, next, stop);
    if ("done" in step) return step.done;
    rest = step.rest;
  }
  return END;
}

function runItem(ev: Evaluation, item: NonNullable<Rest>["item"], next: Rest, stop: Mark): Step {
  switch (item.kind) {
    case "statement":
      return runOne(ev, item.statement, item.scope, next, stop);
    case "mark":
      setNaming(ev, item.mark.naming);
      return { rest: next };
    case "more":
      return { rest: item.more(next) };
    case "do":
      return item.work(next, stop);
    case "resume":
      return resume(ev, item.done, next, stop, item.span);
    case "guard":
      if (isObject(item.test, "symbolic"))
        return decide(ev, { test: item.test, then: item.then, other: undefined, span: item.span }, next, stop);
      return { rest: item.test === true ? before(item.then, next) : next };
    default:
      return assertNever(item);
  }
}

function runOne(ev: Evaluation, statement: Statement, scope: Scope, next: Rest, stop: Mark): Step {
  const { span } = statement;
  if (!burn(ev, span)) return { done: DEAD };
  switch (statement.kind) {
    case "Block":
      return { rest: enter(ev, statement.body, childScope(scope), next) };
    case "If": {
      const test = truth(ev, evaluate(ev, statement.test, scope), statement.test.span);
      const arm = (body: Statement | undefined) => (body === undefined ? undefined : inScope(body, childScope(scope)));
      const then = inScope(statement.then, childScope(scope));
      if (typeof test !== "boolean" && isObject(test, "symbolic"))
        return decide(ev, { test, then, other: arm(statement.else), span }, next, stop);
      const chosen = test === true ? then : test === false ? arm(statement.else) : undefined;
      return { rest: chosen === undefined ? next : before(chosen, next) };
    }
    case "Switch":
      return { rest: switchStatement(ev, statement, scope, next) };
    case "Variables":
      for (const { target, value } of statement.declarations) {
        const given = value === undefined ? undefined : evaluate(ev, value, scope);
        explained(ev, given, statement);
        if (target.kind === "Name" && value !== undefined) nameStep(given, value, target.name);
        bind(ev, target, given, scope, statement.mutable);
      }
      return { rest: next };
    case "FunctionDeclaration":
    case "Empty":
      return { rest: next };
    case "ExpressionStatement":
      explained(ev, evaluate(ev, statement.expression, scope), statement);
      return { rest: next };
    case "ForOf": {
      const items = evaluate(ev, statement.items, scope);
      noteReadOf(ev, items);
      if (isObject(items, "list")) return { rest: forOf(ev, statement, [...items.items], scope, next) };
      if (typeof items === "string") return { rest: forOf(ev, statement, [...items], scope, next) };
      if (isObject(items, "symbolic")) runTimeForOf(ev, statement, items, scope);
      else if (!isStuck(items)) report(ev, "TR2017", { what: describe(items), where: "a loop" }, statement.items.span);
      return { rest: next };
    }
    case "For":
      return { rest: forStatement(ev, statement, scope, next) };
    case "While":
      return { rest: whileStatement(ev, statement, scope, next) };
    case "Return":
      return returnStatement(ev, statement, scope, next, stop);
    case "Throw":
      throwAtRunTime(ev, evaluate(ev, statement.value, scope), span);
      return { rest: next };
    case "Try":
      return tryStatement(ev, statement, scope, next, stop);
    case "Break":
      return jump(ev, statement, (mark) => mark.kind === "loop" || mark.kind === "switch", next, stop);
    case "Continue":
      return jump(ev, statement, (mark) => mark.kind === "turn", next, stop);
    default:
      return assertNever(statement);
  }
}

/** What has no value was reported, or nothing goes on from here. Anything else would leave a part of the pipeline out in silence. */
function explained(ev: Evaluation, value: Value, { span }: Statement): void {
  const fine = !isStuck(value) || ev.out || ev.reported.size > 0 || ev.thread?.dead === true;
  invariant(fine, `${span.file}:${span.start} has no value, and nobody knows why`);
}

function jump(
  ev: Evaluation,
  statement: Extract<Statement, { kind: "Break" | "Continue" }>,
  wanted: (mark: Mark) => boolean,
  next: Rest,
  stop: Mark,
): Step {
  const found = findMark(next, (mark) => wanted(mark) || mark.kind === "finally" || mark.engine === true);
  if (found === undefined) return { done: DEAD };
  if (wanted(found.mark)) return goTo(found.mark, undefined, next, stop);
  const what = statement.kind === "Break" ? "break" : "continue";
  report(ev, found.mark.kind === "finally" ? "TR2054" : "TR2042", { what }, statement.span);
  return { done: DEAD };
}
