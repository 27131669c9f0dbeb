/**
 * Decisions at run time: `if`, `?:`, `&&`, `||`, `??`, a pattern's default. Both arms are evaluated, each in a block of its own. When neither runs
 * a step the decision is an expression; otherwise it is a Branch, whose result is a record of what lives on: the variables that an arm changed, the
 * expression's value (`value`), what the function returns (`return`).
 */
import type { Expression, Statement } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr } from "../ir/types.ts";
import { type Arm, joinArms, type PureExpr, runArm } from "./arms.ts";
import { type Evaluation, report } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import { alwaysJumps, mayJump } from "./jumps.ts";
import { symbolic, truth } from "./operators.ts";
import { childScope, type Scope } from "./scope.ts";
import { type Completion, type Leaves, run, type Work } from "./statements.ts";
import { BOOLEAN, isNullable, isOnly, ONLY_BOOLEAN, withoutNullish } from "./types.ts";
import { isObject, isPrimitive, isStuck, STUCK, type SymbolicValue, type Value } from "./values.ts";

export function conditional(ev: Evaluation, node: Extract<Expression, { kind: "Conditional" }>, scope: Scope): Value {
  const test = truth(ev, evaluate(ev, node.test, scope), node.test.span);
  if (typeof test === "boolean") return evaluate(ev, test ? node.then : node.else, scope);
  if (!isObject(test, "symbolic")) return STUCK;
  return choose(
    ev,
    test,
    () => evaluate(ev, node.then, scope),
    () => evaluate(ev, node.else, scope),
    node.span,
  );
}

export function logical(ev: Evaluation, node: Extract<Expression, { kind: "Logical" }>, scope: Scope): Value {
  const left = evaluate(ev, node.left, scope);
  if (isStuck(left)) return STUCK;
  if (node.operator === "??") {
    if (!isObject(left, "symbolic"))
      return left === null || left === undefined ? evaluate(ev, node.right, scope) : left;
    return orElse(ev, left, () => evaluate(ev, node.right, scope), node.span);
  }
  if (!isObject(left, "symbolic")) {
    const known = Boolean(isPrimitive(left) ? left : true);
    return known === (node.operator === "&&") ? evaluate(ev, node.right, scope) : left;
  }
  const test = truth(ev, left, node.left.span);
  if (!isObject(test, "symbolic")) return STUCK;
  const right = (): Value => evaluate(ev, node.right, scope);
  return node.operator === "&&"
    ? choose(ev, test, right, () => false, node.span, "&&")
    : choose(ev, test, () => true, right, node.span, "||");
}

/** `value ?? fallback`: the fallback's steps run only when there is no value. */
export function orElse(ev: Evaluation, value: SymbolicValue, fallback: () => Value, span: Span): Value {
  if (!isNullable(value.type)) return value;
  const test = symbolic({ kind: "call", op: "isNullish", args: [value.expr], type: BOOLEAN }, BOOLEAN, [value]);
  const held = symbolic(value.expr, withoutNullish(value.type), [value]);
  return choose(ev, test, fallback, () => held, span, "??");
}

/** The value of a decision between two expressions. */
function choose(
  ev: Evaluation,
  test: SymbolicValue,
  thenValue: () => Value,
  elseValue: () => Value,
  span: Span,
  operator: keyof typeof PURE = "?:",
): Value {
  if (ev.thread === null) return report(ev, "TR2021", {}, span);
  const then = runArm(ev, thenValue);
  const other = runArm(ev, elseValue);
  return joinArms(ev, { test, then, other, yields: "value", span, pure: PURE[operator] });
}

const select: PureExpr = (test, a, b, type) => ({ kind: "call", op: "select", args: [test, a.expr, b.expr], type });

const PURE = {
  "?:": select,
  "&&": (test, a, b, type): Expr =>
    isOnly(a.type, ONLY_BOOLEAN) ? { kind: "call", op: "and", args: [test, a.expr], type } : select(test, a, b, type),
  "||": (test, a, b, type): Expr =>
    isOnly(b.type, ONLY_BOOLEAN) ? { kind: "call", op: "or", args: [test, b.expr], type } : select(test, a, b, type),
  "??": (_test, a, b, type): Expr => ({ kind: "call", op: "coalesce", args: [b.expr, a.expr], type }),
} satisfies Record<string, PureExpr>;

/**
 * `if` over a run-time value. Gives a completion when an arm leaves the surrounding statements; then `rest` has been run inside the arms.
 */
export function runTimeIf(
  ev: Evaluation,
  test: SymbolicValue,
  statement: Extract<Statement, { kind: "If" }>,
  scope: Scope,
  rest: readonly Work[],
  leaves: Leaves,
): Completion | undefined {
  if (ev.thread === null) {
    report(ev, "TR2021", {}, statement.span);
    return undefined;
  }
  const empty: Statement = { kind: "Empty", span: statement.span };
  const otherwise = statement.else ?? empty;
  const work = (arm: Statement): Work[] => [{ statement: arm, scope: childScope(scope) }];
  if (!mayJump(statement)) {
    const then = runArm(ev, () => void run(ev, work(statement.then), "nothing"));
    const other = runArm(ev, () => void run(ev, work(otherwise), "nothing"));
    joinArms(ev, { test, then, other, span: statement.span, pure: select });
    return undefined;
  }
  if (leaves === "nothing") {
    report(ev, "TR2040", {}, statement.span);
    return undefined;
  }
  const thenEnds = alwaysJumps(statement.then);
  const elseEnds = alwaysJumps(otherwise);
  if (!thenEnds && !elseEnds) {
    report(ev, "TR2041", {}, statement.span);
    return undefined;
  }
  const ending = (body: Statement): Arm => runArm(ev, () => leave(ev, run(ev, work(body), leaves), leaves, body.span));
  // What follows the `if` belongs to the arm that goes on.
  const goingOn = (body: Statement, early: Arm): Arm =>
    runArm(
      ev,
      () => leave(ev, run(ev, [...work(body), ...rest], leaves), leaves, body.span),
      early.block.nodes.length === 0,
    );
  let then: Arm;
  let other: Arm;
  if (thenEnds) {
    then = ending(statement.then);
    other = elseEnds ? ending(otherwise) : goingOn(otherwise, then);
  } else {
    other = ending(otherwise);
    then = goingOn(statement.then, other);
  }
  const value = joinArms(ev, { test, then, other, yields: "return", span: statement.span, pure: select });
  return leaves === "function" ? { kind: "return", value } : { kind: "continue" };
}

/** What an arm that leaves gives to the function that it leaves. */
function leave(ev: Evaluation, done: Completion, leaves: Leaves, span: Span): Value {
  if (done.kind === "break" || (done.kind === "return" && leaves !== "function"))
    return report(ev, "TR2042", { what: done.kind }, span);
  return done.kind === "return" ? done.value : undefined;
}
