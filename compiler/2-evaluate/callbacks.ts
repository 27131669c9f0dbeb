/** The pipeline's body, and what its options want done at its end: `onFailure` as a `catch` around it that throws again, `onSuccess` behind that. */
import type { Span } from "../diagnostics/diagnostic.ts";
import { printExpr } from "../ir/print.ts";
import type { Param } from "../ir/types.ts";
import { callFunction } from "./calls.ts";
import { type Evaluation, report } from "./evaluation.ts";
import { evaluate, settle } from "./expressions.ts";
import { before, goTo, type Item, type Mark, marked, newMark, type Rest } from "./flow.ts";
import { noteWrite } from "./journal.ts";
import type { Callbacks } from "./options.ts";
import type { Cell } from "./scope.ts";
import { run } from "./statements.ts";
import { throwAtRunTime } from "./throw.ts";
import { toExpr } from "./to-expr.ts";
import { attemptAll } from "./try.ts";
import { type FunctionValue, type PipelineValue, STUCK, type Value } from "./values.ts";

/** What the body returns. */
export function runPipeline(
  ev: Evaluation,
  pipeline: PipelineValue,
  given: Value,
  { onFailure, onSuccess }: Callbacks,
): Value {
  const { span } = pipeline.origin;
  const call = (fn: FunctionValue, args: readonly Value[]): Value =>
    settle(ev, callFunction(ev, fn, args, fn.syntax.span, true), fn.syntax.span);
  if (onFailure === undefined && onSuccess === undefined) return call(pipeline.body, [given]);
  for (const [fn, position] of [[onFailure, 1] as const, [onSuccess, 0] as const])
    if (fn !== undefined) checkDefaults(ev, fn, position, pipeline.params);

  const result: Cell = { name: "output", mutable: false, owner: ev.thread, span, value: undefined, ready: true };
  const item = (work: (rest: Rest, stop: Mark) => void): Item => ({
    kind: "do",
    work: (rest, stop) => {
      work(rest, stop);
      return { rest };
    },
  });
  const body = item(() => {
    const value = call(pipeline.body, [given]);
    noteWrite(ev, result);
    result.value = value;
  });
  const guarded: Item =
    onFailure === undefined
      ? body
      : {
          kind: "do",
          work: (rest, stop) =>
            attemptAll(
              ev,
              { body, handler: (error) => item(() => failed(error)), span: pipeline.body.syntax.span },
              rest,
              stop,
            ),
        };
  const failed = (error: Value): void => {
    if (onFailure === undefined) return;
    call(onFailure, [error, given]);
    if (ev.thread?.dead === false) throwAtRunTime(ev, error, onFailure.syntax.span);
  };
  const end = newMark(ev, "function", { async: true });
  const last: Item = { kind: "do", work: (rest, stop) => goTo(end, result.value, rest, stop) };
  const succeeded = onSuccess && item(() => call(onSuccess, [given]));
  const onwards = before(last, marked(end));
  const done = run(ev, before(guarded, succeeded === undefined ? onwards : before(succeeded, onwards)), end);
  return done.kind === "jump" ? done.value : STUCK;
}

/**
 * JavaScript gives a callback the parameters as the run was given them; on an engine those that have a default have it by then. It is the same when
 * the callback writes the same default.
 */
function checkDefaults(
  ev: Evaluation,
  { syntax, scope }: FunctionValue,
  position: number,
  params: readonly Param[],
): void {
  const pattern = syntax.params[position];
  if (pattern === undefined) return;
  for (const param of params) {
    if (param.default === undefined) continue;
    const wrong = (span: Span): void => void report(ev, "TR2073", { name: param.name }, span);
    if (pattern.kind !== "ObjectPattern") {
      wrong(pattern.span);
      continue;
    }
    const property = pattern.properties.find(({ key }) => key === param.name);
    if (property === undefined) {
      if (pattern.rest !== undefined) wrong(pattern.rest.span);
      continue;
    }
    const written = property.value.default;
    const found = written && toExpr(ev, evaluate(ev, written, scope), written.span);
    if (found === undefined || printExpr(found.expr) !== printExpr(param.default)) wrong(property.span);
  }
}
