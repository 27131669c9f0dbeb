/** One handler a node kind. Nothing here is executed by the host: guest values in, guest values out. */
import type { Expression, Spread } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import { assertNever } from "../invariant.ts";
import { assign, update } from "./assign.ts";
import { conditional, logical } from "./branch.ts";
import { globals } from "./builtins/globals.ts";
import { burn, type Evaluation, LIMITS, report } from "./evaluation.ts";
import { awaitPromise } from "./frontier.ts";
import { evaluateChain, isLeftOut, link, runTimeProperty } from "./members.ts";
import { binary, isNullish, not, spreadRunTimeLists, template, unary } from "./operators.ts";
import { noteRead } from "./reads.ts";
import { lookup, type Scope } from "./scope.ts";
import { describe, isObject, isStuck, STUCK, type Value } from "./values.ts";

export function evaluate(ev: Evaluation, node: Expression, scope: Scope): Value {
  if (!burn(ev, node.span)) return STUCK;
  if (ev.nesting >= LIMITS.nesting)
    return report(ev, "TR2001", { what: `${LIMITS.nesting} expressions and calls inside each other` }, node.span);
  ev.nesting++;
  const value = evaluateNode(ev, node, scope);
  ev.nesting--;
  return value;
}

function evaluateNode(ev: Evaluation, node: Expression, scope: Scope): Value {
  switch (node.kind) {
    case "Literal":
      return node.value;
    case "Template":
      return template(
        ev,
        node.parts,
        node.values.map((value) => evaluate(ev, value, scope)),
        node,
      );
    case "Identifier":
      return readVariable(ev, node, scope);
    case "Array":
      return evaluateArray(ev, node.elements, scope);
    case "Object":
      return evaluateObject(ev, node, scope);
    case "Function":
      return { kind: "function", syntax: node, scope };
    case "New":
      return evaluateNew(ev, node, scope);
    case "Member":
    case "Index":
    case "Call":
      return evaluateChain(ev, node, scope);
    case "Unary": {
      const operand = evaluate(ev, node.operand, scope);
      return node.operator === "!" ? not(ev, operand, node.span) : unary(ev, node.operator, operand, node.span);
    }
    case "Update":
      return update(ev, node, scope);
    case "Binary": {
      const left = evaluate(ev, node.left, scope);
      return binary(ev, node.operator, left, evaluate(ev, node.right, scope), node.span);
    }
    case "IsNullish":
      return isNullish(ev, evaluate(ev, node.operand, scope), node.negated, node.span);
    case "Logical":
      return logical(ev, node, scope);
    case "Conditional":
      return conditional(ev, node, scope);
    case "Await":
      return evaluateAwait(ev, node, scope);
    case "Assign":
      return assign(ev, node, scope);
    case "Refused":
      return STUCK;
    default:
      return assertNever(node);
  }
}

function readVariable(ev: Evaluation, node: Extract<Expression, { kind: "Identifier" }>, scope: Scope): Value {
  const cell = lookup(scope, node.name);
  if (cell !== undefined) {
    if (cell.mutable) noteRead(ev, cell);
    if (cell.ready && isObject(cell.value, "lost")) {
      const related = [{ span: cell.value.span, message: "assigned in this `try`" }];
      return report(ev, "TR2070", { name: node.name, where: cell.value.where }, node.span, related);
    }
    if (cell.ready) return cell.value;
    return report(ev, "TR2015", { name: node.name }, node.span, [{ span: cell.span, message: "declared here" }]);
  }
  const found = globals.get(node.name);
  if (found !== undefined || globals.has(node.name)) return found;
  return report(ev, "TR2016", { name: node.name }, node.span);
}

function evaluateArray(ev: Evaluation, elements: readonly (Expression | Spread)[], scope: Scope): Value {
  const parts: { readonly value: Value; readonly spread: boolean; readonly node: Expression | Spread }[] = [];
  let symbolic = false;
  for (const element of elements) {
    const spread = element.kind === "Spread";
    const value = evaluate(ev, spread ? element.value : element, scope);
    if (isStuck(value)) {
      // One message is enough: these would have been awaited with it.
      for (const { value: other } of parts) if (isObject(other, "promise")) other.awaited = true;
      return STUCK;
    }
    if (spread && isObject(value, "symbolic")) symbolic = true;
    parts.push({ value, spread, node: element });
  }
  if (symbolic) return spreadRunTimeLists(ev, parts);
  const items: Value[] = [];
  for (const { value, spread, node } of parts) {
    if (!spread) items.push(value);
    else if (isObject(value, "list")) {
      noteRead(ev, value);
      for (const item of value.items) items.push(item);
    } else if (typeof value === "string") for (const character of value) items.push(character);
    else return report(ev, "TR2017", { what: describe(value), where: "a list" }, node.span);
    if (items.length > LIMITS.listLength)
      return report(ev, "TR2001", { what: `${LIMITS.listLength} items in a list` }, node.span);
  }
  return { kind: "list", items, owner: ev.thread };
}

function evaluateObject(ev: Evaluation, node: Extract<Expression, { kind: "Object" }>, scope: Scope): Value {
  const fields = new Map<string, Value>();
  const spans = new Map<string, Span>();
  for (const property of node.properties) {
    if (property.kind === "Spread") {
      if (!spreadInto(ev, fields, evaluate(ev, property.value, scope), property.span)) return STUCK;
      continue;
    }
    let key: string;
    if (property.kind === "Property") key = property.key;
    else {
      const computed = evaluate(ev, property.key, scope);
      if (isStuck(computed)) return STUCK;
      if (typeof computed !== "string" && typeof computed !== "number") {
        return report(ev, "TR2018", { what: describe(computed) }, property.key.span);
      }
      key = String(computed);
    }
    const value = evaluate(ev, property.value, scope);
    nameStep(value, property.value, key);
    fields.set(key, value);
    spans.set(key, property.value.span);
  }
  return { kind: "record", fields: inPropertyOrder(fields), owner: ev.thread, spans };
}

/** A step is named by the variable or field that it was declared for, not by those that it passes through later. */
export function nameStep(value: Value, written: Expression, name: string): void {
  if (isObject(value, "step") && written.kind === "Call") value.name ??= name;
}

/** JavaScript lists integer keys first, ascending. */
export function inPropertyOrder(fields: Map<string, Value>): Map<string, Value> {
  const isIndex = (key: string): boolean => /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 4_294_967_295;
  const indices = [...fields.keys()].filter(isIndex);
  if (indices.length === 0) return fields;
  const ordered = new Map<string, Value>();
  for (const key of indices.sort((a, b) => Number(a) - Number(b))) ordered.set(key, fields.get(key));
  for (const [key, value] of fields) if (!ordered.has(key)) ordered.set(key, value);
  return ordered;
}

function spreadInto(ev: Evaluation, fields: Map<string, Value>, value: Value, span: Span): boolean {
  if (isStuck(value)) return false;
  if (value === null || value === undefined || typeof value === "boolean") return true;
  if (isObject(value, "record")) {
    noteRead(ev, value);
    for (const [key, item] of value.fields) fields.set(key, item);
    return true;
  }
  if (isObject(value, "symbolic") && value.type.kind === "record") {
    for (const [key, field] of Object.entries(value.type.fields)) {
      if (field.optional) {
        report(ev, "TR2019", { field: key }, span);
        return false;
      }
      fields.set(key, runTimeProperty(ev, value, key, span));
    }
    return true;
  }
  report(ev, "TR2017", { what: describe(value), where: "an object" }, span);
  return false;
}

function evaluateAwait(ev: Evaluation, node: Extract<Expression, { kind: "Await" }>, scope: Scope): Value {
  // A call that is awaited at once runs in this thread: nothing runs beside it.
  const found = link(ev, node.operand, scope, true);
  const value = settle(ev, isLeftOut(found) ? undefined : found.value, node.span);
  // Others go on meanwhile, whatever is awaited.
  if (ev.thread !== null) ev.thread.awaited = true;
  return value;
}

/** What `await value` gives. */
export function settle(ev: Evaluation, value: Value, span: Span): Value {
  if (isObject(value, "loop")) {
    value.promise.awaited = true;
    return report(ev, "TR2020", {}, span, [{ span: value.promise.span, message: "made here" }]);
  }
  if (!isObject(value, "promise")) return value;
  if (ev.thread === null) return report(ev, "TR2021", {}, span);
  return awaitPromise(ev, ev.thread, value, span);
}

function evaluateNew(ev: Evaluation, node: Extract<Expression, { kind: "New" }>, scope: Scope): Value {
  const [message] = node.args;
  if (message === undefined) return { kind: "error", message: "", span: node.span };
  if (message.kind === "Spread")
    return report(ev, "TR2017", { what: "a spread", where: "an error's message" }, message.span);
  const value = evaluate(ev, message, scope);
  return isStuck(value) ? STUCK : { kind: "error", message: value, span: node.span };
}
