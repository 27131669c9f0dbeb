/** Modules → pipelines in IR, by partial evaluation: what is known now is computed now, what is not becomes structure. */
import type { Program } from "../1-read/syntax.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { invariant } from "../invariant.ts";
import type { Block, Pipeline } from "../ir/types.ts";
import { nodesOf } from "../ir/walk.ts";
import { runPipeline } from "./callbacks.ts";
import { type Evaluation, inBlock, newEvaluation, report, Writes } from "./evaluation.ts";
import { finishPipeline } from "./finish.ts";
import { runModules } from "./modules.ts";
import { readPipelineOptions } from "./options.ts";
import { paramValue } from "./sdk.ts";
import { toExpr } from "./to-expr.ts";
import { isObject, isStuck, type PipelineValue, type Value } from "./values.ts";

export interface Evaluated {
  readonly pipelines: readonly Pipeline[];
  readonly diagnostics: readonly Diagnostic[];
}

export function evaluateProgram(program: Program): Evaluated {
  const ev = newEvaluation();
  const modules = runModules(ev, program);
  const pipelines: Pipeline[] = [];
  const named = new Map<string, PipelineValue>();
  for (const entry of program.entries) {
    const found = [...(modules.get(entry)?.values() ?? [])].filter((value) => isObject(value, "pipeline"));
    if (found.length === 0 && ev.diagnostics.length === 0)
      report(ev, "TR2066", { file: entry }, { file: entry, start: 0, end: 0 });
    for (const value of new Set(found)) {
      const pipeline = evaluatePipeline(ev, value, named);
      if (pipeline !== undefined) pipelines.push(pipeline);
    }
  }
  return { pipelines, diagnostics: ev.diagnostics };
}

function evaluatePipeline(
  ev: Evaluation,
  value: PipelineValue,
  named: Map<string, PipelineValue>,
): Pipeline | undefined {
  const { span } = value.origin;
  const read = readPipelineOptions(ev, value.options, span);
  const other = read === undefined ? undefined : named.get(read.name);
  if (read !== undefined && other !== undefined)
    report(ev, "TR2067", { name: read.name }, span, [{ span: other.origin.span, message: "the first one" }]);
  if (read !== undefined) named.set(read.name, value);
  if (read?.schedule !== undefined) {
    for (const param of value.params) {
      if (param.default === undefined && !param.optional) report(ev, "TR2068", { name: param.name }, param.origin.span);
    }
  }
  // Fuel and steps are each pipeline's own, so that one's verdict does not depend on another.
  const own: Evaluation = { ...newEvaluation(), diagnostics: ev.diagnostics, reported: ev.reported };
  const params: Value = {
    kind: "record",
    fields: new Map(value.params.map((param) => [param.name, paramValue(param)])),
    owner: null,
  };
  const before = own.diagnostics.length;
  const { block } = inBlock(own, new Writes(), (thread) => {
    const given = runPipeline(own, value, params, read?.callbacks ?? {});
    const said = own.diagnostics.length > before || own.reported.size > 0;
    invariant(!isStuck(given) || thread.dead || said, `\`${value.origin.span.file}\` was left off without a word`);
    const result = thread.dead ? undefined : toExpr(own, given, value.body.syntax.span);
    if (result !== undefined) thread.block.result = result.expr;
  });
  const { block: body, diagnostics } = finishPipeline(block);
  own.diagnostics.push(...diagnostics);
  if (read === undefined || own.diagnostics.slice(before).some((found) => found.severity === "error")) return undefined;
  return {
    name: read.name,
    ...(value.doc === undefined ? {} : { doc: value.doc }),
    params: value.params,
    ...(read.schedule === undefined ? {} : { schedule: read.schedule }),
    options: read.options,
    steps: calledSteps(own, body),
    body,
    origin: value.origin,
  };
}

/** What is evaluated may turn out to be never reached, such as what follows a `throw` that is always met. */
function calledSteps(ev: Evaluation, body: Block): Pipeline["steps"] {
  const called = new Set([...nodesOf(body)].map((node) => (node.kind === "task" ? node.step : undefined)));
  return Object.fromEntries([...ev.steps].filter(([id]) => called.has(id)));
}
