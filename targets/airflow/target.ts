/**
 * Airflow 3.3: a pipeline as one DAG file and a content-addressed package beside it.
 *
 * What Airflow does with each node kind, operator and option: the tables of lower/node.ts, express.ts and options.ts.
 */
import { hasErrors } from "../../compiler/diagnostics/diagnostic.ts";
import type { OutputFile, TargetInput, TargetOutput } from "../target.ts";
import { Lowering } from "./context.ts";
import { emitDag } from "./emit.ts";
import { lastTasks } from "./graph.ts";
import { lowerBlock } from "./lower/block.ts";
import { dagId, FINISH, moduleName, START } from "./names.ts";
import { packageDigest, packageFiles } from "./package.ts";
import { pythonString } from "./python-literal.ts";
import { settings } from "./settings.ts";

/** From here on reading the file takes a good part of a task's start (0.15 s with a small file). */
const MANY_TASKS = 300;
/** Measured on Airflow 3.3.2: 124 ms for 1,000 tasks, growing with their number. */
const MILLISECONDS_A_TASK = 0.124;

/** Files below `airflow/`, none when something was refused. Regions must be placed and compiled (`input.regions`). */
export function emitAirflow(input: TargetInput): TargetOutput {
  const context = new Lowering(input);
  context.add({ id: START, operator: "Start", arguments: [], upstream: [], scope: "setup" });
  const exits = lowerBlock(input.pipeline.body, START, context);
  context.add({
    id: FINISH,
    operator: "Finish",
    arguments: [["must", `[${exits.map(pythonString).join(", ")}]`]],
    upstream: [...new Set([START, ...lastTasks(context.tasks)])],
    scope: "finish",
  });
  if (context.tasks.length > MANY_TASKS) {
    const milliseconds = Math.round(context.tasks.length * MILLISECONDS_A_TASK);
    context.report("TR5012", { tasks: context.tasks.length, milliseconds }, input.pipeline.origin);
  }
  const dag = dagId(input.pipeline, input.project);
  const file = emitDag(dag, context);
  if (hasErrors(context.diagnostics)) return { files: [], diagnostics: context.diagnostics };

  const files = packageFiles(input, settings(input, context.tasks));
  const module = moduleName(dag);
  const packageName = `twinrail_${module}_${packageDigest(file.render("twinrail"), files)}`;
  const text = file.render(packageName);
  const output: OutputFile[] = [
    { path: "airflow/.airflowignore", content: "twinrail_*/\n.twinrail/\n" },
    { path: `airflow/${module}.py`, content: text, map: file.map(packageName) },
    ...files.map(({ path, content }) => ({ path: `airflow/${packageName}/${path}`, content })),
  ];
  const bytes = Buffer.byteLength(text);
  const sizes = [{ engine: "airflow", of: `airflow/${module}.py`, tasks: context.tasks.length, bytes }] as const;
  return { files: output, diagnostics: context.diagnostics, sizes };
}
