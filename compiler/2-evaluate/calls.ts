/** Calls: of the user's functions (inlined), of the dialect's library, of the SDK, of steps. */
import type { CallExpression, Expression, FunctionExpression, Spread } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import { bind } from "./assign.ts";
import { callBuiltin } from "./builtins/call.ts";
import { type Evaluation, LIMITS, newThread, report } from "./evaluation.ts";
import { evaluate, settle } from "./expressions.ts";
import { newPromise } from "./frontier.ts";
import { reason } from "./operators.ts";
import { noteRead } from "./reads.ts";
import { childScope, type Scope } from "./scope.ts";
import { runBody } from "./statements.ts";
import { callStep } from "./steps.ts";
import { describe, type FunctionValue, isObject, isStuck, STUCK, type Value } from "./values.ts";

/** `direct`: the call is awaited at once, so an async function runs in this thread and gives its value. */
export function callCallee(ev: Evaluation, node: CallExpression, callee: Value, scope: Scope, direct: boolean): Value {
  if (isStuck(callee)) return STUCK;
  const args = evaluateArguments(ev, node.args, scope);
  if (args === undefined) return STUCK;
  if (isObject(callee, "step")) return callStep(ev, callee, args, node);
  if (isObject(callee, "builtin")) return callBuiltin(ev, callee, args, node, direct);
  if (isObject(callee, "function")) {
    ev.calls.push(node.span);
    const value = callFunction(ev, callee, args, node.span, direct);
    ev.calls.pop();
    return value;
  }
  if (isObject(callee, "symbolic"))
    return report(ev, "TR2023", { what: "a call of a run-time value" }, node.span, reason(callee));
  return report(ev, "TR2036", { what: describe(callee) }, node.callee.span);
}

function evaluateArguments(ev: Evaluation, nodes: readonly (Expression | Spread)[], scope: Scope): Value[] | undefined {
  const args: Value[] = [];
  for (const node of nodes) {
    if (node.kind !== "Spread") {
      args.push(evaluate(ev, node, scope));
      continue;
    }
    const value = evaluate(ev, node.value, scope);
    if (isObject(value, "list")) {
      noteRead(ev, value);
      for (const item of value.items) args.push(item);
    } else {
      if (!isStuck(value)) report(ev, "TR2017", { what: describe(value), where: "arguments" }, node.span);
      return undefined;
    }
  }
  return args;
}

/** Runs a function of the user's. An async function that is not awaited at once is a fork: a thread that starts where this one is. */
export function callFunction(
  ev: Evaluation,
  fn: FunctionValue,
  args: readonly Value[],
  span: Span,
  direct: boolean,
): Value {
  const { syntax } = fn;
  if (ev.active.has(syntax))
    return report(ev, "TR2037", { name: syntax.name ?? "this function" }, span, [
      { span: syntax.span, message: "defined here" },
    ]);
  if (ev.depth >= LIMITS.callDepth) return report(ev, "TR2001", { what: `${LIMITS.callDepth} nested calls` }, span);
  const thread = ev.thread;
  const fork = syntax.async && !direct && thread !== null ? newThread(thread, thread.block, true) : null;
  const first = thread?.block.nodes.length;
  if (fork !== null) ev.thread = fork;
  ev.active.add(syntax);
  ev.depth++;
  const value = runFunction(ev, fn, args);
  const result = syntax.async && ev.thread !== null ? settle(ev, value, span) : value;
  ev.depth--;
  ev.active.delete(syntax);
  ev.thread = thread;
  // A function that always throws has no value; where it is awaited, nothing goes on.
  if (fork === null || thread === null) return thread?.dead ? STUCK : result;
  return newPromise(thread, {
    value: result,
    ends: new Set(fork.frontier),
    made: thread.block.nodes.slice(first),
    span,
    forks: [fork, ...fork.adopted],
    throws: fork.dead,
  });
}

function runFunction(ev: Evaluation, fn: FunctionValue, args: readonly Value[]): Value {
  const { syntax } = fn;
  const scope = childScope(fn.scope);
  syntax.params.forEach((param, index) => {
    bind(ev, param, args[index], scope, true);
  });
  if (syntax.rest !== undefined)
    bind(ev, syntax.rest, { kind: "list", items: args.slice(syntax.params.length), owner: ev.thread }, scope, true);
  if (isStatements(syntax.body)) return runBody(ev, syntax.body, scope, syntax.async);
  return evaluate(ev, syntax.body, scope);
}

function isStatements(
  body: FunctionExpression["body"],
): body is Extract<FunctionExpression["body"], readonly unknown[]> {
  return Array.isArray(body);
}

/** Calls any callable with values, for the library's callbacks. */
export function callValue(ev: Evaluation, callee: Value, args: readonly Value[], node: CallExpression): Value {
  if (isStuck(callee)) return STUCK;
  if (isObject(callee, "function")) {
    ev.calls.push(node.span);
    const value = callFunction(ev, callee, args, node.span, false);
    ev.calls.pop();
    return value;
  }
  if (isObject(callee, "step")) return callStep(ev, callee, args.slice(0, 1), node);
  if (isObject(callee, "builtin")) return callBuiltin(ev, callee, args, node, false);
  return report(ev, "TR2036", { what: describe(callee) }, node.span);
}
