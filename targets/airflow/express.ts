/**
 * IR expressions as Python source over the constructors of python/expressions.py: `Out("train").auc >= Params.threshold`. Python only builds
 * the runtime's expression from it; the runtime evaluates.
 */
import { assertNever, invariant } from "../../compiler/invariant.ts";
import type { Call, Expr, Operator, Ref } from "../../compiler/ir/types.ts";
import { type Support, supported } from "../support.ts";
import { isPythonName, pythonLiteral, pythonString } from "./python-literal.ts";

/** How an operator looks in the DAG file: Python's own sign, or a call. */
type Form =
  | { readonly infix: string }
  | { readonly prefix: string }
  | { readonly name: string }
  | { readonly op: true };

/** All of them: the consumer's runtime evaluates, Airflow never does. */
export const operators: Readonly<Record<Operator, Support<Form>>> = {
  not: { honour: { prefix: "~" } },
  and: { honour: { infix: "&" } },
  or: { honour: { infix: "|" } },
  eq: { honour: { infix: "==" } },
  ne: { honour: { infix: "!=" } },
  lt: { honour: { infix: "<" } },
  le: { honour: { infix: "<=" } },
  gt: { honour: { infix: ">" } },
  ge: { honour: { infix: ">=" } },
  template: { honour: { name: "Text" } },
  length: { honour: { name: "Length" } },
  isNullish: { honour: { op: true } },
  select: { honour: { op: true } },
  coalesce: { honour: { op: true } },
  concat: { honour: { op: true } },
  merge: { honour: { op: true } },
  get: { honour: { op: true } },
  getOptional: { honour: { op: true } },
};

/** Collects what the DAG file must import beside what it writes. */
export class Imports {
  readonly names: Set<string> = new Set();

  use(name: string): string {
    this.names.add(name);
    return name;
  }
}

export function express(expr: Expr, imports: Imports): string {
  switch (expr.kind) {
    case "literal":
      return pythonLiteral(expr.value);
    case "absent":
      return imports.use("Absent");
    case "ref":
      return expressRef(expr, imports);
    case "call":
      return expressCall(expr, imports);
    case "list":
      return `[${expr.items.map((item) => express(item, imports)).join(", ")}]`;
    case "record":
      return `{${Object.entries(expr.fields)
        .map(([key, value]) => `${pythonString(key)}: ${express(value, imports)}`)
        .join(", ")}}`;
    case "comprehension": {
      const args = [express(expr.items, imports), pythonString(expr.item), express(expr.each, imports)];
      if (expr.index !== undefined) args.push(`index=${pythonString(expr.index)}`);
      if (expr.where !== undefined) args.push(`where=${express(expr.where, imports)}`);
      return `${imports.use("Each")}(${args.join(", ")})`;
    }
    default:
      return assertNever(expr);
  }
}

function expressRef(ref: Ref, imports: Imports): string {
  return sourceOf(ref, imports) + ref.path.map(step).join("");
}

function sourceOf(ref: Ref, imports: Imports): string {
  const { source } = ref;
  switch (source.from) {
    case "param":
      return imports.use("Params") + step(source.name);
    case "run":
      return imports.use("Run") + step(source.field);
    case "output":
      return `${imports.use("Out")}(${pythonString(source.node)})`;
    case "item":
      return `${imports.use("Item")}(${pythonString(source.node)})`;
    case "index":
      return `${imports.use("Index")}(${pythonString(source.node)})`;
    case "error":
      return `${imports.use("Error")}(${pythonString(source.node)})`;
    case "bound":
      return `${imports.use("Bound")}(${pythonString(source.name)})`;
    case "input":
      invariant(false, `input ${source.name} outside of its region`);
      break;
    default:
      return assertNever(source);
  }
}

/** `.auc`, `["a-b"]` or `[0]`. A name with a leading underscore is Python's own business and never looked up as a field. */
function step(part: string | number): string {
  if (typeof part === "number") return `[${part}]`;
  return isPythonName(part) && !part.startsWith("_") ? `.${part}` : `[${pythonString(part)}]`;
}

function expressCall(call: Call, imports: Imports): string {
  const args = call.args.map((arg) => express(arg, imports));
  const sign = signOf(call);
  if (sign !== undefined) {
    const [left, right] = call.args.map((arg, index) => wrap(arg, args[index] ?? ""));
    return right === undefined ? `${sign}${left}` : `${left} ${sign} ${right}`;
  }
  const form = formOf(call.op);
  if ("name" in form) return `${imports.use(form.name)}(${args.join(", ")})`;
  return `${imports.use("Op")}(${[pythonString(call.op), ...args].join(", ")})`;
}

function formOf(op: Operator): Form {
  const form = supported(operators[op]);
  invariant(form, `operator ${op} has no lowering`);
  return form;
}

/** Python's sign for the call, if it can be written with one. */
function signOf({ op, args }: Call): string | undefined {
  const form = formOf(op);
  const [left, right] = args;
  // Python must see an expression object on the left, else it would compute by its own rules (`1 == True`).
  if (left === undefined || !isObject(left)) return undefined;
  if ("prefix" in form) return form.prefix;
  return "infix" in form && args.length === 2 && right && !isSingleton(right) ? form.infix : undefined;
}

function isObject(expr: Expr): boolean {
  return expr.kind === "ref" || expr.kind === "call" || expr.kind === "comprehension" || expr.kind === "absent";
}

/** `x == None` and `x == True` are what every Python linter flags. */
function isSingleton(expr: Expr): boolean {
  return expr.kind === "literal" && (expr.value === null || typeof expr.value === "boolean");
}

/** `(a >= b) & c`: Python's `&` binds tighter than its comparisons. */
function wrap(expr: Expr, source: string): string {
  return expr.kind === "call" && signOf(expr) !== undefined ? `(${source})` : source;
}
