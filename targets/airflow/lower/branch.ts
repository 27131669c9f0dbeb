/**
 * A branch: a task that evaluates the condition and skips the arm that is not taken, and an end task.
 *
 * The end waits for both arms and for the branch itself, by "none failed, at least one succeeded", and is free. The branch is the one success when
 * an arm is empty, and the one that is missing when the whole branch stands in an arm that is not taken: so no end ever runs in a skipped arm.
 */
import type { Block, Branch, Expr } from "../../../compiler/ir/types.ts";
import type { Lowering } from "../context.ts";
import { openTasks } from "../graph.ts";
import type { Argument } from "../model.ts";
import { endId, exitId } from "../names.ts";
import { pythonString } from "../python-literal.ts";
import { lowerBlock } from "./block.ts";

export function lowerBranch(branch: Branch, upstream: readonly string[], context: Lowering): string {
  const arms = [branch.then, branch.else];
  const made: Argument[] = [["condition", context.express(branch.condition)]];
  if (context.loop === undefined) {
    // Which tasks the branch starts: those that have it as their upstream, or the end when the arm is empty.
    const [then = [], otherwise = []] = arms.map((arm) => (arm.nodes.length > 0 ? entries(arm) : [endId(branch.id)]));
    made.push(["then", list(then)], ["otherwise", list(otherwise)]);
  }
  if (!arms.every(({ result }) => yieldsNothing(result))) {
    made.push(["result", `(${arms.map(({ result }) => context.express(result)).join(", ")})`]);
  }
  context.add({ id: branch.id, operator: "Branch", arguments: made, upstream, origin: branch.origin });
  return context.loop === undefined ? outsideLoops(branch, context) : mapped(branch, context);
}

function outsideLoops({ id, origin, ...arms }: Branch, context: Lowering): string {
  const exits = [arms.then, arms.else].flatMap((arm) => context.optionally(() => lowerBlock(arm, id, context)));
  context.add({ id: endId(id), operator: "End", arguments: [], upstream: [id, ...exits], origin });
  return endId(id);
}

/**
 * In a mapped body Airflow 3.3 takes no notice of which tasks a branch wants skipped (`NotPreviouslySkippedDep` asks for what the branch left at
 * index -1), and "at least one succeeded" waits for all items and fails them all when one has failed, because it is asked before the tasks are
 * mapped. So the first tasks of an arm look themselves whether it is theirs, and the end is free only where the branch is never skipped itself.
 */
function mapped({ id, origin, ...arms }: Branch, context: Lowering): string {
  const first = context.tasks.length;
  const exits = [arms.then, arms.else].flatMap((arm) => {
    const when: Argument = ["when", `(${pythonString(id)}, ${arm === arms.then ? "True" : "False"})`];
    for (const entry of entries(arm)) context.guard(entry, when);
    return context.optionally(() => lowerBlock(arm, id, context));
  });
  if (context.optional) {
    const members = ([name, arm]: [string, Block]): Argument => [name, list(arm.nodes.map(exitId))];
    const made: Argument[] = [
      ["of", pythonString(id)],
      members(["then", arms.then]),
      members(["otherwise", arms.else]),
    ];
    const inside = openTasks(context.tasks.slice(first));
    context.add({ id: endId(id), operator: "EndBranch", arguments: made, upstream: [id, ...inside], origin });
  } else {
    const rule: Argument = ["trigger_rule", pythonString("none_failed")];
    context.add({ id: endId(id), operator: "End", arguments: [rule], upstream: [id, ...exits], origin });
  }
  return endId(id);
}

/** The tasks that wait for nothing in the arm. */
function entries(arm: Block): string[] {
  return arm.nodes.filter(({ after }) => after.length === 0).map(({ id }) => id);
}

function list(ids: readonly string[]): string {
  return `[${ids.map(pythonString).join(", ")}]`;
}

function yieldsNothing(result: Expr): boolean {
  return result.kind === "absent" || (result.kind === "record" && Object.keys(result.fields).length === 0);
}
