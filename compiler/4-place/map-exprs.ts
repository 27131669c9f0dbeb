/** A copy of a node, at every depth, with its expressions changed. */
import { assertNever, invariant } from "../invariant.ts";
import type { Block, Expr, Node, Ref } from "../ir/types.ts";

/** `change` gets the node that evaluates the expression and, of a task, the input's name. */
export type ChangeExpr = (expr: Expr, owner: Node, field: string | undefined) => Expr;

export function mapExprs(node: Node, change: ChangeExpr): Node {
  const block = (inner: Block): Block => ({
    nodes: inner.nodes.map((child) => mapExprs(child, change)),
    result: change(inner.result, node, undefined),
  });
  switch (node.kind) {
    case "task":
      return {
        ...node,
        inputs: Object.fromEntries(Object.entries(node.inputs).map(([name, expr]) => [name, change(expr, node, name)])),
      };
    case "fail":
      return {
        ...node,
        message: change(node.message, node, "message"),
        ...(node.error === undefined ? {} : { error: changedRef(node.error, node, change) }),
      };
    case "branch":
      return {
        ...node,
        condition: change(node.condition, node, "condition"),
        then: block(node.then),
        else: block(node.else),
      };
    case "forEach":
      return {
        ...node,
        items: change(node.items, node, "items"),
        ...(node.key === undefined ? {} : { key: change(node.key, node, "key") }),
        body: block(node.body),
      };
    case "try":
      return {
        ...node,
        body: block(node.body),
        ...(node.handler === undefined ? {} : { handler: block(node.handler) }),
        ...(node.finally === undefined ? {} : { finally: block(node.finally) }),
      };
    case "region":
      return {
        ...node,
        inputs: Object.fromEntries(
          Object.entries(node.inputs).map(([name, input]) => [
            name,
            { ...input, expr: change(input.expr, node, name) },
          ]),
        ),
        block: block(node.block),
      };
    default:
      return assertNever(node);
  }
}

function changedRef(ref: Ref, owner: Node, change: ChangeExpr): Ref {
  const changed = change(ref, owner, "error");
  invariant(changed.kind === "ref", `what \`${owner.id}\` throws again is a reference`);
  return changed;
}
