/** The part of `validate` about expressions: references in scope, operators with operands of their types. */
import { assertNever } from "../invariant.ts";
import { slotOf } from "./encode.ts";
import { printExpr } from "./print.ts";
import { isBoolean, isListType, isNumber, isScalar, typeOf } from "./type-of.ts";
import type { Call, Expr, Type } from "./types.ts";

export type Check = (condition: unknown, message: string) => asserts condition;

/** @param visible slots that certainly have a value here. */
export function checkExpr(expr: Expr, visible: Pick<ReadonlySet<string>, "has">, check: Check): void {
  switch (expr.kind) {
    case "literal":
    case "absent":
      return;
    case "ref": {
      const slot = slotOf(expr.source);
      check(visible.has(slot), `\`${slot}\` is read where it is not certain to be there`);
      return;
    }
    case "call":
      checkCall(expr, check);
      for (const arg of expr.args) checkExpr(arg, visible, check);
      return;
    case "list":
      for (const item of expr.items) checkExpr(item, visible, check);
      return;
    case "record":
      for (const field of Object.values(expr.fields)) checkExpr(field, visible, check);
      return;
    case "comprehension": {
      checkExpr(expr.items, visible, check);
      check(isListType(typeOf(expr.items)), `${printExpr(expr.items)} is not a list`);
      const bound = new Set<string>();
      const inside = { has: (slot: string) => bound.has(slot) || visible.has(slot) };
      for (const name of [expr.item, ...(expr.index === undefined ? [] : [expr.index])]) {
        check(!inside.has(`bound:${name}`), `\`${name}\` is bound twice`);
        bound.add(`bound:${name}`);
      }
      if (expr.where) {
        checkExpr(expr.where, inside, check);
        check(isBoolean(typeOf(expr.where)), `${printExpr(expr.where)} is not boolean`);
      }
      checkExpr(expr.each, inside, check);
      return;
    }
    default:
      assertNever(expr);
  }
}

function checkCall(call: Call, check: Check): void {
  const text = printExpr(call);
  const all = (kind: string, test: (type: Type) => boolean, args: readonly Expr[] = call.args) => {
    for (const arg of args) check(test(typeOf(arg)), `${text}: ${printExpr(arg)} is not ${kind}`);
  };
  const count = (wanted: number) => check(call.args.length === wanted, `${text} takes ${wanted} arguments`);
  switch (call.op) {
    case "not":
      count(1);
      all("boolean", isBoolean);
      return;
    case "and":
    case "or":
      all("boolean", isBoolean);
      return;
    case "eq":
    case "ne":
      count(2);
      // Identity of records has no meaning; `record === undefined` has.
      check(
        call.args.some((arg) => isScalar(typeOf(arg))),
        `${text}: neither side is a scalar`,
      );
      return;
    case "lt":
    case "le":
    case "gt":
    case "ge":
      count(2);
      all("a number", isNumber);
      return;
    case "isNullish":
      count(1);
      return;
    case "select":
      count(3);
      all("boolean", isBoolean, call.args.slice(0, 1));
      return;
    case "coalesce":
      count(2);
      return;
    case "template":
      all("a scalar", isScalar);
      return;
    case "length":
      count(1);
      all("a list", isListType);
      return;
    case "concat":
      all("a list", isListType);
      return;
    case "merge":
      return;
    case "get":
    case "getOptional": {
      check(call.args.length >= 2, `${text} has no path`);
      const literal = call.args.slice(1).every((arg) => arg.kind === "literal");
      check(literal, `${text}: the path is not literal`);
      return;
    }
    default:
      assertNever(call.op);
  }
}
