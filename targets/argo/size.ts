/**
 * Loops whose length is known and which would fill the workflow's status: Argo keeps what it hands to each body, once a template on the way, and about a
 * kibibyte about each node. Above 1 MiB the controller gives up, in one shape without a word.
 */
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { ForEach } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";
import type { Plan } from "./plan.ts";
import { loopItems, staticLength } from "./resolve.ts";

const LIMIT_KIB = 1024;
/** A wire above 2 KiB is a reference instead. */
const WIRE_KIB = 2;
/** Compressed: names, phases, times and arguments of a pod node (0.25 of about 1 KiB). */
const NODE_KIB = 0.25;

export function checkLoopSizes(plan: Plan): readonly Diagnostic[] {
  return [...nodesOf(plan.body)].flatMap((node) => (node.kind === "forEach" ? checkLoop(node, plan) : []));
}

function checkLoop(loop: ForEach, plan: Plan): readonly Diagnostic[] {
  const count = staticLength(loopItems(loop, plan.places));
  if (count === undefined) return [];
  const kib = Math.ceil(count * bodyKib(loop, plan));
  return kib > LIMIT_KIB ? [diagnostic("TR6015", { id: loop.id, count, kib }, loop.origin)] : [];
}

/** At most, of one item: the status is compressed, and wires of random text hardly are. */
function bodyKib(loop: ForEach, plan: Plan): number {
  const inside = [...nodesOf(loop.body)];
  const wires = inside.reduce(
    (sum, { id }) => sum + (plan.reads.get(id)?.wires.size ?? 0) + (plan.carried.has(id) ? 1 : 0),
    0,
  );
  return inside.length * NODE_KIB + wires * WIRE_KIB;
}
