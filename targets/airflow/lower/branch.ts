/**
 * A branch: a task that evaluates the condition and skips the arm that is not taken, and a free end task.
 *
 * The end waits for both arms and for the branch itself, by "none failed, at least one succeeded". The branch is the one success when an arm is
 * empty, and the one that is missing when the whole branch stands in an arm that is not taken: so no end ever runs in a skipped arm.
 */
import type { Branch, Expr } from "../../../compiler/ir/types.ts";
import type { Lowering } from "../context.ts";
import type { Argument } from "../model.ts";
import { endId } from "../names.ts";
import { pythonString } from "../python-literal.ts";
import { lowerBlock } from "./block.ts";

export function lowerBranch(branch: Branch, upstream: readonly string[], context: Lowering): string {
  const end = endId(branch.id);
  const arms = [branch.then, branch.else];
  // Which tasks the branch starts: those that have it as their upstream, or the end when the arm is empty.
  const [then, otherwise] = arms.map((arm) => {
    const entries = arm.nodes.filter((node) => node.after.length === 0).map((node) => pythonString(node.id));
    return `[${entries.length > 0 ? entries.join(", ") : pythonString(end)}]`;
  });
  const made: Argument[] = [
    ["condition", context.express(branch.condition)],
    ["then", then ?? "[]"],
    ["otherwise", otherwise ?? "[]"],
  ];
  if (!arms.every(({ result }) => yieldsNothing(result))) {
    made.push(["result", `(${arms.map(({ result }) => context.express(result)).join(", ")})`]);
  }
  context.add({ id: branch.id, operator: "Branch", arguments: made, upstream, origin: branch.origin });
  const exits = arms.flatMap((arm) => lowerBlock(arm, branch.id, context));
  context.add({ id: end, operator: "End", arguments: [], upstream: [branch.id, ...exits], origin: branch.origin });
  return end;
}

function yieldsNothing(result: Expr): boolean {
  return result.kind === "absent" || (result.kind === "record" && Object.keys(result.fields).length === 0);
}
