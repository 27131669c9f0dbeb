/** `return`. */
import type { Statement } from "../1-read/syntax.ts";
import { handedOn } from "./decide.ts";
import { type Evaluation, report } from "./evaluation.ts";
import { evaluate, settle } from "./expressions.ts";
import { DEAD, findMark, goTo, type Mark, type Rest, type Step } from "./flow.ts";
import type { Scope } from "./scope.ts";
import { isObject, type Value } from "./values.ts";

export function returnStatement(
  ev: Evaluation,
  statement: Extract<Statement, { kind: "Return" }>,
  scope: Scope,
  next: Rest,
  stop: Mark,
): Step {
  const given = statement.value === undefined ? undefined : evaluate(ev, statement.value, scope);
  const found = findMark(next, (mark) => mark.kind === "function" || mark.kind === "finally" || mark.engine === true);
  if (found === undefined) return { done: DEAD };
  const { mark } = found;
  if (mark.kind !== "function") {
    report(ev, mark.kind === "finally" ? "TR2054" : "TR2042", { what: "return" }, statement.span);
    return { done: DEAD };
  }
  return goTo(mark, returned(ev, given, mark, found.passed, statement), next, stop);
}

/**
 * A promise that an async function returns is as good as awaited by it, except inside of a `try`: there JavaScript leaves the `try` first, and its
 * handler never hears of a failure.
 */
function returned(
  ev: Evaluation,
  value: Value,
  to: Mark,
  passed: readonly Mark[],
  statement: Extract<Statement, { kind: "Return" }>,
): Value {
  if (!isObject(value, "promise")) return value;
  if (passed.some((mark) => mark.holds === true)) {
    value.awaited = true;
    return report(ev, "TR2071", {}, statement.span, [{ span: value.span, message: "started here" }]);
  }
  if (value.block !== ev.thread?.block) return value;
  // In an arm of the function it has to have ended when the arm has.
  const inArm = ev.thread.block.arm === true && ev.thread.block !== to.block;
  if (!inArm) return value;
  return to.async === true ? settle(ev, value, statement.span) : handedOn(ev, value);
}
