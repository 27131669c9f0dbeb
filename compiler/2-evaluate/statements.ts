/**
 * Statements. A list of statements is worked off as items, each with its scope, so that what follows a run-time `if` with a `return` in one
 * arm can be moved into the other arm (DESIGN: "normalise first").
 */
import type { Statement, SwitchCase } from "../1-read/syntax.ts";
import { assertNever } from "../invariant.ts";
import { bind, declare } from "./assign.ts";
import { runTimeIf } from "./branch.ts";
import { throwAtRunTime, tryStatement } from "./errors.ts";
import { burn, type Evaluation, report } from "./evaluation.ts";
import { evaluate, nameStep } from "./expressions.ts";
import { alwaysJumps, mayBreak, mayJump, upToBreak } from "./jumps.ts";
import { keyed, runTimeForOf } from "./loops.ts";
import { binary, truth } from "./operators.ts";
import { noteReadOf } from "./reads.ts";
import { childScope, type Scope } from "./scope.ts";
import { describe, isObject, isStuck, STUCK, type Value } from "./values.ts";

export type Completion =
  | { readonly kind: "normal" }
  | { readonly kind: "return"; readonly value: Value }
  | { readonly kind: "break" | "continue" };

export const NORMAL: Completion = { kind: "normal" };

/** A statement that is still to be run, where its names are looked up. */
export interface Work {
  readonly statement: Statement;
  readonly scope: Scope;
}

/** What a `return`, `break` or `continue` under a run-time condition may leave: a whole function, a loop's turn, or nothing. */
export type Leaves = "function" | "turn" | "nothing";

/** Runs a function's body and gives what it returns. */
export function runBody(ev: Evaluation, statements: readonly Statement[], scope: Scope): Value {
  const done = run(ev, enter(ev, statements, scope), "function");
  return done.kind === "return" ? done.value : undefined;
}

/** The statements of a block as work; function declarations are hoisted. */
export function enter(ev: Evaluation, statements: readonly Statement[], scope: Scope): Work[] {
  for (const statement of statements) {
    if (statement.kind === "FunctionDeclaration") {
      declare(
        ev,
        statement.name,
        { kind: "function", syntax: statement.function, scope },
        scope,
        false,
        statement.span,
      );
    } else if (statement.kind === "Variables") hoist(ev, statement, scope);
  }
  return statements.map((statement) => ({ statement, scope }));
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

export function run(ev: Evaluation, work: readonly Work[], leaves: Leaves): Completion {
  for (let at = 0; at < work.length; at++) {
    const item = work[at];
    if (item === undefined || ev.out || ev.thread?.dead) return NORMAL;
    const { statement, scope } = item;
    if (!burn(ev, statement.span)) return NORMAL;
    switch (statement.kind) {
      case "Block":
        if (mayJump(statement))
          return run(ev, [...enter(ev, statement.body, childScope(scope)), ...work.slice(at + 1)], leaves);
        run(ev, enter(ev, statement.body, childScope(scope)), leaves);
        continue;
      case "If": {
        const test = truth(ev, evaluate(ev, statement.test, scope), statement.test.span);
        if (test !== true && test !== false) {
          if (!isObject(test, "symbolic")) continue;
          const jumped = runTimeIf(ev, test, statement, scope, mayJump(statement) ? work.slice(at + 1) : [], leaves);
          if (jumped !== undefined) return jumped;
          continue;
        }
        const arm = test ? statement.then : statement.else;
        if (arm === undefined) continue;
        if (mayJump(arm)) return run(ev, [{ statement: arm, scope: childScope(scope) }, ...work.slice(at + 1)], leaves);
        run(ev, [{ statement: arm, scope: childScope(scope) }], leaves);
        continue;
      }
      case "Switch": {
        const chosen = switchStatement(ev, statement, scope);
        if (chosen === undefined) continue;
        if (!chosen.some((item) => mayBreak(item.statement)))
          return run(ev, [...chosen, ...work.slice(at + 1)], leaves);
        // A `break` inside an `if` ends the `switch` alone.
        const done = run(ev, chosen, "nothing");
        if (done.kind !== "normal" && done.kind !== "break") return done;
        continue;
      }
      default: {
        const done = runOne(ev, statement, scope);
        if (done.kind !== "normal") return done;
      }
    }
  }
  return NORMAL;
}

function runOne(
  ev: Evaluation,
  statement: Exclude<Statement, { kind: "Block" | "If" | "Switch" }>,
  scope: Scope,
): Completion {
  switch (statement.kind) {
    case "Variables":
      for (const { target, value } of statement.declarations) {
        const given = value === undefined ? undefined : evaluate(ev, value, scope);
        if (target.kind === "Name" && value !== undefined) nameStep(given, value, target.name);
        bind(ev, target, given, scope, statement.mutable);
      }
      return NORMAL;
    case "FunctionDeclaration":
    case "Empty":
      return NORMAL;
    case "ExpressionStatement":
      evaluate(ev, statement.expression, scope);
      return NORMAL;
    case "ForOf": {
      const items = evaluate(ev, statement.items, scope);
      noteReadOf(ev, items);
      if (isObject(items, "list")) return forOf(ev, statement, [...items.items], scope);
      if (typeof items === "string") return forOf(ev, statement, [...items], scope);
      if (isObject(items, "symbolic")) {
        runTimeForOf(ev, statement, items, scope);
        return NORMAL;
      }
      if (!isStuck(items)) report(ev, "TR2017", { what: describe(items), where: "a loop" }, statement.items.span);
      return NORMAL;
    }
    case "For":
      return forStatement(ev, statement, scope);
    case "While":
      return loop(ev, statement.test, undefined, statement.body, scope);
    case "Return":
      return {
        kind: "return",
        value: statement.value === undefined ? undefined : evaluate(ev, statement.value, scope),
      };
    case "Throw":
      throwAtRunTime(ev, evaluate(ev, statement.value, scope), statement.span);
      return NORMAL;
    case "Try":
      return tryStatement(ev, statement, scope);
    case "Break":
      return { kind: "break" };
    case "Continue":
      return { kind: "continue" };
    default:
      return assertNever(statement);
  }
}

function forOf(
  ev: Evaluation,
  statement: Extract<Statement, { kind: "ForOf" }>,
  items: readonly Value[],
  scope: Scope,
): Completion {
  for (const item of items) {
    const done = keyed(ev, item, () => {
      const inner = childScope(scope);
      bind(ev, statement.target, item, inner, statement.mutable);
      return run(ev, [{ statement: statement.body, scope: inner }], "turn");
    });
    if (done.kind === "break") break;
    if (done.kind === "return") return done;
    if (ev.out || ev.thread?.dead) break;
  }
  return NORMAL;
}

function forStatement(ev: Evaluation, statement: Extract<Statement, { kind: "For" }>, scope: Scope): Completion {
  const inner = childScope(scope);
  if (statement.init !== undefined) run(ev, enter(ev, [statement.init], inner), "nothing");
  return loop(ev, statement.test, statement.update, statement.body, inner);
}

function loop(
  ev: Evaluation,
  test: Extract<Statement, { kind: "For" }>["test"],
  update: Extract<Statement, { kind: "For" }>["update"],
  body: Statement,
  scope: Scope,
): Completion {
  for (;;) {
    if (test !== undefined) {
      const go = truth(ev, evaluate(ev, test, scope), test.span);
      if (go === STUCK) return NORMAL;
      if (typeof go !== "boolean") {
        report(ev, "TR2038", {}, test.span);
        return NORMAL;
      }
      if (!go) return NORMAL;
    }
    // Each turn has its own copy of the loop's variables, which closures may keep.
    const turn = childScope(scope.parent);
    for (const [name, cell] of scope.cells) turn.cells.set(name, { ...cell });
    const key = [...scope.cells.values()].find((cell) => typeof cell.value === "number")?.value;
    const done = keyed(ev, key, () => run(ev, [{ statement: body, scope: childScope(turn) }], "turn"));
    for (const [name, cell] of turn.cells) scope.cells.set(name, { ...cell });
    if (done.kind === "break") return NORMAL;
    if (done.kind === "return") return done;
    if (ev.out || ev.thread?.dead || !burn(ev, body.span)) return NORMAL;
    if (update !== undefined) evaluate(ev, update, scope);
  }
}

/** The work of the chosen cases, up to their `break`; at run time a chain of `if`s. Undefined: no case, or a problem. */
function switchStatement(
  ev: Evaluation,
  statement: Extract<Statement, { kind: "Switch" }>,
  scope: Scope,
): Work[] | undefined {
  const subject = evaluate(ev, statement.subject, scope);
  if (isStuck(subject)) return undefined;
  if (isObject(subject, "symbolic")) {
    // The subject is evaluated once; no name of a user's has a space.
    const held = childScope(scope);
    declare(ev, "the subject", subject, held, false, statement.subject.span);
    return [
      {
        statement: asIfs(ev, {
          ...statement,
          subject: { kind: "Identifier", name: "the subject", span: statement.subject.span },
        }),
        scope: held,
      },
    ];
  }
  const inner = childScope(scope);
  let start = -1;
  for (const [index, arm] of statement.cases.entries()) {
    if (arm.test === undefined) continue;
    if (binary(ev, "===", subject, evaluate(ev, arm.test, inner), arm.span) === true) {
      start = index;
      break;
    }
  }
  if (start < 0) start = statement.cases.findIndex((arm) => arm.test === undefined);
  if (start < 0) return undefined;
  const chosen: Statement[] = [];
  for (const arm of statement.cases.slice(start)) {
    const { body, breaks } = upToBreak(arm.body);
    chosen.push(...body);
    if (breaks) break;
  }
  return enter(ev, chosen, inner);
}

/** `switch` over a run-time value: each case must end by itself, since falling through would run two. */
function asIfs(ev: Evaluation, statement: Extract<Statement, { kind: "Switch" }>): Statement {
  const { subject, span } = statement;
  const groups: { tests: SwitchCase[]; body: readonly Statement[]; span: SwitchCase["span"] }[] = [];
  let waiting: SwitchCase[] = [];
  for (const [index, arm] of statement.cases.entries()) {
    waiting.push(arm);
    if (arm.body.length === 0 && index < statement.cases.length - 1) continue;
    const { body, breaks } = upToBreak(arm.body);
    const ends = breaks || body.some(alwaysJumps);
    if (!ends && index < statement.cases.length - 1) report(ev, "TR2039", {}, arm.span);
    if (body.some(mayBreak)) report(ev, "TR2040", {}, arm.span);
    groups.push({ tests: waiting, body, span: arm.span });
    waiting = [];
  }
  const fallback = groups.find((group) => group.tests.some((test) => test.test === undefined));
  let chain: Statement = { kind: "Block", body: fallback?.body ?? [], span };
  for (const group of groups.toReversed()) {
    if (group === fallback) continue;
    const tests = group.tests.flatMap((arm) => (arm.test === undefined ? [] : [arm.test]));
    const [first, ...others] = tests.map(
      (test) => ({ kind: "Binary", operator: "===", left: subject, right: test, span: test.span }) as const,
    );
    if (first === undefined) continue;
    const test = others.reduce<Extract<Statement, { kind: "If" }>["test"]>(
      (left, right) => ({ kind: "Logical", operator: "||", left, right, span: right.span }),
      first,
    );
    chain = {
      kind: "If",
      test,
      then: { kind: "Block", body: group.body, span: group.span },
      else: chain,
      span: group.span,
    };
  }
  return chain;
}
