/** Decisions of expressions at run time: `?:`, `&&`, `||`, `??`, a pattern's default. */
import type { Expression } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr } from "../ir/types.ts";
import { choose, type PureExpr, select } from "./decide.ts";
import type { Evaluation } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import { symbolic, truth } from "./operators.ts";
import type { Scope } from "./scope.ts";
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
    ? choose(ev, test, right, () => false, node.span, PURE["&&"])
    : choose(ev, test, () => true, right, node.span, PURE["||"]);
}

/** `value ?? fallback`: the fallback's steps run only when there is no value. */
export function orElse(ev: Evaluation, value: SymbolicValue, fallback: () => Value, span: Span): Value {
  if (!isNullable(value.type)) return value;
  const test = symbolic({ kind: "call", op: "isNullish", args: [value.expr], type: BOOLEAN }, BOOLEAN, [value]);
  const held = symbolic(value.expr, withoutNullish(value.type), [value]);
  return choose(ev, test, fallback, () => held, span, PURE["??"]);
}

const PURE = {
  "&&": (test, a, b, type): Expr =>
    isOnly(a.type, ONLY_BOOLEAN) ? { kind: "call", op: "and", args: [test, a.expr], type } : select(test, a, b, type),
  "||": (test, a, b, type): Expr =>
    isOnly(b.type, ONLY_BOOLEAN) ? { kind: "call", op: "or", args: [test, b.expr], type } : select(test, a, b, type),
  "??": (_test, a, b, type): Expr => ({ kind: "call", op: "coalesce", args: [b.expr, a.expr], type }),
} satisfies Record<string, PureExpr>;
