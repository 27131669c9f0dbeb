/** The border from compile time to run time: a value as an IR expression with its type. */
import type { Span } from "../diagnostics/diagnostic.ts";
import { assertNever } from "../invariant.ts";
import type { Expr, Field, Json, Type } from "../ir/types.ts";
import { burn, type Evaluation, LIMITS, report } from "./evaluation.ts";
import { isTooLarge } from "./expr-size.ts";
import { noteReadOf } from "./reads.ts";
import { ABSENT, BOOLEAN, NULL, NUMBER, STRING, unionOf } from "./types.ts";
import { describe, type SymbolicValue, type Value } from "./values.ts";

export interface TypedExpr {
  readonly expr: Expr;
  readonly type: Type;
}

/** Undefined when the value cannot exist at run time; that is reported. */
export function toExpr(ev: Evaluation, value: Value, span: Span, depth = 0): TypedExpr | undefined {
  if (!burn(ev, span)) return undefined;
  if (depth > LIMITS.valueDepth) {
    report(ev, "TR2001", { what: `${LIMITS.valueDepth} lists and objects inside each other` }, span);
    return undefined;
  }
  noteReadOf(ev, value);
  if (value === null) return { expr: { kind: "literal", value }, type: NULL };
  switch (typeof value) {
    case "undefined":
      return { expr: { kind: "absent" }, type: ABSENT };
    case "boolean":
      return { expr: { kind: "literal", value }, type: BOOLEAN };
    case "number":
      if (!Number.isFinite(value)) return refuse(ev, `${value}`, "only finite numbers are JSON", span);
      return { expr: { kind: "literal", value }, type: NUMBER };
    case "string":
      if (!value.isWellFormed()) return refuse(ev, "a string with a lone surrogate", "it is not Unicode text", span);
      return { expr: { kind: "literal", value }, type: STRING };
  }
  switch (value.kind) {
    case "symbolic":
      if (isTooLarge(value.expr)) {
        report(ev, "TR2001", { what: "an expression of 10,000 parts, or of 200 inside each other" }, span);
        return undefined;
      }
      return { expr: value.expr, type: value.type };
    case "list": {
      const items: TypedExpr[] = [];
      for (const item of value.items) {
        const found = toExpr(ev, item === undefined ? null : item, span, depth + 1);
        if (found === undefined) return undefined;
        items.push(found);
      }
      const type: Type = {
        kind: "list",
        items: items.length === 0 ? { kind: "json" } : unionOf(items.map((item) => item.type)),
      };
      const literals = items.map((item) => item.expr);
      return {
        expr: allLiteral(literals)
          ? { kind: "literal", value: literals.map(literalOf) }
          : { kind: "list", items: literals },
        type,
      };
    }
    case "record": {
      const fields: Record<string, Expr> = {};
      const types: Record<string, Field> = {};
      for (const [key, item] of value.fields) {
        if (item === undefined) continue;
        if (!key.isWellFormed()) return refuse(ev, "a key with a lone surrogate", "it is not Unicode text", span);
        const found = toExpr(ev, item, span, depth + 1);
        if (found === undefined) return undefined;
        define(fields, key, found.expr);
        define(types, key, { type: found.type });
      }
      const entries = Object.entries(fields);
      if (allLiteral(entries.map(([, expr]) => expr))) {
        const literal: Record<string, Json> = {};
        for (const [key, expr] of entries) define(literal, key, literalOf(expr));
        return { expr: { kind: "literal", value: literal }, type: { kind: "record", fields: types } };
      }
      return { expr: { kind: "record", fields }, type: { kind: "record", fields: types } };
    }
    case "promise":
    case "loop":
      report(ev, "TR2012", { what: describe(value) }, value.kind === "loop" ? value.promise.span : value.span);
      return undefined;
    case "lost":
    case "stuck":
      return undefined;
    case "function":
    case "builtin":
    case "step":
    case "pipeline":
    case "schedule":
    case "secret":
    case "error":
      return refuse(ev, describe(value), "only JSON values and artifacts pass between steps", span);
    default:
      return assertNever(value);
  }
}

/** A plain JSON value, or undefined after a report that says why it is not one. */
export function toJson(ev: Evaluation, value: Value, what: string, span: Span): Json | undefined {
  const found = toExpr(ev, value, span);
  if (found === undefined) return undefined;
  if (found.expr.kind === "literal") return found.expr.value;
  if (value !== null && typeof value === "object" && value.kind === "symbolic") needKnown(ev, value, what, span);
  else report(ev, "TR2013", { what, why: "" }, span);
  return undefined;
}

/** Reports that something must be known while compiling, with the reason why it is not. */
export function needKnown(ev: Evaluation, value: SymbolicValue, what: string, span: Span): void {
  const because = value.because;
  report(
    ev,
    "TR2013",
    { what, why: because === undefined ? "" : ` because of ${because.what}` },
    span,
    because === undefined ? [] : [{ span: because.span, message: `known only at run time: ${because.what}` }],
  );
}

/** Sets an own property even when the key is `__proto__`. */
export function define<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function allLiteral(exprs: readonly Expr[]): boolean {
  return exprs.every((expr) => expr.kind === "literal");
}

function literalOf(expr: Expr): Json {
  return expr.kind === "literal" ? expr.value : null;
}

function refuse(ev: Evaluation, what: string, why: string, span: Span): undefined {
  report(ev, "TR2011", { what, why }, span);
  return undefined;
}
