import { assertNever } from "../invariant.ts";
import type { Node, Pipeline, Type } from "./types.ts";

/** Type of a node's own output. */
export function typeOfNode(node: Node, steps: Pipeline["steps"]): Type {
  switch (node.kind) {
    case "task":
      return steps[node.step]?.output ?? { kind: "absent" };
    case "fail":
      return { kind: "absent" };
    case "forEach":
      return { kind: "list", items: node.type };
    case "branch":
    case "try":
    case "region":
      return node.type;
    default:
      return assertNever(node);
  }
}
