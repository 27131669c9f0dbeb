/** `throw`: a task that fails for good, with the evaluated message or with the very error that a handler caught. */
import type { Fail } from "../../../compiler/ir/types.ts";
import type { Lowering } from "../context.ts";

export function lowerFail(fail: Fail, upstream: readonly string[], context: Lowering): string {
  context.add({
    id: fail.id,
    operator: "Fail",
    arguments: [
      fail.error === undefined ? ["message", context.express(fail.message)] : ["error", context.express(fail.error)],
    ],
    upstream,
    origin: fail.origin,
  });
  return fail.id;
}
