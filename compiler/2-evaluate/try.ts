/**
 * `try`: a Try whose result is a record of what lives on, as a decision's is. What its body has assigned is known behind it, if it came to its end,
 * and in the handler, if nothing could fail after the assignment: then the variable has its old value. Otherwise it is lost (values.ts).
 */
import type { Statement } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import { invariant } from "../invariant.ts";
import type { Type } from "../ir/types.ts";
import { type Arm, meet, NONE, type Pair, recordOf, recordType, runArm, type Side, type Sides } from "./arms.ts";
import { bind } from "./assign.ts";
import { addNode, type LoopSources, type NodeDraft, newSources } from "./builder.ts";
import { resume } from "./decide.ts";
import { type Evaluation, originOf, report } from "./evaluation.ts";
import { exitsOf } from "./exits.ts";
import {
  before,
  type Completion,
  DEAD,
  type Item,
  inScope,
  type Mark,
  marked,
  newMark,
  type Rest,
  type Step,
} from "./flow.ts";
import { waitFor } from "./frontier.ts";
import { noteWrite } from "./journal.ts";
import { type Cell, childScope, type Scope } from "./scope.ts";
import { run } from "./statements.ts";
import { toExpr } from "./to-expr.ts";
import { ERROR_TYPE } from "./types.ts";
import { isObject, isPrimitive, type LostValue, type SymbolicValue, type Value } from "./values.ts";

type TryStatement = Extract<Statement, { kind: "Try" }>;

export function tryStatement(ev: Evaluation, statement: TryStatement, scope: Scope, next: Rest, stop: Mark): Step {
  const { span, handler, finally: last } = statement;
  const attempt: Attempt = {
    body: inScope(statement.body, childScope(scope)),
    ...(handler === undefined
      ? {}
      : { handler: (error) => inScope(handler.body, handlerScope(ev, handler.param, error, scope)) }),
    ...(last === undefined ? {} : { final: inScope(last, childScope(scope)) }),
    span,
  };
  return attemptAll(ev, attempt, next, stop);
}

export interface Attempt {
  readonly body: Item;
  /** Given what has failed. */
  readonly handler?: (error: SymbolicValue) => Item;
  readonly final?: Item;
  readonly span: Span;
}

export function attemptAll(ev: Evaluation, attempt: Attempt, next: Rest, stop: Mark): Step {
  const { span, handler, final: last } = attempt;
  if (ev.thread === null) {
    report(ev, "TR2021", {}, span);
    return { rest: next };
  }
  const part = (item: Item, mark: Mark): Arm<Completion> =>
    runArm(ev, () => run(ev, before(item, marked(mark, next)), mark));
  const inside = newMark(ev, "try", { holds: true });
  const body = part(attempt.body, inside);
  if (body.block.nodes.length === 0) return withoutTry(ev, attempt, body, next);

  const sources = newSources();
  const because = { span, what: "it says what failed" };
  const expr = { kind: "ref", source: sources.error, path: [], type: ERROR_TYPE } as const;
  const error: SymbolicValue = { kind: "symbolic", expr, type: ERROR_TYPE, because };
  const caught =
    handler === undefined
      ? undefined
      : withValues(handlerValues(body, span), () =>
          part(handler(error), newMark(ev, "handler", { holds: last !== undefined })),
        );
  const final =
    last === undefined
      ? undefined
      : withValues(finalValues(body, caught, span), () => part(last, newMark(ev, "finally")));
  return joined(ev, { body, caught, final, sources, inside, span }, next, stop);
}

/** Nothing can fail, so nothing is caught; what is done in the end is done next. */
function withoutTry(ev: Evaluation, { final, span }: Attempt, body: Arm<Completion>, next: Rest): Step {
  for (const [cell, value] of body.writes) {
    noteWrite(ev, cell);
    cell.value = value;
  }
  const ended: Rest = before({ kind: "resume", done: body.value, span }, next);
  return { rest: final === undefined ? ended : before(final, marked(newMark(ev, "finally"), ended)) };
}

function handlerScope(
  ev: Evaluation,
  param: NonNullable<TryStatement["handler"]>["param"],
  error: SymbolicValue,
  scope: Scope,
): Scope {
  const inner = childScope(scope);
  if (param !== undefined) bind(ev, param, error, inner, true);
  return inner;
}

/** What the handler finds in the variables that the body has assigned. */
function handlerValues(body: Arm<Completion>, span: Span): ReadonlyMap<Cell, Value> {
  const lost: LostValue = { kind: "lost", where: "handler", span };
  return new Map([...body.unsafe].map((cell) => [cell, lost]));
}

/** `finally` runs after the body, after the handler, and after a failure in either. */
function finalValues(body: Arm<Completion>, caught: Arm<Completion> | undefined, span: Span): ReadonlyMap<Cell, Value> {
  const lost: LostValue = { kind: "lost", where: "finally", span };
  const found = new Map<Cell, Value>();
  for (const cell of new Set([...body.writes.keys(), ...(caught?.writes.keys() ?? [])])) {
    const ends = [body, caught].map((arm) => (arm?.writes.has(cell) ? arm.writes.get(cell) : cell.value));
    const same = isPrimitive(cell.value) && ends.every((value) => value === cell.value);
    if (!same) found.set(cell, lost);
  }
  return found;
}

/** Runs it while the variables have these values. */
function withValues<T>(values: ReadonlyMap<Cell, Value>, work: () => T): T {
  const before = new Map([...values.keys()].map((cell) => [cell, cell.value]));
  for (const [cell, value] of values) cell.value = value;
  const result = work();
  for (const [cell, value] of before) cell.value = value;
  return result;
}

interface Parts {
  readonly body: Arm<Completion>;
  readonly caught: Arm<Completion> | undefined;
  readonly final: Arm<Completion> | undefined;
  readonly sources: LoopSources;
  readonly inside: Mark;
  readonly span: Span;
}

function joined(ev: Evaluation, parts: Parts, next: Rest, stop: Mark): Step {
  const { body, caught, final, inside, span } = parts;
  const { thread } = ev;
  invariant(thread !== null, "a `try` outside a pipeline");
  const goesOn = caught !== undefined && !caught.dead;
  // A handler ends at its own mark; where that is does not matter here.
  const ended = caught === undefined ? DEAD : caught.value;
  const exits = exitsOf(ev, [body.value, ended], inside, span);
  const cells = new Map<Cell, Sides>();
  for (const cell of new Set([
    ...body.writes.keys(),
    ...(caught?.writes.keys() ?? []),
    ...(final?.writes.keys() ?? []),
  ])) {
    if (final?.writes.has(cell)) continue;
    const ofBody: Side = body.dead ? NONE : body.writes.has(cell) ? body.writes.get(cell) : cell.value;
    cells.set(cell, [ofBody, goesOn ? handlerEnd(parts, cell) : NONE]);
  }
  const more = new Map(
    [...exits.sides].map(([key, [a, b]]) => [key, [body.dead ? NONE : a, goesOn ? b : NONE]] as const),
  );
  const found = meet(ev, {
    span,
    cells,
    more,
    node: (fields) => addTry(ev, parts, fields),
    pure: () => ({ kind: "absent" }),
    unsafe: (cell) =>
      body.unsafe.has(cell) || caught?.unsafe.has(cell) === true || (final?.block.nodes.length ?? 0) > 0,
    because: { span, what: "this `try` runs at run time" },
  });
  if (found?.node === undefined) return { done: DEAD };
  waitFor(thread, new Set([found.node]));
  thread.dead ||= final?.dead === true || (body.dead && !goesOn);
  if (final !== undefined) takeFinal(ev, final, found.node, span);
  if (thread.dead) return { done: DEAD };
  return resume(ev, exits.after(found.values), next, stop, span);
}

/** What a variable is when the handler has run. */
function handlerEnd({ body, caught, span }: Parts, cell: Cell): Value {
  if (caught?.writes.has(cell)) return caught.writes.get(cell);
  return body.unsafe.has(cell) ? { kind: "lost", where: "handler", span } : cell.value;
}

function addTry(ev: Evaluation, parts: Parts, fields: ReadonlyMap<string, Pair>): NodeDraft {
  const { body, caught, final, sources, span } = parts;
  const { thread } = ev;
  invariant(thread !== null, "a `try` outside a pipeline");
  if (fields.size > 0) {
    body.block.result = recordOf([...fields].map(([name, [a]]) => [name, a.expr] as const));
    if (caught !== undefined)
      caught.block.result = recordOf([...fields].map(([name, [, b]]) => [name, b.expr] as const));
  }
  return addNode(
    ev.builder,
    {
      kind: "try",
      body: body.block,
      ...(caught === undefined ? {} : { handler: caught.block }),
      ...(final === undefined ? {} : { finally: final.block }),
      type: fields.size > 0 ? recordType(fields) : { kind: "absent" },
      block: thread.block,
      after: new Set(thread.frontier),
      origin: originOf(ev, span),
    },
    sources,
  );
}

/** What `finally` assigns holds whatever came before: its fields are laid over theirs. */
function takeFinal(ev: Evaluation, final: Arm<Completion>, node: NodeDraft, span: Span): void {
  if (node.kind !== "try") return;
  const fields: Record<string, Type> = {};
  const taken = node.type.kind === "record" ? Object.keys(node.type.fields) : [];
  const exprs: [string, NonNullable<ReturnType<typeof toExpr>>][] = [];
  for (const [cell, value] of final.writes) {
    noteWrite(ev, cell, !final.unsafe.has(cell));
    if (isPrimitive(value) || isObject(value, "lost") || final.dead) {
      cell.value = value;
      continue;
    }
    const found = toExpr(ev, value, span);
    if (found === undefined) {
      cell.value = { kind: "stuck" };
      continue;
    }
    let name = cell.name;
    for (let n = 2; taken.includes(name); n++) name = `${cell.name}${n}`;
    taken.push(name);
    fields[name] = found.type;
    exprs.push([name, found]);
    const ref = { kind: "ref", source: node.output, path: [name], type: found.type } as const;
    cell.value = { kind: "symbolic", expr: ref, type: found.type, because: { span, what: "a step makes it" } };
  }
  if (exprs.length === 0) return;
  const own = node.type.kind === "record" ? node.type.fields : {};
  const added = Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, { type }]));
  node.type = { kind: "record", fields: { ...own, ...added } };
  const none = recordOf([]);
  if (node.body.result.kind === "absent") node.body.result = none;
  if (node.handler?.result.kind === "absent") node.handler.result = none;
  if (node.finally) node.finally.result = recordOf(exprs.map(([name, { expr }]) => [name, expr] as const));
}
