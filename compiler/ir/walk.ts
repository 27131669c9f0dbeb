/** Visiting the IR: one place that knows which node holds which blocks and expressions. */
import { assertNever } from "../invariant.ts";
import type { Block, Expr, Node, Ref } from "./types.ts";

/** Blocks directly inside a node, in source order. */
export function blocksOf(node: Node): readonly Block[] {
  switch (node.kind) {
    case "task":
    case "fail":
      return [];
    case "branch":
      return [node.then, node.else];
    case "forEach":
      return [node.body];
    case "try":
      return [node.body, ...(node.handler ? [node.handler] : []), ...(node.finally ? [node.finally] : [])];
    case "region":
      return [node.block];
    default:
      return assertNever(node);
  }
}

/** Expressions that the node itself evaluates (not those of the blocks inside). */
export function exprsOf(node: Node): readonly Expr[] {
  switch (node.kind) {
    case "task":
      return Object.values(node.inputs);
    case "branch":
      return [node.condition];
    case "forEach":
      return [node.items];
    case "try":
      return [];
    case "fail":
      return node.error === undefined ? [node.message] : [node.message, node.error];
    case "region":
      return Object.values(node.inputs).map((input) => input.expr);
    default:
      return assertNever(node);
  }
}

/** Every node at every depth, outer before inner, in source order. */
export function* nodesOf(block: Block): Generator<Node> {
  for (const node of block.nodes) {
    yield node;
    for (const inner of blocksOf(node)) yield* nodesOf(inner);
  }
}

/** Every reference in an expression. */
export function* refsOf(expr: Expr): Generator<Ref> {
  switch (expr.kind) {
    case "literal":
    case "absent":
      return;
    case "ref":
      yield expr;
      return;
    case "call":
      for (const arg of expr.args) yield* refsOf(arg);
      return;
    case "list":
      for (const item of expr.items) yield* refsOf(item);
      return;
    case "record":
      for (const value of Object.values(expr.fields)) yield* refsOf(value);
      return;
    case "comprehension":
      yield* refsOf(expr.items);
      if (expr.where) yield* refsOf(expr.where);
      yield* refsOf(expr.each);
      return;
    default:
      assertNever(expr);
  }
}

/** Every reference in the block, at every depth, results included. */
export function* refsInBlock(block: Block): Generator<Ref> {
  for (const node of block.nodes) {
    for (const expr of exprsOf(node)) yield* refsOf(expr);
    for (const inner of blocksOf(node)) yield* refsInBlock(inner);
  }
  yield* refsOf(block.result);
}

/** A copy of the expression with every reference replaced by what `replace` gives for it. */
export function mapRefs(expr: Expr, replace: (ref: Ref) => Expr): Expr {
  switch (expr.kind) {
    case "literal":
    case "absent":
      return expr;
    case "ref":
      return replace(expr);
    case "call":
      return { ...expr, args: expr.args.map((arg) => mapRefs(arg, replace)) };
    case "list":
      return { ...expr, items: expr.items.map((item) => mapRefs(item, replace)) };
    case "record":
      return {
        ...expr,
        fields: Object.fromEntries(Object.entries(expr.fields).map(([key, value]) => [key, mapRefs(value, replace)])),
      };
    case "comprehension":
      return {
        ...expr,
        items: mapRefs(expr.items, replace),
        ...(expr.where ? { where: mapRefs(expr.where, replace) } : {}),
        each: mapRefs(expr.each, replace),
      };
    default:
      return assertNever(expr);
  }
}
