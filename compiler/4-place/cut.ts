/**
 * Cuts nodes out of a block into a region: what they read from outside becomes the region's inputs, evaluated by the conductor; what is read
 * of them becomes its outputs.
 */
import { createHash } from "node:crypto";
import { lengthInput } from "../ir/length-input.ts";
import { typeOfNode } from "../ir/node-type.ts";
import { typeOf } from "../ir/type-of.ts";
import type { Block, Expr, Node, NodeId, Pipeline, Ref, RefSource, Region, Type } from "../ir/types.ts";
import { mapRefs, nodesOf, refsInBlock, refsOf } from "../ir/walk.ts";
import { mapExprs } from "./map-exprs.ts";

export function cutRegion(
  nodes: readonly Node[],
  cluster: string,
  target: Region["target"],
  block: Block,
  steps: Pipeline["steps"],
): Region {
  const ids = new Set(nodes.map((node) => node.id));
  const inside = new Set([...nodesOf({ nodes, result: { kind: "absent" } })].map((node) => node.id));
  const inputs = new RegionInputs(inside);
  const inner = nodes.map((node) => {
    const own = { ...node, after: node.after.filter((id) => ids.has(id)) };
    return mapExprs(own, (expr, owner, field) => {
      const isLoop = owner.kind === "forEach" && field === "items";
      return inputs.cut(expr, field === undefined ? owner.id : `${owner.id}-${field}`, isLoop);
    });
  });
  const outputs = readOutside(nodes, block);
  const first = nodes[0];
  const last = nodes.at(-1);
  if (first === undefined || last === undefined) throw new Error("a region without nodes");
  return {
    kind: "region",
    id: nodes.length === 1 ? first.id : `${first.id}-to-${last.id}`,
    after: [...new Set(nodes.flatMap((node) => node.after).filter((id) => !ids.has(id)))],
    origin: first.origin,
    target,
    cluster,
    block: { nodes: inner, result: { kind: "absent" } },
    inputs: inputs.found(),
    outputs,
    type: {
      kind: "record",
      fields: Object.fromEntries(
        nodes.filter((node) => outputs.includes(node.id)).map((node) => [node.id, { type: typeOfNode(node, steps) }]),
      ),
    },
  };
}

/** The nodes of the region whose output a node outside, or the block's result, reads. In source order. */
function readOutside(nodes: readonly Node[], block: Block): NodeId[] {
  const members = new Set(nodes);
  const read = new Set<NodeId>();
  const rest: Block = { nodes: block.nodes.filter((node) => !members.has(node)), result: block.result };
  for (const ref of refsInBlock(rest)) if (ref.source.from === "output") read.add(ref.source.node);
  return nodes.filter((node) => read.has(node.id)).map((node) => node.id);
}

/** Collects what the region reads from outside, each expression once. */
class RegionInputs {
  readonly #inside: ReadonlySet<NodeId>;
  readonly #byName = new Map<string, { readonly expr: Expr; readonly type: Type }>();
  readonly #byExpr = new Map<string, string>();

  constructor(inside: ReadonlySet<NodeId>) {
    this.#inside = inside;
  }

  found(): Region["inputs"] {
    return Object.fromEntries([...this.#byName].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Replaces the largest parts of `expr` that read only from outside. `isLoop`: a loop runs over it, so that lengths are needed, too. */
  cut(expr: Expr, hint: string, isLoop = false): Expr {
    if (expr.kind === "literal" || expr.kind === "absent") return expr;
    const refs = [...refsOf(expr)];
    if (refs.length === 0) return expr;
    if (refs.every((ref) => this.#isOutside(ref, expr))) return this.#input(expr, hint, isLoop);
    switch (expr.kind) {
      case "ref":
        return expr;
      case "call":
        return { ...expr, args: expr.args.map((arg) => this.cut(arg, hint, isLoop)) };
      case "list":
        return { ...expr, items: expr.items.map((item) => this.cut(item, hint)) };
      case "record":
        return {
          ...expr,
          fields: Object.fromEntries(
            Object.entries(expr.fields).map(([key, value]) => [key, this.cut(value, `${hint}-${key}`)]),
          ),
        };
      case "comprehension":
        return {
          ...expr,
          items: this.cut(expr.items, hint, isLoop),
          ...(expr.where === undefined ? {} : { where: this.cut(expr.where, hint) }),
          each: this.cut(expr.each, hint),
        };
    }
  }

  /** A bound variable is outside only together with the comprehension that binds it. */
  #isOutside(ref: Ref, whole: Expr): boolean {
    const { source } = ref;
    if (source.from === "bound") return bindsWithin(whole, source.name);
    return !("node" in source) || !this.#inside.has(source.node);
  }

  #input(expr: Expr, hint: string, isLoop: boolean): Expr {
    const type = typeOf(expr);
    const key = JSON.stringify(expr);
    let name = this.#byExpr.get(key);
    if (name === undefined) {
      name = expr.kind === "ref" ? refName(expr) : hint;
      name = name.replace(/[^A-Za-z0-9]+/g, "-");
      if (name === "run" || this.#byName.has(name))
        name = `${name}-${createHash("sha256").update(key).digest("hex").slice(0, 8)}`;
      this.#byExpr.set(key, name);
      this.#byName.set(name, { expr, type });
    }
    if (isLoop && (type.kind === "list" || type.kind === "tuple")) {
      const length: Expr = { kind: "call", op: "length", args: [expr], type: { kind: "number" } };
      this.#byName.set(lengthInput(name), { expr: length, type: { kind: "number" } });
    }
    return { kind: "ref", source: { from: "input", name }, path: [], type };
  }
}

function refName(ref: Ref): string {
  return [sourceName(ref.source), ...ref.path].join("-");
}

function sourceName(source: RefSource): string {
  switch (source.from) {
    case "param":
    case "input":
    case "bound":
      return source.name;
    case "run":
      return `run-${source.field}`;
    case "output":
      return source.node;
    case "item":
    case "index":
    case "error":
      return `${source.from}-${source.node}`;
  }
}

function bindsWithin(expr: Expr, name: string): boolean {
  switch (expr.kind) {
    case "comprehension":
      return (
        expr.item === name ||
        expr.index === name ||
        [expr.items, expr.each, ...(expr.where ? [expr.where] : [])].some((inner) => bindsWithin(inner, name))
      );
    case "call":
      return expr.args.some((arg) => bindsWithin(arg, name));
    case "list":
      return expr.items.some((item) => bindsWithin(item, name));
    case "record":
      return Object.values(expr.fields).some((value) => bindsWithin(value, name));
    default:
      return false;
  }
}

/** Points what reads or waits for a moved node to its region: `train.auc` becomes `<region>.train.auc`. */
export function redirect(block: Block, moved: ReadonlyMap<NodeId, NodeId>): Block {
  if (moved.size === 0) return block;
  const expr = (value: Expr): Expr =>
    mapRefs(value, (ref) => {
      const region = ref.source.from === "output" ? moved.get(ref.source.node) : undefined;
      if (region === undefined || ref.source.from !== "output") return ref;
      return { ...ref, source: { from: "output", node: region }, path: [ref.source.node, ...ref.path] };
    });
  const nodes = block.nodes.map((node) => {
    const after = [...new Set(node.after.map((id) => moved.get(id) ?? id))];
    return { ...mapOuterExprs(node, expr), after };
  });
  return { nodes, result: expr(block.result) };
}

/** Inside a region nothing refers to the outside any more, except through its inputs. */
function mapOuterExprs(node: Node, change: (expr: Expr) => Expr): Node {
  if (node.kind !== "region") return mapExprs(node, change);
  return {
    ...node,
    inputs: Object.fromEntries(
      Object.entries(node.inputs).map(([name, input]) => [name, { ...input, expr: change(input.expr) }]),
    ),
  };
}
