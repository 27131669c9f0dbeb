/**
 * Decisions at run time: `if`, `?:`, `&&`, `||`, `??`. Both arms are evaluated, each in a block of its own. When neither runs a step the
 * decision is an expression; otherwise it is a Branch, whose result is a record of what lives on: the variables that an arm changed, the
 * expression's value (`value`), what the function returns (`return`).
 */
import type { Expression, Statement } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr, Type } from "../ir/types.ts";
import { addNode, type BlockDraft } from "./builder.ts";
import { type Evaluation, inBlock, type Journal, originOf, report } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import { join } from "./frontier.ts";
import { symbolic, truth } from "./operators.ts";
import { type Cell, childScope, type Scope } from "./scope.ts";
import { alwaysJumps, type Completion, type Leaves, mayJump, run, type Work } from "./statements.ts";
import { type TypedExpr, toExpr } from "./to-expr.ts";
import { ABSENT, BOOLEAN, isNullable, ONLY_BOOLEAN, isOnly, unionOf, withoutNullish } from "./types.ts";
import { describe, isObject, isPrimitive, isStuck, STUCK, type SymbolicValue, type Value } from "./values.ts";

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
    if (!isObject(left, "symbolic")) return left === null || left === undefined ? evaluate(ev, node.right, scope) : left;
    if (!isNullable(left.type)) return left;
    const test = symbolic({ kind: "call", op: "isNullish", args: [left.expr], type: BOOLEAN }, BOOLEAN, [left]);
    const held = symbolic(left.expr, withoutNullish(left.type), [left]);
    return choose(ev, test, () => evaluate(ev, node.right, scope), () => held, node.span, "??");
  }
  if (!isObject(left, "symbolic")) {
    const known = Boolean(isPrimitive(left) ? left : true);
    return known === (node.operator === "&&") ? evaluate(ev, node.right, scope) : left;
  }
  const test = truth(ev, left, node.left.span);
  if (!isObject(test, "symbolic")) return STUCK;
  const right = (): Value => evaluate(ev, node.right, scope);
  return node.operator === "&&" ? choose(ev, test, right, () => false, node.span, "&&") : choose(ev, test, () => true, right, node.span, "||");
}

/** The value of a decision between two expressions. */
function choose(
  ev: Evaluation,
  test: SymbolicValue,
  thenValue: () => Value,
  elseValue: () => Value,
  span: Span,
  operator: "?:" | "&&" | "||" | "??" = "?:",
): Value {
  if (ev.thread === null) return report(ev, "TR2021", {}, span);
  const then = runArm(ev, thenValue);
  const other = runArm(ev, elseValue);
  if (isStuck(then.value) || isStuck(other.value)) return STUCK;
  const a = exprOfArm(ev, then.value, span);
  const b = exprOfArm(ev, other.value, span);
  if (a === undefined || b === undefined) return STUCK;
  const type = unionOf([a.type, b.type]);
  if (then.block.nodes.length + other.block.nodes.length === 0 && then.writes.size + other.writes.size === 0) {
    return symbolic(pure(operator, test.expr, a, b, type), type, [test, then.value, other.value]);
  }
  const fields = joinWrites(ev, then, other, span);
  if (fields === undefined) return STUCK;
  fields.set("value", [a, b]);
  const node = branch(ev, test, then, other, fields, span);
  return fromBranch(node, "value", type, test, span);
}

function pure(operator: string, test: Expr, a: TypedExpr, b: TypedExpr, type: Type): Expr {
  const bothBoolean = isOnly(a.type, ONLY_BOOLEAN) && isOnly(b.type, ONLY_BOOLEAN);
  if (operator === "&&" && bothBoolean) return { kind: "call", op: "and", args: [test, a.expr], type };
  if (operator === "||" && bothBoolean) return { kind: "call", op: "or", args: [test, b.expr], type };
  if (operator === "??") return { kind: "call", op: "coalesce", args: [b.expr, a.expr], type };
  return { kind: "call", op: "select", args: [test, a.expr, b.expr], type };
}

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
    finish(ev, test, then, other, undefined, statement.span);
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
  const arm = (body: Statement, ends: boolean): Arm => runArm(ev, () => leave(ev, run(ev, ends ? work(body) : [...work(body), ...rest], leaves), leaves, body.span));
  const then = arm(statement.then, thenEnds);
  const other = arm(otherwise, elseEnds);
  const value = finish(ev, test, then, other, "return", statement.span);
  return leaves === "function" ? { kind: "return", value } : { kind: "continue" };
}

/** What an arm that leaves gives to the function that it leaves. */
function leave(ev: Evaluation, done: Completion, leaves: Leaves, span: Span): Value {
  if (done.kind === "break" || (done.kind === "return" && leaves !== "function")) return report(ev, "TR2042", { what: done.kind }, span);
  return done.kind === "return" ? done.value : undefined;
}

interface Arm {
  readonly block: BlockDraft;
  readonly value: Value;
  readonly writes: ReadonlyMap<Cell, Value>;
  /** The arm throws: nothing that it would yield is ever seen. */
  readonly dead: boolean;
}

/** Evaluates one arm and puts the variables back as they were; what it changed is in `writes`. */
function runArm(ev: Evaluation, body: () => Value | undefined): Arm {
  const journal: Exclude<Journal, "refuse"> = new Map();
  const { block, thread, value } = inBlock(ev, journal, body);
  const writes = new Map<Cell, Value>();
  for (const [cell, before] of journal) {
    writes.set(cell, cell.value);
    cell.value = before;
  }
  return { block, value, writes, dead: thread.dead };
}

/** Joins the arms of a statement. Returns the joined value of the function when `yields` names one. */
function finish(ev: Evaluation, test: SymbolicValue, then: Arm, other: Arm, yields: "return" | undefined, span: Span): Value {
  const fields = joinWrites(ev, then, other, span);
  if (fields === undefined || isStuck(then.value) || isStuck(other.value)) return STUCK;
  const sameValue = then.value === other.value && isPrimitive(then.value);
  if (yields !== undefined && !sameValue) {
    const a = then.dead ? undefined : exprOfArm(ev, then.value, span);
    const b = other.dead ? undefined : exprOfArm(ev, other.value, span);
    if ((a === undefined && !then.dead) || (b === undefined && !other.dead)) return STUCK;
    fields.set(yields, [a ?? dead(b), b ?? dead(a)]);
  }
  const nodes = then.block.nodes.length + other.block.nodes.length;
  const typeOf = (pair: readonly [TypedExpr, TypedExpr]): Type => unionOf([pair[0].type, pair[1].type]);
  if (nodes === 0) {
    for (const [name, [a, b]] of fields) {
      const type = typeOf([a, b]);
      const value = symbolic({ kind: "call", op: "select", args: [test.expr, a.expr, b.expr], type }, type, [test]);
      if (name === yields) return value;
      restore(name, value, then, other);
    }
    return sameValue ? then.value : undefined;
  }
  const node = branch(ev, test, then, other, fields, span);
  for (const [name, pair] of fields) {
    if (name !== yields) restore(name, fromBranch(node, name, typeOf(pair), test, span), then, other);
  }
  const pair = yields === undefined ? undefined : fields.get(yields);
  if (pair !== undefined && yields !== undefined) return fromBranch(node, yields, typeOf(pair), test, span);
  return sameValue ? then.value : undefined;
}

/** An arm that throws has no value: any stands for it. */
function dead(other: TypedExpr | undefined): TypedExpr {
  return { expr: { kind: "absent" }, type: other?.type ?? ABSENT };
}

function restore(name: string, value: Value, then: Arm, other: Arm): void {
  for (const cell of new Set([...then.writes.keys(), ...other.writes.keys()])) {
    if (fieldName(cell, then, other) === name) cell.value = value;
  }
}

/** One field a variable that an arm changed; two variables of one name are told apart by where they were declared. */
function joinWrites(ev: Evaluation, then: Arm, other: Arm, span: Span): Map<string, readonly [TypedExpr, TypedExpr]> | undefined {
  const fields = new Map<string, readonly [TypedExpr, TypedExpr]>();
  for (const cell of new Set([...then.writes.keys(), ...other.writes.keys()])) {
    const left = then.writes.has(cell) ? then.writes.get(cell) : cell.value;
    const right = other.writes.has(cell) ? other.writes.get(cell) : cell.value;
    if (then.dead || other.dead) {
      // Only the arm that goes on decides what the variable is from here.
      if (!(then.dead && other.dead)) cell.value = then.dead ? right : left;
      if (isObject(cell.value, "symbolic")) {
        const only = toExpr(ev, cell.value, span);
        if (only !== undefined) fields.set(fieldName(cell, then, other), then.dead ? [dead(only), only] : [only, dead(only)]);
      }
      continue;
    }
    if (left === right) {
      cell.value = left;
      continue;
    }
    const a = exprOfArm(ev, left, span);
    const b = exprOfArm(ev, right, span);
    if (a === undefined || b === undefined) return undefined;
    fields.set(fieldName(cell, then, other), [a, b]);
  }
  return fields;
}

function fieldName(cell: Cell, then: Arm, other: Arm): string {
  let same = 0;
  for (const found of new Set([...then.writes.keys(), ...other.writes.keys()])) {
    if (found === cell) break;
    if (found.name === cell.name) same++;
  }
  return same === 0 ? cell.name : `${cell.name}${same + 1}`;
}

function exprOfArm(ev: Evaluation, value: Value, span: Span): TypedExpr | undefined {
  if (isObject(value, "promise") || isObject(value, "loop")) {
    report(ev, "TR2012", { what: describe(value) }, span);
    return undefined;
  }
  return toExpr(ev, value, span);
}

function branch(
  ev: Evaluation,
  test: SymbolicValue,
  then: Arm,
  other: Arm,
  fields: ReadonlyMap<string, readonly [TypedExpr, TypedExpr]>,
  span: Span,
): ReturnType<typeof addNode> {
  const thread = ev.thread;
  if (thread === null) throw new Error("a branch outside a pipeline");
  then.block.result = recordOf([...fields].map(([name, [a]]) => [name, a.expr] as const));
  other.block.result = recordOf([...fields].map(([name, [, b]]) => [name, b.expr] as const));
  const type: Type = {
    kind: "record",
    fields: Object.fromEntries([...fields].map(([name, [a, b]]) => [name, { type: unionOf([a.type, b.type]) }])),
  };
  const node = addNode(ev.builder, {
    kind: "branch",
    condition: test.expr,
    then: then.block,
    else: other.block,
    type,
    block: thread.block,
    after: new Set(thread.frontier),
    origin: originOf(ev, span),
  });
  // A decision is awaited where it stands.
  thread.awaited = true;
  join(thread, node.after, new Set([node]));
  if (then.dead && other.dead) thread.dead = true;
  return node;
}

function recordOf(fields: readonly (readonly [string, Expr])[]): Expr {
  return { kind: "record", fields: Object.fromEntries(fields) };
}

function fromBranch(node: ReturnType<typeof addNode>, field: string, type: Type, test: SymbolicValue, span: Span): SymbolicValue {
  return {
    kind: "symbolic",
    expr: { kind: "ref", source: node.output, path: [field], type },
    type,
    because: test.because ?? { span, what: "this decision is taken at run time" },
  };
}

