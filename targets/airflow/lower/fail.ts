/** `throw`: a task that fails for good, with the evaluated message. */
import type { Fail } from "../../../compiler/ir/types.ts";
import type { Lowering } from "../context.ts";

export function lowerFail(fail: Fail, upstream: readonly string[], context: Lowering): string {
  context.add({
    id: fail.id,
    operator: "Fail",
    arguments: [["message", context.express(fail.message)]],
    upstream,
    origin: fail.origin,
  });
  return fail.id;
}
