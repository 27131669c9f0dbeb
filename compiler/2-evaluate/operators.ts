/** Operators on known values by JavaScript's rules, on run-time values as IR expressions, or refused with what to do instead. */
import type { BinaryOperator, Expression, Spread } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr, Operator, Type } from "../ir/types.ts";
import { burn, type Evaluation, LIMITS, report } from "./evaluation.ts";
import { sizeOf } from "./expr-size.ts";
import { type TypedExpr, toExpr } from "./to-expr.ts";
import {
  BOOLEAN,
  isNullable,
  isOnly,
  membersOf,
  ONLY_BOOLEAN,
  ONLY_NUMBER,
  ONLY_STRING,
  SCALARS,
  STRING,
  unionOf,
  withoutNullish,
} from "./types.ts";
import {
  describe,
  isObject,
  isPrimitive,
  isStuck,
  type Primitive,
  STUCK,
  type SymbolicValue,
  type Value,
} from "./values.ts";

/**
 * The value where TypeScript has made sure that there is one, by a condition around it. Where an `as` lied, evaluating it fails, as it does in
 * JavaScript.
 */
export function narrowed(value: SymbolicValue): SymbolicValue {
  const { expr, type } = value;
  if (!isNullable(type) || type.kind === "json" || !("type" in expr)) return value;
  const held = withoutNullish(type);
  return held.kind === "absent" ? value : { ...value, expr: { ...expr, type: held }, type: held };
}

export function symbolic(expr: Expr, type: Type, from: readonly Value[]): SymbolicValue {
  sizeOf(expr);
  let because: SymbolicValue["because"];
  for (const value of from) {
    if (isObject(value, "symbolic") && value.because !== undefined) {
      because = value.because;
      break;
    }
  }
  return { kind: "symbolic", expr, type, because };
}

function call(op: Operator, args: readonly TypedExpr[], type: Type, from: readonly Value[]): SymbolicValue {
  return symbolic({ kind: "call", op, args: args.map((arg) => arg.expr), type }, type, from);
}

/** JavaScript's truthiness of a known value; a run-time boolean stays one; anything else at run time is refused. */
export function truth(ev: Evaluation, value: Value, span: Span): boolean | SymbolicValue | typeof STUCK {
  if (isPrimitive(value)) return Boolean(value);
  if (value.kind === "stuck") return STUCK;
  if (value.kind === "promise" || value.kind === "loop") return report(ev, "TR2012", { what: describe(value) }, span);
  if (value.kind !== "symbolic") return true;
  if (isOnly(value.type, ONLY_BOOLEAN)) return value;
  return report(ev, "TR2022", { type: typeName(value.type), fix: truthFix(value.type) }, span, reason(value));
}

export function not(ev: Evaluation, value: Value, span: Span): Value {
  const known = truth(ev, value, span);
  if (known === STUCK || typeof known === "boolean") return known === STUCK ? STUCK : !known;
  if (!isObject(known, "symbolic")) return STUCK;
  return call("not", [{ expr: known.expr, type: known.type }], BOOLEAN, [value]);
}

/** Whether one of the conditions holds; those that cannot are left out. */
export function anyOf(ev: Evaluation, tests: readonly Value[], span: Span): Value {
  const known = tests.map((test) => truth(ev, test, span));
  if (known.includes(STUCK)) return STUCK;
  if (known.includes(true)) return true;
  const open = known.filter((test) => test !== false && test !== true && test !== STUCK);
  const [first, ...others] = open.filter((test) => isObject(test, "symbolic"));
  if (first === undefined) return false;
  if (others.length === 0) return first;
  return call(
    "or",
    [first, ...others].map(({ expr, type }) => ({ expr, type })),
    BOOLEAN,
    [first],
  );
}

export function unary(ev: Evaluation, operator: "-" | "+" | "typeof", value: Value, span: Span): Value {
  if (isStuck(value)) return STUCK;
  if (operator === "typeof") {
    if (isPrimitive(value)) return value === null ? "object" : typeof value;
    if (value.kind !== "symbolic")
      return value.kind === "function" || value.kind === "builtin" || value.kind === "step" ? "function" : "object";
    return report(ev, "TR2023", { what: "`typeof`" }, span, reason(value));
  }
  if (typeof value === "number") return operator === "-" ? -value : value;
  if (isObject(value, "symbolic"))
    return report(ev, "TR2023", { what: `the operator \`${operator}\`` }, span, reason(value));
  if (isPrimitive(value)) return operator === "-" ? -Number(value) : Number(value);
  return report(ev, "TR2024", { operator, what: describe(value) }, span);
}

export function binary(ev: Evaluation, operator: BinaryOperator, left: Value, right: Value, span: Span): Value {
  if (isStuck(left) || isStuck(right)) return STUCK;
  for (const side of [left, right]) {
    if (isObject(side, "promise") || isObject(side, "loop"))
      return report(ev, "TR2012", { what: describe(side) }, span);
  }
  if (isObject(left, "symbolic") || isObject(right, "symbolic")) return atRunTime(ev, operator, left, right, span);
  if (operator === "===") return left === right;
  if (operator === "!==") return left !== right;
  if (operator === "in") {
    if (isObject(right, "record") && isPrimitive(left)) return right.fields.has(String(left));
    return report(ev, "TR2024", { operator, what: describe(right) }, span);
  }
  if (!isPrimitive(left) || !isPrimitive(right)) {
    return report(ev, "TR2024", { operator, what: describe(isPrimitive(left) ? right : left) }, span);
  }
  return known(ev, operator, left, right, span);
}

function known(ev: Evaluation, operator: BinaryOperator, left: Primitive, right: Primitive, span: Span): Value {
  if (operator === "+" && (typeof left === "string" || typeof right === "string")) {
    const text = `${left}${right}`;
    if (text.length > LIMITS.stringLength) return report(ev, "TR2001", { what: "a string of 1 MiB" }, span);
    return text;
  }
  const bothText = typeof left === "string" && typeof right === "string";
  const a = Number(left);
  const b = Number(right);
  switch (operator) {
    case "<":
      return bothText ? left < right : a < b;
    case "<=":
      return bothText ? left <= right : a <= b;
    case ">":
      return bothText ? left > right : a > b;
    case ">=":
      return bothText ? left >= right : a >= b;
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "**":
      return a ** b;
    default:
      return report(ev, "TR2024", { operator, what: describe(left) }, span);
  }
}

const ORDER: Partial<Record<BinaryOperator, Operator>> = { "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };

function atRunTime(ev: Evaluation, operator: BinaryOperator, left: Value, right: Value, span: Span): Value {
  const why = [...reason(left), ...reason(right)].slice(0, 1);
  const a = toExpr(ev, left, span);
  const b = toExpr(ev, right, span);
  if (a === undefined || b === undefined) return STUCK;
  if (operator === "===" || operator === "!==") {
    const asksForNothing = left === undefined || right === undefined || left === null || right === null;
    for (const side of asksForNothing ? [] : [a, b]) {
      if (!isOnly(side.type, SCALARS)) return report(ev, "TR2025", { type: typeName(side.type) }, span, why);
    }
    return call(operator === "===" ? "eq" : "ne", [a, b], BOOLEAN, [left, right]);
  }
  const order = ORDER[operator];
  if (order !== undefined) {
    const numbers = [left, right].map((side) => toExpr(ev, isObject(side, "symbolic") ? narrowed(side) : side, span));
    const [x, y] = numbers;
    if (x && y && isOnly(x.type, ONLY_NUMBER) && isOnly(y.type, ONLY_NUMBER))
      return call(order, [x, y], BOOLEAN, [left, right]);
    return report(
      ev,
      "TR2023",
      { what: `the order of ${isOnly(a.type, ONLY_STRING) ? "strings" : "values that are not numbers"}` },
      span,
      why,
    );
  }
  if (operator === "+" && (isOnly(a.type, ONLY_STRING) || isOnly(b.type, ONLY_STRING)))
    return templateOf(ev, [left, right], span);
  return report(ev, "TR2023", { what: `arithmetic (\`${operator}\`)` }, span, why);
}

export function isNullish(_ev: Evaluation, value: Value, negated: boolean, _span: Span): Value {
  if (isStuck(value)) return STUCK;
  if (!isObject(value, "symbolic")) return (value === null || value === undefined) !== negated;
  if (!isNullable(value.type)) return negated;
  const test = call("isNullish", [{ expr: value.expr, type: value.type }], BOOLEAN, [value]);
  return negated ? call("not", [{ expr: test.expr, type: BOOLEAN }], BOOLEAN, [value]) : test;
}

export function template(ev: Evaluation, parts: readonly string[], values: readonly Value[], node: Expression): Value {
  const all: Value[] = [];
  parts.forEach((part, index) => {
    if (part !== "") all.push(part);
    if (index < values.length) all.push(values[index]);
  });
  return templateOf(ev, all, node.span);
}

function templateOf(ev: Evaluation, values: readonly Value[], span: Span): Value {
  if (values.some(isStuck)) return STUCK;
  let text = "";
  const args: TypedExpr[] = [];
  const flush = (): void => {
    if (text !== "") args.push({ expr: { kind: "literal", value: text }, type: STRING });
    text = "";
  };
  for (const value of values) {
    if (!burn(ev, span)) return STUCK;
    if (isPrimitive(value)) {
      text += String(value);
      if (text.length > LIMITS.stringLength) return report(ev, "TR2001", { what: "a string of 1 MiB" }, span);
      continue;
    }
    if (value.kind !== "symbolic") return report(ev, "TR2026", { what: describe(value) }, span);
    if (!isOnly(value.type, SCALARS)) return report(ev, "TR2026", { what: typeName(value.type) }, span, reason(value));
    flush();
    // A template in a template is one template.
    if (value.expr.kind === "call" && value.expr.op === "template") {
      if (!burn(ev, span, value.expr.args.length)) return STUCK;
      for (const expr of value.expr.args) args.push({ expr, type: STRING });
    } else args.push({ expr: value.expr, type: value.type });
  }
  if (args.length === 0) return text;
  flush();
  return call("template", args, STRING, values);
}

/** `[...a, x, ...b]` with a run-time list among them. */
export function spreadRunTimeLists(
  ev: Evaluation,
  parts: readonly { readonly value: Value; readonly spread: boolean; readonly node: Expression | Spread }[],
): Value {
  const args: TypedExpr[] = [];
  let plain: Value[] = [];
  const flush = (span: Span): boolean => {
    if (plain.length === 0) return true;
    const list = toExpr(ev, { kind: "list", items: plain, owner: ev.thread }, span);
    plain = [];
    if (list === undefined) return false;
    args.push(list);
    return true;
  };
  for (const { value, spread, node } of parts) {
    if (!spread) plain.push(value);
    else if (isObject(value, "list")) for (const item of value.items) plain.push(item);
    else if (isObject(value, "symbolic") && value.type.kind === "list") {
      if (!flush(node.span)) return STUCK;
      args.push({ expr: value.expr, type: value.type });
    } else
      return report(
        ev,
        "TR2017",
        { what: isObject(value, "symbolic") ? typeName(value.type) : describe(value), where: "a list" },
        node.span,
      );
  }
  const last = parts.at(-1);
  if (last !== undefined && !flush(last.node.span)) return STUCK;
  const items = unionOf(args.map((arg) => (arg.type.kind === "list" ? arg.type.items : arg.type)));
  return call(
    "concat",
    args,
    { kind: "list", items },
    parts.map((part) => part.value),
  );
}

/** Where a run-time value comes from, for `related`. */
export function reason(value: Value): { span: Span; message: string }[] {
  if (!isObject(value, "symbolic") || value.because === undefined) return [];
  return [{ span: value.because.span, message: `known only at run time: ${value.because.what}` }];
}

/** A type as a user would write it, short. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case "enum":
      return type.values.map((value) => JSON.stringify(value)).join(" | ");
    case "list":
      return `${typeName(type.items)}[]`;
    case "record":
      return "an object";
    case "map":
      return "a record";
    case "artifact":
      return type.artifact[0]?.toUpperCase() + type.artifact.slice(1);
    case "union":
      return membersOf(type).map(typeName).join(" | ");
    case "absent":
      return "undefined";
    case "json":
      return "any JSON value";
    case "tuple":
      return `[${type.items.map(typeName).join(", ")}]`;
    default:
      return type.kind;
  }
}

function truthFix(type: Type): string {
  if (isOnly(type, ONLY_NUMBER)) return "compare it: `x !== 0`";
  if (isOnly(type, ONLY_STRING)) return 'compare it: `x !== ""`';
  if (isNullable(type)) return "compare it: `x != null`";
  return "compare it with a value";
}
