/** What the functions of `twinrail` mean while compiling. */
import type { CallExpression } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr, Param } from "../ir/types.ts";
import { declare } from "./assign.ts";
import { callValue } from "./calls.ts";
import { type Evaluation, originOf, report } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import { mapRunTimeList } from "./loops.ts";
import { kebab } from "./names.ts";
import { reason } from "./operators.ts";
import { readStepOptions } from "./options.ts";
import { readSchedule } from "./schedule-options.ts";
import { childScope } from "./scope.ts";
import { needKnown, toExpr } from "./to-expr.ts";
import { ABSENT, STRING, unionOf } from "./types.ts";
import { describe, type FunctionValue, isObject, isStuck, STUCK, type SymbolicValue, type Value } from "./values.ts";

/** `import { name } from "twinrail"`. Undefined: there is no such export. */
export function sdkExport(name: string): Value {
  if (name === "run")
    return { kind: "record", fields: new Map(RUN_FIELDS.map((field) => [field, runField(field)])), owner: null };
  return SDK_FUNCTIONS.has(name) ? { kind: "builtin", name: `sdk.${name}` } : undefined;
}

const RUN_FIELDS = ["id", "logicalDate", "day"] as const;
const SDK_FUNCTIONS: ReadonlySet<string> = new Set([
  "pipeline",
  "shared",
  "isolated",
  "cron",
  "secret",
  "group",
  "each",
]);

function runField(field: (typeof RUN_FIELDS)[number]): SymbolicValue {
  return {
    kind: "symbolic",
    expr: { kind: "ref", source: { from: "run", field }, path: [], type: STRING },
    type: STRING,
    because: undefined,
  };
}

export function callSdk(ev: Evaluation, name: string, args: readonly Value[], node: CallExpression): Value {
  if (args.some(isStuck)) return STUCK;
  switch (name) {
    case "shared":
    case "isolated":
      return declareStep(ev, name, args[0], node);
    case "pipeline":
      return declarePipeline(ev, args, node);
    case "cron":
      return readSchedule(ev, args, node);
    case "secret": {
      const [secret, key] = args;
      if (typeof secret !== "string" || typeof key !== "string")
        return report(ev, "TR2055", { what: "the two arguments of `secret`" }, node.span);
      return { kind: "secret", reference: { secret, key } };
    }
    case "group":
      return group(ev, args, node);
    case "each":
      return each(ev, args, node);
    default:
      return report(ev, "TR2016", { name }, node.span);
  }
}

function declareStep(ev: Evaluation, placement: "shared" | "isolated", options: Value, node: CallExpression): Value {
  const { declared } = node;
  if (declared?.kind !== "step") return STUCK;
  if (!isObject(options, "record"))
    return report(ev, "TR2055", { what: `the options of \`${placement}\`` }, node.span, reason(options));
  const read = readStepOptions(ev, options, node.args[0]?.span ?? node.span);
  if (read === undefined) return STUCK;
  const origin = originOf(ev, node.span);
  return {
    kind: "step",
    name: undefined,
    span: node.span,
    allowFailure: read.allowFailure,
    declare: (id) => ({
      id,
      placement,
      run: read.run,
      inputs: declared.inputs,
      output: declared.output,
      options: read.options,
      origin,
      origins: read.origins,
    }),
  };
}

function declarePipeline(ev: Evaluation, args: readonly Value[], node: CallExpression): Value {
  const [options, body] = args;
  if (node.declared?.kind !== "pipeline") return STUCK;
  if (!isObject(options, "record"))
    return report(ev, "TR2055", { what: "the options of `pipeline`" }, node.span, reason(options ?? undefined));
  if (!isObject(body, "function")) return report(ev, "TR2055", { what: "the body of `pipeline`" }, node.span);
  const { doc } = node.declared;
  return {
    kind: "pipeline",
    options,
    body,
    params: declareParams(ev, body, node.declared.params),
    ...(doc === undefined ? {} : { doc }),
    origin: originOf(ev, node.span),
  };
}

/** Parameters with the defaults that the body's destructuring gives them: a constant, or a value of the run. */
function declareParams(
  ev: Evaluation,
  body: FunctionValue,
  declared: Extract<CallExpression["declared"], { kind: "pipeline" }>["params"],
): Param[] {
  const pattern = body.syntax.params[0];
  // A default may not read another parameter; where one does, the name is known all the same.
  const scope = childScope(body.scope);
  for (const { value, key } of pattern?.kind === "ObjectPattern" ? pattern.properties : []) {
    const param = declared.find(({ name }) => name === key);
    if (value.kind === "Name" && param !== undefined)
      declare(ev, value.name, paramValue({ ...param, origin: originOf(ev, param.span) }), scope, false, value.span);
  }
  return declared.map(({ name, type, optional, doc, span }) => {
    const property =
      pattern?.kind === "ObjectPattern" ? pattern.properties.find((item) => item.key === name) : undefined;
    const written = property?.value.default;
    let fallback: Expr | undefined;
    if (written !== undefined) {
      const value = evaluate(ev, written, childScope(scope));
      const found = isStuck(value) ? undefined : toExpr(ev, value, written.span);
      if (
        found !== undefined &&
        found.expr.kind !== "literal" &&
        !(found.expr.kind === "ref" && found.expr.source.from === "run")
      ) {
        report(ev, "TR2056", { name }, written.span);
      } else fallback = found?.expr;
    }
    return {
      name,
      type,
      optional,
      ...(doc === undefined ? {} : { doc }),
      ...(fallback === undefined ? {} : { default: fallback }),
      origin: originOf(ev, property?.span ?? span),
    };
  });
}

/** The parameter as the body sees it: with a default it is never undefined. */
export function paramValue(param: Param): SymbolicValue {
  const type = param.optional && param.default === undefined ? unionOf([param.type, ABSENT]) : param.type;
  return {
    kind: "symbolic",
    expr: { kind: "ref", source: { from: "param", name: param.name }, path: [], type },
    type,
    because: { span: param.origin.span, what: `\`${param.name}\` is a parameter of the pipeline` },
    ...(param.default === undefined ? {} : { defaulted: true }),
  };
}

function group(ev: Evaluation, args: readonly Value[], node: CallExpression): Value {
  const [name, body] = args;
  const at = node.args[0]?.span ?? node.span;
  if (isObject(name, "symbolic")) {
    needKnown(ev, name, "a group's name", at);
    return STUCK;
  }
  const text = typeof name === "string" ? kebab(name) : "";
  if (!/^[a-z]/.test(text))
    return report(ev, "TR2045", { name: String(typeof name === "string" ? name : describe(name)) }, at);
  ev.naming.push({ kind: "group", text });
  const value = callValue(ev, body, [], node);
  ev.naming.pop();
  return value;
}

function each(ev: Evaluation, args: readonly Value[], node: CallExpression): Value {
  const [items, options, body] = args;
  if (!isObject(options, "record"))
    return report(ev, "TR2055", { what: "the options of `each`" }, node.args[1]?.span ?? node.span, reason(options));
  const at = (key: string): Span => options.spans?.get(key) ?? node.args[1]?.span ?? node.span;
  const key = options.fields.get("key");
  if (key !== undefined && isObject(items, "list") && !differ(ev, key, items.items, node, at("key"))) return STUCK;
  const concurrency = options.fields.get("concurrency");
  if (
    concurrency !== undefined &&
    !(typeof concurrency === "number" && Number.isInteger(concurrency) && concurrency >= 1)
  ) {
    return report(ev, "TR2057", { option: "concurrency", wanted: "a whole number, at least 1" }, at("concurrency"));
  }
  let list: SymbolicValue;
  if (isObject(items, "symbolic")) list = items;
  else {
    const known = toExpr(ev, items, node.args[0]?.span ?? node.span);
    if (known === undefined) return STUCK;
    list = {
      kind: "symbolic",
      expr: known.expr,
      type: known.type,
      because: { span: node.span, what: "`each` runs on the engine" },
    };
  }
  const loop = mapRunTimeList(ev, list, body, node, {
    ...(typeof concurrency === "number" ? { concurrency } : {}),
    ...(key === undefined ? {} : { key, keySpan: at("key") }),
  });
  return isObject(loop, "loop") ? loop.promise : loop;
}

/** Whether each of the known items has a key of its own. */
function differ(ev: Evaluation, key: Value, items: readonly Value[], node: CallExpression, span: Span): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const value = callValue(ev, key, [item], node);
    if (isStuck(value)) return false;
    // Known at run time only: then nobody can say.
    if (typeof value !== "string" && typeof value !== "number") continue;
    if (seen.has(String(value))) {
      report(ev, "TR2072", { key: JSON.stringify(String(value)) }, span);
      return false;
    }
    seen.add(String(value));
  }
  return true;
}
