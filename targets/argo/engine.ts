/**
 * What the engine itself must know: conditions and loop lengths. It reads them from workflow parameters and from small extra outputs of tasks
 * (`auc` beside `out`), never from a wire: a wire may be a reference to an object in the store.
 *
 * In this order: the engine's own expression, so that its screen shows `auc >= 0.8`; else the one step that everything comes from computes the
 * answer ahead; else nothing (the caller uses a pod or refuses).
 */

import { invariant } from "../../compiler/invariant.ts";
import { runtimeExpr, wireText } from "../../compiler/ir/encode.ts";
import { lengthInput } from "../../compiler/ir/length-input.ts";
import type { Expr, NodeId, Ref, Type } from "../../compiler/ir/types.ts";
import { refsOf } from "../../compiler/ir/walk.ts";
import { supported } from "../support.ts";
import { nativeLiteral, operators, scalarOf } from "./express.ts";
import { indexName, type Value } from "./names.ts";
import { isRunDefault, type Mode, RUN_WORD } from "./parameters.ts";
import { leavesTry, type Places, placeOf } from "./places.ts";
import { sameLength, staticLength } from "./resolve.ts";
import { isDefinite, isTotal } from "./total.ts";

/** How a place in the manifest names an output of a task: `inputs.parameters['train_auc']`. */
export type ReadValue = (value: Value) => string;

export interface EngineExpr {
  readonly values: readonly Value[];
  /** Loops whose index it names. */
  readonly loops: readonly NodeId[];
  readonly render: (read: ReadValue) => string;
}

export type Extras = ReadonlyMap<NodeId, ReadonlyMap<string, Expr>>;

/** Collects what tasks compute beside their result. */
export class Engine {
  readonly #extras = new Map<NodeId, Map<string, Expr>>();
  readonly #places: Places;
  readonly #mode: Mode;

  constructor(places: Places, mode: Mode) {
    this.#places = places;
    this.#mode = mode;
  }

  get extras(): Extras {
    return this.#extras;
  }

  /** `expr` is resolved and of type boolean; `at` is the branch. */
  condition(expr: Expr, at: NodeId): EngineExpr | undefined {
    return this.#boolean(expr, at);
  }

  /** The number of items of a resolved list. */
  length(expr: Expr, at: NodeId): EngineExpr | undefined {
    const list = sameLength(expr, this.#places);
    const known = staticLength(list);
    if (known !== undefined) return fixed(String(known));
    if (list.kind === "call" && list.op === "concat") {
      const parts = list.args.map((arg) => this.length(arg, at));
      return joined(parts, (texts) => texts.map((text) => `int(${text})`).join(" + "));
    }
    if (list.kind === "call" && list.op === "select") {
      const [condition, a, b] = list.args;
      invariant(condition && a && b, "`select` takes three arguments");
      const parts = [this.#boolean(condition, at), this.length(a, at), this.length(b, at)];
      return joined(parts, ([c, x, y]) => `(${c} ? int(${x}) : int(${y}))`);
    }
    if (list.kind === "ref") {
      // The conductor hands the length of such a list over beside it: a long list itself is only a reference here.
      const given = list.source.from === "input" && list.path.length === 0 ? lengthInput(list.source.name) : undefined;
      if (given !== undefined && this.#mode.inputs[given] !== undefined)
        return fixed(`fromJSON(trimPrefix(workflow.parameters['${given}'], 'V'))`);
      const text = this.#parameter(list);
      if (text !== undefined) return fixed(`len(${text})`);
    }
    const path = list.kind === "ref" ? list.path : [];
    const name = ["length", ...path].reverse().join("-");
    return this.#ahead(
      { kind: "call", op: "length", args: [list], type: { kind: "number" } },
      at,
      path.length > 0 ? [...path, "length"].join("-") : name,
    );
  }

  #boolean(expr: Expr, at: NodeId): EngineExpr | undefined {
    return this.#native(expr, at) ?? this.#ahead(expr, at, at);
  }

  #native(expr: Expr, at: NodeId): EngineExpr | undefined {
    if (expr.kind === "literal" && typeof expr.value === "boolean") return fixed(nativeLiteral(expr.value));
    if (expr.kind === "ref" && scalarOf(expr.type) === "boolean") return this.#operand(expr, at);
    if (expr.kind !== "call") return undefined;
    const native = supported(operators[expr.op]);
    if (native === undefined || native === "runtime") return undefined;
    switch (expr.op) {
      case "not":
      case "and":
      case "or":
        return joined(
          expr.args.map((arg) => this.#boolean(arg, at)),
          native,
        );
      case "select":
        return joined(
          expr.args.map((arg) => this.#boolean(arg, at)),
          native,
        );
      default: {
        const [a, b] = expr.args.map(classOf);
        if (a === undefined || a !== b || expr.args.some(isRunWord)) return undefined;
        return joined(
          expr.args.map((arg) => this.#scalar(arg, at)),
          native,
        );
      }
    }
  }

  #scalar(expr: Expr, at: NodeId): EngineExpr | undefined {
    if (expr.kind === "literal") {
      const { value } = expr;
      return typeof value === "boolean" || typeof value === "number" || typeof value === "string"
        ? fixed(nativeLiteral(value))
        : undefined;
    }
    if (expr.kind === "ref") return this.#operand(expr, at);
    if (expr.kind === "call" && expr.op === "select") {
      const [condition, a, b] = expr.args;
      invariant(condition && a && b, "`select` takes three arguments");
      return joined(
        [this.#boolean(condition, at), this.#scalar(a, at), this.#scalar(b, at)],
        ([c, x, y]) => `(${c} ? ${x} : ${y})`,
      );
    }
    return undefined;
  }

  /** A scalar that is always there, as an operand of the engine's. */
  #operand(ref: Ref, at: NodeId): EngineExpr | undefined {
    const { source } = ref;
    if (source.from === "index") {
      return { ...fixed(`int(inputs.parameters['${indexName(source.node)}'])`), loops: [source.node] };
    }
    if (!isDefinite(this.#rootType(source), ref.path)) return undefined;
    if (source.from === "param" || source.from === "input") {
      const text = this.#parameter(ref);
      return text === undefined ? undefined : fixed(text);
    }
    // A string may be long, and this would be a second copy of it in the workflow's status; of an enum it is short.
    if (source.from !== "output" || ref.type.kind === "string" || ref.type.kind === "union") return undefined;
    const { node } = placeOf(this.#places, source.node);
    if (node.kind !== "task" || leavesTry(node.id, at, this.#places)) return undefined;
    const value = this.#extra(node.id, ref, ref.path.length === 0 ? "value" : ref.path.join("-"));
    return { values: [value], loops: [], render: (read) => `fromJSON(${read(value)})` };
  }

  /** A workflow parameter's value: typed by a person (text or JSON), or a wire that the bridge filled in. */
  #parameter({ source, path }: Ref): string | undefined {
    const steps = path.map((part) => (typeof part === "number" ? `[${part}]` : `[${nativeLiteral(part)}]`)).join("");
    if (source.from === "param") {
      const param = this.#mode.params.find(({ name }) => name === source.name);
      // The text may be `=run.day`, or say that there is none.
      if (param === undefined || isRunDefault(param.default) || (param.optional && param.default === undefined))
        return undefined;
      const text = `workflow.parameters['${source.name}']`;
      if (scalarOf(param.type) !== "string") return `fromJSON(${text})${steps}`;
      // One of a few words is compared as it is; any other text may be typed as JSON.
      if (param.type.kind === "enum") return text;
      return `(hasPrefix(${text}, "=json:") ? fromJSON(trimPrefix(${text}, "=json:")) : ${text})`;
    }
    if (source.from !== "input") return undefined;
    const type = this.#mode.inputs[source.name]?.type;
    if (type === undefined || type.kind === "string") return undefined;
    // Of a value that is kept in the store the wire begins with `A`: not JSON, so the workflow ends with an error instead of a wrong answer.
    return `fromJSON(trimPrefix(workflow.parameters['${source.name}'], 'V'))${steps}`;
  }

  /** The whole of `expr`, computed by the one task that it reads. */
  #ahead(expr: Expr, at: NodeId, name: string): EngineExpr | undefined {
    const tasks = new Set<NodeId>();
    for (const { source } of refsOf(expr)) {
      if (source.from === "bound" || source.from === "param" || source.from === "input" || source.from === "run")
        continue;
      if (source.from !== "output" || placeOf(this.#places, source.node).node.kind !== "task") return undefined;
      tasks.add(source.node);
    }
    const [task] = tasks;
    if (task === undefined || tasks.size > 1 || leavesTry(task, at, this.#places)) return undefined;
    // Inside of another loop there are many such tasks, and none of them is known here.
    const here = placeOf(this.#places, at).loops;
    if (!placeOf(this.#places, task).loops.every((loop) => here.includes(loop))) return undefined;
    if (!isTotal(expr, (source) => this.#rootType(source))) return undefined;
    const value = this.#extra(task, expr, name);
    return {
      values: [value],
      loops: [],
      render: (read) => (expr.kind === "call" && expr.op === "length" ? read(value) : `${read(value)} == 'true'`),
    };
  }

  #extra(task: NodeId, expr: Expr, wish: string): Value {
    const mine = this.#extras.get(task) ?? new Map<string, Expr>();
    this.#extras.set(task, mine);
    const key = wireText(runtimeExpr(expr));
    let name = wish.replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+/, "") || "value";
    for (
      let other = mine.get(name);
      name === "out" || (other && wireText(runtimeExpr(other)) !== key);
      other = mine.get(name)
    )
      name += "-x";
    mine.set(name, expr);
    return { node: task, extra: name };
  }

  #rootType(source: Ref["source"]): Type | undefined {
    switch (source.from) {
      case "param": {
        const param = this.#mode.params.find(({ name }) => name === source.name);
        return param === undefined || (param.optional && param.default === undefined) ? undefined : param.type;
      }
      case "input":
        return this.#mode.inputs[source.name]?.type;
      case "output": {
        const { node } = placeOf(this.#places, source.node);
        if (node.kind === "forEach") return { kind: "list", items: node.type };
        return node.kind === "task"
          ? (this.#mode.types.get(node.id) ?? this.#mode.steps[node.step]?.output)
          : undefined;
      }
      case "run":
        return { kind: "string" };
      case "index":
        return { kind: "number" };
      default:
        return undefined;
    }
  }
}

function fixed(text: string): EngineExpr {
  return { values: [], loops: [], render: () => text };
}

function joined(
  parts: readonly (EngineExpr | undefined)[],
  join: (texts: readonly string[]) => string,
): EngineExpr | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length !== parts.length) return undefined;
  return {
    values: known.flatMap((part) => part.values),
    loops: known.flatMap((part) => part.loops),
    render: (read) => join(known.map((part) => part.render(read))),
  };
}

/** Such a text is typed with one more `=` where the parameter is one (runtime/README.md), and the engine would compare it as it was typed. */
function isRunWord(expr: Expr): boolean {
  return expr.kind === "literal" && typeof expr.value === "string" && RUN_WORD.test(expr.value);
}

function classOf(expr: Expr): string | undefined {
  if (expr.kind === "literal")
    return expr.value === null || typeof expr.value === "object" ? undefined : typeof expr.value;
  return expr.kind === "ref" || expr.kind === "call" ? scalarOf(expr.type) : undefined;
}
