/** Declaring, destructuring and changing variables, lists and objects. */
import type { Expression, Pattern } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import { orElse } from "./branch.ts";
import { isInside } from "./builder.ts";
import { type Evaluation, report, type Thread } from "./evaluation.ts";
import { evaluate, inPropertyOrder } from "./expressions.ts";
import { noteWrite } from "./journal.ts";
import { runTimeProperty } from "./members.ts";
import { binary, reason, typeName } from "./operators.ts";
import { mayOverwrite, noteReadOf } from "./reads.ts";
import { type Cell, lookup, type Scope } from "./scope.ts";
import { isNullable, mayBeAbsent, withoutAbsent } from "./types.ts";
import { describe, isObject, isStuck, type ListValue, type RecordValue, STUCK, type Value } from "./values.ts";

/** Declares every name of the pattern in `scope` with its part of `value`. */
export function bind(ev: Evaluation, pattern: Pattern, value: Value, scope: Scope, mutable: boolean): void {
  destructure(ev, pattern, value, scope, (name, part, span) => declare(ev, name, part, scope, mutable, span));
}

export function declare(ev: Evaluation, name: string, value: Value, scope: Scope, mutable: boolean, span: Span): void {
  scope.cells.set(name, { name, mutable, owner: ev.thread, span, value, ready: true });
}

type Sink = (name: string, value: Value, span: Span) => void;

function destructure(ev: Evaluation, pattern: Pattern, given: Value, scope: Scope, sink: Sink): void {
  const value = pattern.default === undefined ? given : withDefault(ev, given, pattern.default, scope);
  switch (pattern.kind) {
    case "Name":
      sink(pattern.name, value, pattern.span);
      return;
    case "ObjectPattern": {
      const taken = new Set<string>();
      for (const property of pattern.properties) {
        taken.add(property.key);
        destructure(ev, property.value, part(ev, value, property.key, property.span), scope, sink);
      }
      if (pattern.rest !== undefined)
        sink(pattern.rest.name, restOf(ev, value, taken, pattern.rest.span), pattern.rest.span);
      return;
    }
    case "ArrayPattern": {
      pattern.elements.forEach((element, index) => {
        if (element !== null) destructure(ev, element, part(ev, value, index, element.span), scope, sink);
      });
      if (pattern.rest === undefined) return;
      const rest: Value = isObject(value, "list")
        ? { kind: "list", items: value.items.slice(pattern.elements.length), owner: ev.thread }
        : isStuck(value)
          ? STUCK
          : report(ev, "TR2023", { what: "the rest of a list" }, pattern.rest.span, reason(value));
      destructure(ev, pattern.rest, rest, scope, sink);
    }
  }
}

/** A pattern's default applies when the value is undefined; at run time that is `??`, which asks that null cannot occur. */
function withDefault(ev: Evaluation, value: Value, fallback: Expression, scope: Scope): Value {
  if (value === undefined) return evaluate(ev, fallback, scope);
  // A parameter's own default has been applied when the run starts.
  if (!isObject(value, "symbolic") || value.defaulted || !mayBeAbsent(value.type)) return value;
  const maybeNull = value.type.kind === "json" || isNullable(withoutAbsent(value.type));
  if (maybeNull)
    return report(ev, "TR2023", { what: "a default for a value that may be null" }, fallback.span, reason(value));
  return orElse(ev, value, () => evaluate(ev, fallback, scope), fallback.span);
}

function part(ev: Evaluation, value: Value, key: string | number, span: Span): Value {
  if (isStuck(value)) return STUCK;
  noteReadOf(ev, value);
  if (isObject(value, "record")) return value.fields.get(String(key));
  if (isObject(value, "list") && typeof key === "number") return value.items[key];
  if (isObject(value, "symbolic")) return runTimeProperty(ev, value, key, span);
  if (typeof value === "string" && typeof key === "number") return value[key];
  return report(
    ev,
    "TR2017",
    { what: describe(value), where: typeof key === "number" ? "a list pattern" : "an object pattern" },
    span,
  );
}

function restOf(ev: Evaluation, value: Value, taken: ReadonlySet<string>, span: Span): Value {
  if (isStuck(value)) return STUCK;
  noteReadOf(ev, value);
  if (isObject(value, "record")) {
    return { kind: "record", fields: new Map([...value.fields].filter(([key]) => !taken.has(key))), owner: ev.thread };
  }
  if (isObject(value, "symbolic") && value.type.kind === "record") {
    const names = Object.keys(value.type.fields).filter((key) => !taken.has(key));
    return {
      kind: "record",
      fields: new Map(names.map((key) => [key, runTimeProperty(ev, value, key, span)])),
      owner: ev.thread,
    };
  }
  return report(
    ev,
    "TR2017",
    { what: isObject(value, "symbolic") ? typeName(value.type) : describe(value), where: "an object pattern" },
    span,
  );
}

export function assign(ev: Evaluation, node: Extract<Expression, { kind: "Assign" }>, scope: Scope): Value {
  const target = node.target;
  if (target.kind === "Name" || target.kind === "ObjectPattern" || target.kind === "ArrayPattern") {
    const value = evaluate(ev, node.value, scope);
    destructure(ev, target, value, scope, (name, item, span) => write(ev, scope, name, item, span));
    return value;
  }
  if (node.operator === "=") {
    const value = evaluate(ev, node.value, scope);
    store(ev, target, value, scope);
    return value;
  }
  const before = evaluate(ev, target, scope);
  if (isStuck(before)) return STUCK;
  if (node.operator === "??=" || node.operator === "&&=" || node.operator === "||=") {
    if (isObject(before, "symbolic"))
      return report(ev, "TR2023", { what: `\`${node.operator}\`` }, node.span, reason(before));
    const keep =
      node.operator === "??="
        ? before !== null && before !== undefined
        : node.operator === "&&="
          ? !before
          : Boolean(before);
    if (keep) return before;
    const value = evaluate(ev, node.value, scope);
    store(ev, target, value, scope);
    return value;
  }
  const operator = node.operator.slice(0, -1) as "+" | "-" | "*" | "/" | "%";
  const value = binary(ev, operator, before, evaluate(ev, node.value, scope), node.span);
  store(ev, target, value, scope);
  return value;
}

export function update(ev: Evaluation, node: Extract<Expression, { kind: "Update" }>, scope: Scope): Value {
  const before = evaluate(ev, node.target, scope);
  if (isStuck(before)) return STUCK;
  const after = binary(ev, node.operator === "++" ? "+" : "-", before, 1, node.span);
  store(ev, node.target, after, scope);
  return node.prefix ? after : before;
}

function store(ev: Evaluation, target: Expression, value: Value, scope: Scope): void {
  if (target.kind === "Identifier") {
    write(ev, scope, target.name, value, target.span);
    return;
  }
  if (target.kind !== "Member" && target.kind !== "Index") return;
  const object = evaluate(ev, target.object, scope);
  const key = target.kind === "Member" ? target.property : evaluate(ev, target.index, scope);
  if (isStuck(object) || isStuck(key)) return;
  if (!isObject(object, "record") && !isObject(object, "list")) {
    report(ev, "TR2031", { what: isObject(object, "symbolic") ? "a run-time value" : describe(object) }, target.span);
    return;
  }
  if (!mayChange(ev, object, target.span)) return;
  if (
    isObject(object, "list") &&
    typeof key === "number" &&
    Number.isInteger(key) &&
    key >= 0 &&
    key <= object.items.length
  )
    object.items[key] = value;
  else if (
    isObject(object, "list") &&
    key === "length" &&
    typeof value === "number" &&
    value >= 0 &&
    value <= object.items.length
  )
    object.items.length = value;
  else if (isObject(object, "record") && (typeof key === "string" || typeof key === "number")) {
    object.fields.set(String(key), value);
    const ordered = inPropertyOrder(object.fields);
    if (ordered !== object.fields) {
      object.fields.clear();
      for (const [name, item] of ordered) object.fields.set(name, item);
    }
  } else report(ev, "TR2018", { what: describe(key) }, target.span);
}

/** Whether a list or object may be changed here; otherwise that is reported. */
export function mayChange(ev: Evaluation, value: ListValue | RecordValue, span: Span): boolean {
  if (value.owner === null && ev.thread !== null) {
    report(ev, "TR2032", { what: describe(value) }, span);
    return false;
  }
  const what = describe(value);
  return (
    placeAllows(ev, value.owner, what, span, undefined) !== "no" &&
    inSameBlock(ev, value.owner, what, span) &&
    mayOverwrite(ev, value, what, span)
  );
}

function inSameBlock(ev: Evaluation, owner: Thread | null, what: string, span: Span): boolean {
  if (owner === null || ev.thread === null || owner.block === ev.thread.block) return true;
  report(ev, "TR2033", { what }, span);
  return false;
}

function write(ev: Evaluation, scope: Scope, name: string, value: Value, span: Span): void {
  const cell = lookup(scope, name);
  if (cell === undefined) {
    report(ev, "TR2016", { name }, span);
    return;
  }
  if (cell.owner === null && ev.thread !== null) {
    report(ev, "TR2032", { what: `\`${name}\`` }, span, [{ span: cell.span, message: "declared here" }]);
    return;
  }
  if (placeAllows(ev, cell.owner, `\`${name}\``, span, cell) === "no" || !mayOverwrite(ev, cell, `\`${name}\``, span))
    return;
  cell.value = value;
  cell.ready = true;
}

/**
 * A write from inside a run-time arm is remembered, so that the arms can be joined. From a run-time loop it would be carried from one item
 * to the next, and from a fork that has awaited it would race: both are refused.
 */
function placeAllows(
  ev: Evaluation,
  owner: Thread | null,
  what: string,
  span: Span,
  cell: Cell | undefined,
): "yes" | "no" {
  const declared = cell === undefined ? [] : [{ span: cell.span, message: "declared here" }];
  for (let at = ev.thread; at !== null && at !== owner; at = at.parent) {
    if (at.fork && at.awaited && isInside(at.block, owner?.block ?? null)) {
      report(ev, "TR2034", { what }, span, declared);
      return "no";
    }
  }
  if (cell === undefined || noteWrite(ev, cell)) return "yes";
  report(ev, "TR2035", { what }, span, declared);
  return "no";
}
