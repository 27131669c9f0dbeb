/** `Promise.all`, `Promise.allSettled`, `Promise.resolve`. */
import type { CallExpression } from "../../1-read/syntax.ts";
import { type Evaluation, report } from "../evaluation.ts";
import { allOf, isSettled, newPromise, reachable } from "../frontier.ts";
import { reason } from "../operators.ts";
import { settleList, settleLoop } from "../settled.ts";
import { describe, isObject, isStuck, type PromiseValue, STUCK, type Value } from "../values.ts";

export function callPromise(ev: Evaluation, name: string, args: readonly Value[], node: CallExpression): Value {
  const [given] = args;
  if (isStuck(given)) return STUCK;
  const thread = ev.thread;
  if (thread === null) return report(ev, "TR2021", {}, node.span);
  switch (name) {
    case "resolve":
      return isObject(given, "promise")
        ? given
        : newPromise(thread, { value: given, ends: new Set(), span: node.span });
    case "all":
      if (isObject(given, "loop")) {
        given.promise.awaited = true;
        return allOf(thread, [given.promise], given.promise.value, node.span);
      }
      // `Promise.all` over values that are already there (a run-time list of them).
      if (isObject(given, "symbolic")) return newPromise(thread, { value: given, ends: new Set(), span: node.span });
      if (!isObject(given, "list"))
        return report(ev, "TR2017", { what: describe(given), where: "`Promise.all`" }, node.span, reason(given));
      return all(ev, given.items, node);
    case "allSettled":
      if (isObject(given, "loop")) return settleLoop(ev, thread, given, node);
      if (!isObject(given, "list"))
        return report(ev, "TR2017", { what: describe(given), where: "`Promise.allSettled`" }, node.span, reason(given));
      return settleList(ev, thread, given.items, node);
    default:
      return report(ev, "TR2028", { name: `Promise.${name}` }, node.span);
  }
}

function all(ev: Evaluation, items: readonly Value[], node: CallExpression): Value {
  const thread = ev.thread;
  if (thread === null) return STUCK;
  const promises: PromiseValue[] = [];
  const values: Value[] = [];
  for (const item of items) {
    if (isStuck(item)) return STUCK;
    if (isObject(item, "loop")) {
      item.promise.awaited = true;
      return report(ev, "TR2060", {}, item.promise.span);
    }
    if (!isObject(item, "promise")) {
      values.push(item);
      continue;
    }
    if (isSettled(item)) {
      report(ev, "TR2059", {}, node.span, [{ span: item.span, message: "started here" }]);
      return STUCK;
    }
    if (item.block !== thread.block && !reachable(thread, item)) {
      item.awaited = true;
      return report(ev, "TR2014", {}, node.span, [{ span: item.span, message: "started here, outside the block" }]);
    }
    item.awaited = true;
    if (item.block === thread.block) promises.push(item);
    values.push(item.value);
  }
  if (values.some(isStuck)) {
    for (const promise of promises) promise.awaited = true;
    return STUCK;
  }
  return allOf(thread, promises, { kind: "list", items: values, owner: thread }, node.span);
}
