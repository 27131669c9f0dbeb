/** Methods of known lists. A callback that calls steps is fine: the list is unrolled, each turn keyed by its item. */
import type { CallExpression } from "../../1-read/syntax.ts";
import { mayChange } from "../assign.ts";
import { callValue } from "../calls.ts";
import { burn, type Evaluation, LIMITS, report } from "../evaluation.ts";
import { keyed } from "../known-loops.ts";
import { filterRunTimeList } from "../loops.ts";
import { binary, reason, truth } from "../operators.ts";
import { toExpr } from "../to-expr.ts";
import {
  describe,
  isObject,
  isPrimitive,
  isStuck,
  type ListValue,
  type PromiseValue,
  STUCK,
  type Value,
} from "../values.ts";

type Method = (ev: Evaluation, list: ListValue, args: readonly Value[], node: CallExpression) => Value;

/** Runs the callback on each item; `visit` says when to stop by giving a value. */
function scan(
  ev: Evaluation,
  list: ListValue,
  args: readonly Value[],
  node: CallExpression,
  visit: (result: Value, index: number, item: Value) => Value | typeof GO_ON,
): Value | typeof GO_ON {
  const [callback] = args;
  const made: PromiseValue[] = [];
  for (const [index, item] of [...list.items].entries()) {
    if (!burn(ev, node.span)) return STUCK;
    const result = keyed(ev, item, () => callValue(ev, callback, [item, index, list], node));
    const end = isStuck(result) ? STUCK : visit(result, index, item);
    if (end !== GO_ON) {
      if (end === STUCK) for (const promise of made) promise.awaited = true;
      return end;
    }
    // One message is enough: of a problem in one turn, not of the promises of the others.
    if (isObject(result, "promise")) made.push(result);
  }
  return GO_ON;
}

const GO_ON: unique symbol = Symbol("go on");

/** A callback's verdict must be known: a run-time one would make the list's length run-time. */
function verdict(ev: Evaluation, value: Value, node: CallExpression): boolean | undefined {
  const known = truth(ev, value, node.span);
  if (typeof known === "boolean") return known;
  if (isObject(known, "symbolic")) report(ev, "TR2061", {}, node.span);
  return undefined;
}

function listOf(ev: Evaluation, items: Value[]): ListValue {
  return { kind: "list", items, owner: ev.thread };
}

/** A list that may be longer than those it was made of. */
function bounded(ev: Evaluation, items: Value[], node: CallExpression): ListValue | typeof STUCK {
  if (items.length <= LIMITS.listLength && burn(ev, node.span, items.length)) return listOf(ev, items);
  return report(ev, "TR2001", { what: `${LIMITS.listLength} items in a list` }, node.span);
}

function integer(value: Value, fallback: number): number {
  return typeof value === "number" ? Math.trunc(value) : fallback;
}

const map: Method = (ev, list, args, node) => {
  const items: Value[] = [];
  const end = scan(ev, list, args, node, (result) => {
    items.push(result);
    return GO_ON;
  });
  return end === GO_ON ? listOf(ev, items) : end;
};

const filter: Method = (ev, list, args, node) => {
  const items: Value[] = [];
  let atRunTime = false;
  const end = scan(ev, list, args, node, (result, _index, item) => {
    // Which items are left is known only at run time, and so the list is one of the run.
    if (isObject(result, "symbolic")) {
      atRunTime = true;
      return STUCK;
    }
    const keep = verdict(ev, result, node);
    if (keep === undefined) return STUCK;
    if (keep) items.push(item);
    return GO_ON;
  });
  if (atRunTime) {
    const found = toExpr(ev, list, node.span);
    const because = { span: node.span, what: "this `filter` decides at run time" };
    if (found !== undefined) return filterRunTimeList(ev, { kind: "symbolic", ...found, because }, args[0], node);
  }
  return end === GO_ON ? listOf(ev, items) : end;
};

function search(found: (item: Value, index: number) => Value, missing: Value, want = true): Method {
  return (ev, list, args, node) => {
    const end = scan(ev, list, args, node, (result, index, item) => {
      const hit = verdict(ev, result, node);
      if (hit === undefined) return STUCK;
      return hit === want ? found(item, index) : GO_ON;
    });
    return end === GO_ON ? missing : end;
  };
}

const reduce: Method = (ev, list, args, node) => {
  const items = [...list.items];
  let total: Value = args.length > 1 ? args[1] : items.shift();
  for (const [index, item] of items.entries()) {
    if (!burn(ev, node.span)) return STUCK;
    total = keyed(ev, item, () => callValue(ev, args[0], [total, item, index, list], node));
    if (isStuck(total)) return STUCK;
  }
  return total;
};

const flat: Method = (ev, list, _args, node) => {
  const length = list.items.reduce<number>((sum, item) => sum + (isObject(item, "list") ? item.items.length : 1), 0);
  if (length > LIMITS.listLength)
    return report(ev, "TR2001", { what: `${LIMITS.listLength} items in a list` }, node.span);
  return bounded(
    ev,
    list.items.flatMap((item) => (isObject(item, "list") ? item.items : [item])),
    node,
  );
};

const sort: Method = (ev, list, args, node) => {
  const sorted = sortedItems(ev, list, args, node);
  if (sorted === undefined) return STUCK;
  if (!mayChange(ev, list, node.span)) return STUCK;
  for (const [index, item] of sorted.entries()) list.items[index] = item;
  return list;
};

function sortedItems(
  ev: Evaluation,
  list: ListValue,
  args: readonly Value[],
  node: CallExpression,
): Value[] | undefined {
  let failed = false;
  const compare = (a: Value, b: Value): number => {
    if (failed) return 0;
    if (args[0] !== undefined) {
      const result = callValue(ev, args[0], [a, b], node);
      if (typeof result === "number") return result;
      failed = true;
      if (!isStuck(result)) report(ev, "TR2061", {}, node.span);
      return 0;
    }
    if (isPrimitive(a) && isPrimitive(b)) return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
    failed = true;
    report(ev, "TR2061", {}, node.span);
    return 0;
  };
  const sorted = [...list.items].sort(compare);
  return failed ? undefined : sorted;
}

function changing(change: (items: Value[], args: readonly Value[]) => Value): Method {
  return (ev, list, args, node) => {
    if (!mayChange(ev, list, node.span)) return STUCK;
    if (list.items.length + args.length > LIMITS.listLength)
      return report(ev, "TR2001", { what: `${LIMITS.listLength} items in a list` }, node.span);
    return change(list.items, args);
  };
}

/** `from` and `same` as `indexOf` and `includes` have them, which differ for NaN. */
function indexOf(
  ev: Evaluation,
  list: ListValue,
  args: readonly Value[],
  node: CallExpression,
  findsNaN = false,
): number | typeof STUCK {
  const [wanted] = args;
  const from = integer(args[1], 0);
  const first = from < 0 ? Math.max(0, list.items.length + from) : from;
  for (const [index, item] of list.items.entries()) {
    if (index < first) continue;
    if (findsNaN && Number.isNaN(wanted) && Number.isNaN(item)) return index;
    const same = binary(ev, "===", item, wanted, node.span);
    if (same === true) return index;
    if (isObject(same, "symbolic")) return report(ev, "TR2061", {}, node.span);
  }
  return -1;
}

const join: Method = (ev, list, args, node) => {
  const separator = args[0] === undefined ? "," : args[0];
  if (typeof separator !== "string") return report(ev, "TR2026", { what: describe(separator) }, node.span);
  let text: Value = "";
  for (const [index, item] of list.items.entries()) {
    if (index > 0) text = binary(ev, "+", text, separator, node.span);
    text = binary(ev, "+", text, item === null || item === undefined ? "" : item, node.span);
    if (isStuck(text)) return STUCK;
  }
  return text;
};

export const arrayMethods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["map", map],
  ["filter", filter],
  ["reduce", reduce],
  ["forEach", (ev, list, args, node) => (scan(ev, list, args, node, () => GO_ON) === GO_ON ? undefined : STUCK)],
  ["find", search((item) => item, undefined)],
  ["findIndex", search((_item, index) => index, -1)],
  ["some", search(() => true, false)],
  ["every", search(() => false, true, false)],
  [
    "flatMap",
    (ev, list, args, node) => {
      const mapped = map(ev, list, args, node);
      return isObject(mapped, "list") ? flat(ev, mapped, [], node) : mapped;
    },
  ],
  ["flat", flat],
  [
    "slice",
    (ev, list, args) =>
      listOf(ev, list.items.slice(integer(args[0], 0), args[1] === undefined ? undefined : integer(args[1], 0))),
  ],
  [
    "concat",
    (ev, list, args, node) => {
      const runTime = args.find((arg) => isObject(arg, "symbolic") && arg.type.kind !== "string");
      if (runTime !== undefined)
        return report(
          ev,
          "TR2013",
          { what: "what `concat` takes", why: "; spread it instead: `[...a, ...b]`" },
          node.span,
          reason(runTime),
        );
      return bounded(ev, [...list.items, ...args.flatMap((arg) => (isObject(arg, "list") ? arg.items : [arg]))], node);
    },
  ],
  ["at", (_ev, list, args) => list.items.at(integer(args[0], 0))],
  [
    "includes",
    (ev, list, args, node) => {
      const at = indexOf(ev, list, args, node, true);
      return typeof at === "number" ? at >= 0 : STUCK;
    },
  ],
  ["indexOf", (ev, list, args, node) => indexOf(ev, list, args, node)],
  [
    "lastIndexOf",
    (ev, list, args, node) => {
      const reversed = { ...list, items: list.items.toReversed() };
      const at = indexOf(ev, reversed, args.slice(0, 1), node);
      return typeof at !== "number" ? STUCK : at < 0 ? -1 : list.items.length - 1 - at;
    },
  ],
  ["join", join],
  ["toReversed", (ev, list) => listOf(ev, list.items.toReversed())],
  [
    "toSorted",
    (ev, list, args, node) => {
      const sorted = sortedItems(ev, list, args, node);
      return sorted === undefined ? STUCK : listOf(ev, sorted);
    },
  ],
  [
    "entries",
    (ev, list) =>
      listOf(
        ev,
        list.items.map((item, index) => listOf(ev, [index, item])),
      ),
  ],
  [
    "keys",
    (ev, list) =>
      listOf(
        ev,
        list.items.map((_item, index) => index),
      ),
  ],
  ["values", (ev, list) => listOf(ev, [...list.items])],
  ["sort", sort],
  [
    "push",
    changing((items, args) => {
      for (const arg of args) items.push(arg);
      return items.length;
    }),
  ],
  ["pop", changing((items) => items.pop())],
  ["shift", changing((items) => items.shift())],
  ["unshift", changing((items, args) => items.unshift(...args))],
  [
    "reverse",
    (ev, list, _args, node) => {
      if (!mayChange(ev, list, node.span)) return STUCK;
      list.items.reverse();
      return list;
    },
  ],
  [
    "splice",
    (ev, list, args, node) => {
      if (!mayChange(ev, list, node.span)) return STUCK;
      const start = integer(args[0], 0);
      if (list.items.length + args.length > LIMITS.listLength)
        return report(ev, "TR2001", { what: `${LIMITS.listLength} items in a list` }, node.span);
      return listOf(
        ev,
        list.items.splice(start, args[1] === undefined ? list.items.length : integer(args[1], 0), ...args.slice(2)),
      );
    },
  ],
]);
