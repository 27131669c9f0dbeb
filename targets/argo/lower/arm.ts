import type { Block } from "../../../compiler/ir/types.ts";
import type { Context } from "../context.ts";
import { type Value, valueName } from "../names.ts";
import { lowerBlock } from "./block.ts";
import type { Callable } from "./call.ts";
import { lowerNode } from "./node.ts";

/** A block that something calls. One node with a template of its own needs no DAG around it. */
export function lowerArm(block: Block, name: string, exports: readonly Value[], cx: Context): Callable {
  const [only, ...more] = block.nodes;
  if (only && more.length === 0 && (only.kind === "task" || only.kind === "branch"))
    return lowerNode(only, cx).callable;
  return lowerBlock(
    block,
    cx.names.helper(name),
    exports.map((value) => ({ name: valueName(value), value })),
    cx,
  );
}
