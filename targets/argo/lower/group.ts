import type { Try } from "../../../compiler/ir/types.ts";
import type { Context } from "../context.ts";
import { valueName } from "../names.ts";
import { lowerBlock } from "./block.ts";
import type { Lowered } from "./call.ts";

/** Steps that stand in a DAG of their own only because the one around it would be too long (nest.ts). */
export function lowerGroup(group: Try, cx: Context): Lowered {
  const exports = (cx.plan.exports.get(group.id) ?? []).map((value) => ({ name: valueName(value), value }));
  return { callable: lowerBlock(group.body, group.id, exports, cx), reads: new Map(), maySkip: false };
}
