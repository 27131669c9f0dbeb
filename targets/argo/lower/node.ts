/** What Argo does with each kind of node: the support table of constructs. */
import { diagnostic } from "../../../compiler/diagnostics/diagnostic.ts";
import { invariant } from "../../../compiler/invariant.ts";
import type { Node } from "../../../compiler/ir/types.ts";
import type { Support } from "../../support.ts";
import type { Context } from "../context.ts";
import { isGroup } from "../places.ts";
import { lowerBranch } from "./branch.ts";
import type { Lowered } from "./call.ts";
import { lowerForEach } from "./forEach.ts";
import { lowerGroup } from "./group.ts";
import { lowerTask } from "./task.ts";
import { lowerTry } from "./try.ts";

type Lower<K extends Node["kind"]> = (node: Extract<Node, { kind: K }>, cx: Context) => Lowered;

export const nodes: { readonly [K in Node["kind"]]: Support<Lower<K>> } = {
  task: { honour: lowerTask },
  branch: { honour: lowerBranch },
  forEach: {
    emulate: lowerForEach,
    how: "a sequence over indices; an item's `key` is for people and not shown, Argo tells instances apart by index",
  },
  try: {
    emulate: (node, cx) => (isGroup(node) ? lowerGroup(node, cx) : lowerTry(node, cx)),
    how: "a DAG whose tasks follow each other by explicit results; what was caught is read from the artifact root",
  },
  fail: {
    emulate: (): Lowered => {
      invariant(false, "`throw` is a task by now (legalise.ts)");
    },
    how: "a pod that evaluates the message and fails with it",
  },
  region: { refuse: "a region is run by the engine that conducts", instead: "compile with `--target airflow,argo`" },
};

export function lowerNode(node: Node, cx: Context): Lowered {
  const entry = nodes[node.kind] as Support<(node: Node, cx: Context) => Lowered>;
  if ("refuse" in entry) {
    cx.report(
      diagnostic(
        "TR6003",
        { construct: `\`${node.id}\` (${node.kind})`, reason: entry.refuse, instead: entry.instead },
        node.origin,
      ),
    );
    // Never emitted: with an error there is no output.
    return {
      callable: { template: node.id, needs: new Map(), outputName: () => "out" },
      reads: new Map(),
      maySkip: false,
    };
  }
  return ("honour" in entry ? entry.honour : entry.emulate)(node, cx);
}
