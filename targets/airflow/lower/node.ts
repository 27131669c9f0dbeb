/** Node kinds: what Airflow does with each. */
import { invariant } from "../../../compiler/invariant.ts";
import type { Node } from "../../../compiler/ir/types.ts";
import { type Support, supported } from "../../support.ts";
import type { Lowering } from "../context.ts";
import { lowerBranch } from "./branch.ts";
import { lowerFail } from "./fail.ts";
import { lowerForEach } from "./for-each.ts";
import { lowerRegion } from "./region.ts";
import { lowerTask } from "./task.ts";
import { lowerTry } from "./try.ts";

/** Adds the node's tasks after `upstream` and returns the id of the one that is its exit. */
type LowerNode<K extends Node["kind"]> = (
  node: Extract<Node, { kind: K }>,
  upstream: readonly string[],
  context: Lowering,
) => string;

export const nodes: { readonly [K in Node["kind"]]: Support<LowerNode<K>> } = {
  task: { honour: lowerTask },
  branch: { honour: lowerBranch },
  forEach: {
    emulate: lowerForEach,
    how: "task mapping over indices; parallel loops of at most 1,024 items, not inside each other",
  },
  try: {
    emulate: lowerTry,
    how: "a free entry task, and one small task each before the handler, before `finally` and at the end, which judge by task states",
  },
  fail: { honour: lowerFail },
  region: { honour: lowerRegion },
};

export function lowerNode<K extends Node["kind"]>(
  node: Extract<Node, { kind: K }>,
  upstream: readonly string[],
  context: Lowering,
): string {
  const entry: Support<LowerNode<K>> = nodes[node.kind as K];
  const lower = supported(entry);
  invariant(lower, `the table refuses ${node.kind}, and this has no diagnostic`);
  return lower(node, upstream, context);
}
