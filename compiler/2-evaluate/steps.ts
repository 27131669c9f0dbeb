/** Calling a step: a task. The only place where tasks come from. */
import type { CallExpression } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { StepDefinition } from "../ir/step.ts";
import type { Expr, RefSource, Type } from "../ir/types.ts";
import { whyNot } from "./assignable.ts";
import { addNode, newBlock } from "./builder.ts";
import { type Evaluation, LIMITS, originOf, report } from "./evaluation.ts";
import { promiseOf } from "./frontier.ts";
import { kebab } from "./names.ts";
import { narrowed } from "./operators.ts";
import { define, toExpr } from "./to-expr.ts";
import { ABSENT, unionOf } from "./types.ts";
import { describe, isObject, isStuck, STUCK, type StepValue, type Value } from "./values.ts";

export function callStep(ev: Evaluation, step: StepValue, args: readonly Value[], node: CallExpression): Value {
  const thread = ev.thread;
  if (thread === null) return report(ev, "TR2021", {}, node.span);
  const definition = definitionOf(ev, step, node.span);
  if (definition === undefined) return STUCK;
  const takesInputs = Object.keys(definition.inputs).length > 0;
  const inputs = evaluateInputs(ev, definition, takesInputs ? args[0] : undefined, node);
  const name = callName(ev, args[takesInputs ? 1 : args.length - 1], node.span);
  if (inputs === undefined || name === undefined) return STUCK;
  if (ev.builder.count >= LIMITS.nodes)
    return report(ev, "TR2001", { what: `${LIMITS.nodes.toLocaleString("en-US")} nodes` }, node.span);
  const origin = originOf(ev, node.span);
  const after = new Set(thread.frontier);
  const body = step.allowFailure ? newBlock(thread.block) : thread.block;
  const task = addNode(ev.builder, {
    kind: "task",
    naming: { path: [...ev.naming], base: name === "" ? definition.id : name, explicit: name !== "" },
    step: definition.id,
    inputs,
    block: body,
    after: step.allowFailure ? new Set() : after,
    origin,
  });
  const value = output(task.output, definition.output, definition, node.span);
  if (!step.allowFailure) return promiseOf(thread, task, value, node.span);
  body.result = isObject(value, "symbolic") ? value.expr : body.result;
  const type = unionOf([definition.output, ABSENT]);
  const handler = newBlock(thread.block);
  const allowed = addNode(ev.builder, { kind: "try", body, handler, type, block: thread.block, after, origin });
  return promiseOf(thread, allowed, output(allowed.output, type, definition, node.span), node.span);
}

function output(source: Extract<RefSource, { from: "output" }>, type: Type, step: StepDefinition, span: Span): Value {
  if (type.kind === "absent") return undefined;
  return {
    kind: "symbolic",
    expr: { kind: "ref", source, path: [], type },
    type,
    because: { span, what: `\`${step.id}\` makes it` },
  };
}

/** The step's declaration, registered once under its name. */
function definitionOf(ev: Evaluation, step: StepValue, span: Span): StepDefinition | undefined {
  if (step.name === undefined) {
    report(ev, "TR2044", {}, span, [{ span: step.span, message: "declared here" }]);
    return undefined;
  }
  const id = kebab(step.name);
  if (id === "" || !/^[a-z]/.test(id)) {
    report(ev, "TR2045", { name: step.name }, step.span);
    return undefined;
  }
  const known = ev.steps.get(id);
  if (known !== undefined) {
    if (known.origin.span.file === step.span.file && known.origin.span.start === step.span.start) return known;
    report(ev, "TR2046", { id }, step.span, [{ span: known.origin.span, message: "the other one" }]);
    return undefined;
  }
  const definition = step.declare(id);
  ev.steps.set(id, definition);
  return definition;
}

function evaluateInputs(
  ev: Evaluation,
  step: StepDefinition,
  given: Value,
  node: CallExpression,
): Record<string, Expr> | undefined {
  const span = node.args[0]?.span ?? node.span;
  if (isStuck(given)) return undefined;
  const inputs: Record<string, Expr> = {};
  if (isObject(given, "symbolic") && given !== narrowed(given)) return evaluateInputs(ev, step, narrowed(given), node);
  if (given === undefined) return missing(ev, step, new Set(), span) ? undefined : inputs;
  if (isObject(given, "symbolic") && given.type.kind === "record") {
    for (const key of Object.keys(given.type.fields))
      if (!Object.hasOwn(step.inputs, key)) return unknownInput(ev, step, key, span);
    for (const [key, field] of Object.entries(step.inputs)) {
      const has = Object.hasOwn(given.type.fields, key) ? given.type.fields[key] : undefined;
      if (has === undefined) continue;
      if (given.expr.kind !== "ref") {
        define(inputs, key, {
          kind: "call",
          op: "get",
          args: [given.expr, { kind: "literal", value: key }],
          type: field.type,
        });
      } else define(inputs, key, { ...given.expr, path: [...given.expr.path, key], type: has.type });
    }
    return missing(ev, step, new Set(Object.keys(inputs)), span) ? undefined : inputs;
  }
  if (!isObject(given, "record")) {
    report(ev, "TR2047", { step: step.id, what: describe(given) }, span);
    return undefined;
  }
  let failed = false;
  for (const [key, value] of given.fields) {
    const field = Object.hasOwn(step.inputs, key) ? step.inputs[key] : undefined;
    const at = given.spans?.get(key) ?? span;
    if (field === undefined) {
      unknownInput(ev, step, key, at);
      failed = true;
      continue;
    }
    if (value === undefined && field.optional) continue;
    const found = toExpr(ev, value, at);
    if (found === undefined) {
      failed = true;
      continue;
    }
    const problem = whyNot(found.type, field.type, value, field.optional === true);
    if (problem !== undefined) {
      report(ev, "TR2048", { step: step.id, input: key, problem }, at);
      failed = true;
      continue;
    }
    define(inputs, key, found.expr);
  }
  if (missing(ev, step, new Set(given.fields.keys()), span)) failed = true;
  return failed ? undefined : inputs;
}

function unknownInput(ev: Evaluation, step: StepDefinition, key: string, span: Span): undefined {
  report(ev, "TR2049", { step: step.id, input: key, has: Object.keys(step.inputs).join(", ") }, span);
  return undefined;
}

function missing(ev: Evaluation, step: StepDefinition, given: ReadonlySet<string>, span: Span): boolean {
  const absent = Object.entries(step.inputs).filter(([key, field]) => !field.optional && !given.has(key));
  if (absent.length > 0)
    report(ev, "TR2050", { step: step.id, inputs: absent.map(([key]) => `\`${key}\``).join(", ") }, span);
  return absent.length > 0;
}

/** The name of `{ name: "baseline" }`; empty when there is none; undefined after a report. */
function callName(ev: Evaluation, options: Value, span: Span): string | undefined {
  if (isObject(options, "symbolic")) {
    report(ev, "TR2051", { what: describe(options) }, span);
    return undefined;
  }
  if (options === undefined || !isObject(options, "record") || options.fields.get("name") === undefined) return "";
  const name = options.fields.get("name");
  const at = options.spans?.get("name") ?? span;
  if (isStuck(name)) return undefined;
  if (typeof name !== "string") {
    report(ev, "TR2051", { what: describe(name) }, at);
    return undefined;
  }
  const text = kebab(name);
  if (/^[a-z]/.test(text)) return text;
  report(ev, "TR2045", { name }, at);
  return undefined;
}
