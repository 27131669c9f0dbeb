/** A block: its nodes in source order, each after its siblings' exits. */
import type { Block } from "../../../compiler/ir/types.ts";
import type { Lowering } from "../context.ts";
import { lowerNode } from "./node.ts";

/**
 * Lowers the nodes of `block`; those without siblings to wait for come after `entry`, if there is one.
 * Returns the exits of the nodes that no sibling waits for: what the block's own exit has to wait for.
 */
export function lowerBlock(block: Block, entry: string | undefined, context: Lowering): string[] {
  const exits = new Map<string, string>();
  for (const node of block.nodes) {
    const after = node.after.map((id) => exits.get(id)).filter((exit) => exit !== undefined);
    exits.set(node.id, lowerNode(node, after.length > 0 || entry === undefined ? after : [entry], context));
  }
  const waitedFor = new Set(block.nodes.flatMap((node) => node.after));
  return block.nodes.filter((node) => !waitedFor.has(node.id)).map((node) => exits.get(node.id) ?? node.id);
}
