/** The IR as text, for `--emit ir` and golden files: stable, one node a line, nested like the source. */
import { assertNever } from "../invariant.ts";
import { fieldsText, keyText, typeText } from "./check-value.ts";
import type { StepDefinition } from "./step.ts";
import type { Block, Expr, Json, Node, Param, Pipeline, Ref, Schedule } from "./types.ts";

export function printPipeline(pipeline: Pipeline): string {
  const { origins: _, ...options } = pipeline.options;
  const head = [
    `pipeline ${pipeline.name}${pipeline.doc === undefined ? "" : `  # ${oneLine(pipeline.doc)}`}`,
    ...(pipeline.schedule ? [`  schedule ${scheduleText(pipeline.schedule)}`] : []),
    ...Object.entries(options).map(([key, value]) => `  ${key} ${json(value)}`),
    ...pipeline.params.map((param) => `  ${paramText(param)}`),
  ];
  const steps = Object.values(pipeline.steps).flatMap(stepLines);
  return `${[...head, "", ...steps, "", ...blockLines(pipeline.body, "return")].join("\n")}\n`;
}

export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case "literal":
      return json(expr.value);
    case "absent":
      return "undefined";
    case "ref":
      return sourceText(expr) + pathText(expr.path);
    case "call":
      return callText(expr.op, expr.args);
    case "list":
      return `[${expr.items.map(printExpr).join(", ")}]`;
    case "record":
      return recordText(expr.fields);
    case "comprehension": {
      const index = expr.index === undefined ? "" : `, ${expr.index}`;
      const where = expr.where === undefined ? "" : ` if ${printExpr(expr.where)}`;
      return `[${printExpr(expr.each)} for ${expr.item}${index} in ${printExpr(expr.items)}${where}]`;
    }
    default:
      return assertNever(expr);
  }
}

/** A step's definition, options one a line: they change one at a time. */
function stepLines(step: StepDefinition): string[] {
  const { file, function: name } = step.run;
  return [
    `step ${step.id}: ${step.placement} ${file}:${name} ${fieldsText(step.inputs)} -> ${typeText(step.output)}`,
    ...Object.entries(step.options).map(([key, value]) => `  ${key} ${json(value)}`),
  ];
}

function blockLines(block: Block, verb: "return" | "yield"): string[] {
  const result = block.result.kind === "absent" ? [] : [`${verb} ${printExpr(block.result)}`];
  return [...block.nodes.flatMap(nodeLines), ...result];
}

function nodeLines(node: Node): string[] {
  const after = node.after.length === 0 ? "" : `  after ${node.after.join(", ")}`;
  const inner = (block: Block): string[] => {
    const lines = blockLines(block, "yield");
    return (lines.length === 0 ? ["pass"] : lines).map((line) => `  ${line}`);
  };
  switch (node.kind) {
    case "task":
      return [`${node.id} = ${node.step}(${argumentsText(node.inputs)})${after}`];
    case "branch":
      return [
        `${node.id} = if ${printExpr(node.condition)}${after}  # ${typeText(node.type)}`,
        ...inner(node.then),
        ...(isEmpty(node.else) ? [] : ["else", ...inner(node.else)]),
      ];
    case "forEach": {
      const limit = node.concurrency === undefined ? "" : ` concurrency ${node.concurrency}`;
      const key = node.key === undefined ? "" : ` key ${printExpr(node.key)}`;
      const mode = `${node.mode}${limit}${key}${node.settle ? " settle" : ""}`;
      const types = `${typeText(node.itemType)} -> ${typeText(node.type)}`;
      return [`${node.id} = for each ${mode} in ${printExpr(node.items)}${after}  # ${types}`, ...inner(node.body)];
    }
    case "try":
      return [
        `${node.id} = try${after}  # ${typeText(node.type)}`,
        ...inner(node.body),
        ...(node.handler ? ["catch", ...inner(node.handler)] : []),
        ...(node.finally ? ["finally", ...inner(node.finally)] : []),
      ];
    case "fail":
      return [
        `${node.id} = ${node.error ? `fail again ${printExpr(node.error)}` : `fail ${printExpr(node.message)}`}${after}`,
      ];
    case "region":
      return [
        `${node.id} = region ${node.target} on ${node.cluster}${after}  # ${typeText(node.type)}`,
        ...Object.entries(node.inputs).map(
          ([name, { expr, type }]) => `  input ${name}: ${typeText(type)} = ${printExpr(expr)}`,
        ),
        ...inner(node.block),
        ...(node.outputs.length === 0 ? [] : [`  output ${node.outputs.join(", ")}`]),
      ];
    default:
      return assertNever(node);
  }
}

function isEmpty(block: Block): boolean {
  return block.nodes.length === 0 && block.result.kind === "absent";
}

const INFIX = {
  and: "&&",
  or: "||",
  eq: "===",
  ne: "!==",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  coalesce: "??",
} as const;

function callText(op: Extract<Expr, { kind: "call" }>["op"], args: readonly Expr[]): string {
  switch (op) {
    case "and":
    case "or":
    case "eq":
    case "ne":
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "coalesce":
      return `(${args.map(printExpr).join(` ${INFIX[op]} `)})`;
    default:
      return `${op}(${args.map(printExpr).join(", ")})`;
  }
}

/** Outputs by the node's name alone; everything else says what it is. Ids are kebab-case, so `item(x)` cannot be a node. */
function sourceText({ source }: Ref): string {
  switch (source.from) {
    case "output":
      return source.node;
    case "item":
    case "index":
    case "error":
      return `${source.from}(${source.node})`;
    case "param":
    case "input":
      return `${source.from}(${source.name})`;
    case "run":
      return `run(${source.field})`;
    case "bound":
      return `$${source.name}`;
    default:
      return assertNever(source);
  }
}

function pathText(path: Ref["path"]): string {
  return path
    .map((key) => (typeof key === "string" && keyText(key) === key ? `.${key}` : `[${JSON.stringify(key)}]`))
    .join("");
}

function argumentsText(inputs: Readonly<Record<string, Expr>>): string {
  return Object.entries(inputs)
    .map(([name, expr]) => `${keyText(name)}: ${printExpr(expr)}`)
    .join(", ");
}

function recordText(fields: Readonly<Record<string, Expr>>): string {
  const text = argumentsText(fields);
  return text === "" ? "{}" : `{ ${text} }`;
}

function scheduleText({ cron, timezone, start, end, catchup }: Schedule): string {
  const bounds = [
    start === undefined ? [] : [`from ${start}`],
    end === undefined ? [] : [`to ${end}`],
    catchup ? ["catchup"] : [],
  ];
  return [JSON.stringify(cron), timezone, ...bounds.flat()].join(" ");
}

function paramText(param: Param): string {
  const value = param.default === undefined ? "" : ` = ${printExpr(param.default)}`;
  const doc = param.doc === undefined ? "" : `  # ${oneLine(param.doc)}`;
  return `param ${param.name}${param.optional ? "?" : ""}: ${typeText(param.type)}${value}${doc}`;
}

function oneLine(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Literals in one line; object keys keep their order. */
function json(value: Json | object): string {
  return JSON.stringify(value);
}
