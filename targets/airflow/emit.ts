/** The DAG file: a template for its shape, code for what is in it. */
import Handlebars from "handlebars";
import type { Origin } from "../../compiler/diagnostics/diagnostic.ts";
import { DEFAULT_BACKOFF } from "../../compiler/ir/step.ts";
import type { NodeId } from "../../compiler/ir/types.ts";
import { readAsset } from "./assets.ts";
import { layOutCall, layOutEdges } from "./code.ts";
import type { Lowering } from "./context.ts";
import type { AirflowTask, Argument } from "./model.ts";
import { groupId } from "./names.ts";
import { lowerPipelineOptions, seconds } from "./options.ts";
import { paramSource } from "./params.ts";
import { PythonNames, pythonString, pythonText } from "./python-literal.ts";
import { scheduleArguments } from "./schedule.ts";

const INDENT = "    ";
/** Names that the DAG file imports or binds itself. */
const RESERVED = ["datetime", "index", "pendulum", "task_group", "timedelta"];
/** Modules that a DAG file imports only when it needs them. */
const MODULES: readonly (readonly [module: string, names: readonly string[]])[] = [
  ["region", ["Region", "Stop"]],
  ["settle", ["Catch", "EndBranch", "EndLoop", "EndTry", "Finally", "Try"]],
];

export interface DagFile {
  /** The text, given the name of the package to import from. */
  readonly render: (packageName: string) => string;
  readonly map: (packageName: string) => readonly { readonly line: number; readonly origin: Origin }[];
}

interface Line {
  readonly text: string;
  readonly origin?: Origin;
}

export function emitDag(dag: string, context: Lowering): DagFile {
  const names = new PythonNames(RESERVED);
  const variables = new Map(context.tasks.map((task) => [task.id, names.take(task.id)]));
  const body = [...taskLines(context, variables, names)];
  const header = dagArguments(dag, context);
  const render = (packageName: string): string =>
    template()({
      pipeline: context.input.pipeline.name,
      pendulum: header.some(([, source]) => source.includes("pendulum.")),
      sdk: sdkNames(context, header).join(", "),
      imports: importLines(packageName, context),
      dag: layOutCall("with DAG", header, ":", ""),
      body: body.map(({ text }) => text).join("\n"),
    });
  const map = (packageName: string): { line: number; origin: Origin }[] => {
    let line =
      render(packageName).split("\n").length - body.reduce((sum, { text }) => sum + text.split("\n").length, 0);
    return body.flatMap(({ text, origin }) => {
      const at = line;
      line += text.split("\n").length;
      return origin === undefined ? [] : [{ line: at, origin }];
    });
  };
  return { render, map };
}

let compiled: ((data: object) => string) | undefined;

function template(): (data: object) => string {
  compiled ??= Handlebars.compile(readAsset("templates/airflow/dag.py.hbs"), { noEscape: true, strict: true });
  return compiled;
}

function dagArguments(dag: string, context: Lowering): readonly Argument[] {
  const { pipeline } = context.input;
  const { owner } = pipeline.options;
  const defaults = [
    ...(owner === undefined ? [] : [`"owner": ${pythonString(owner)}`]),
    `"retries": 0`,
    `"retry_delay": ${seconds(DEFAULT_BACKOFF.initial)}`,
    `"retry_exponential_backoff": ${DEFAULT_BACKOFF.factor}`,
  ];
  const params = pipeline.params.map((param) => `${INDENT}    ${pythonString(param.name)}: ${paramSource(param)},\n`);
  return [
    ["dag_id", pythonString(dag)],
    ...scheduleArguments(pipeline.schedule),
    ...lowerPipelineOptions(context),
    ["default_args", `{${defaults.join(", ")}}`],
    ...(params.length === 0 ? [] : [["params", `{\n${params.join("")}${INDENT}}`] as const]),
    ...(pipeline.doc === undefined ? [] : [["doc_md", pythonText(documentation(pipeline.doc), INDENT)] as const]),
  ];
}

/** Airflow takes a text that ends in `.md` for the name of a file. */
function documentation(doc: string): string {
  return doc.endsWith(".md") ? `${doc}\n` : doc;
}

function sdkNames(context: Lowering, header: readonly Argument[]): readonly string[] {
  const names = ["DAG"];
  if (context.input.pipeline.schedule) names.push("CronTriggerTimetable");
  if (header.some(([name]) => name === "params")) names.push("Param");
  if ([...context.loops.values()].some(({ form }) => form === "group")) names.push("task_group");
  return names;
}

function importLines(packageName: string, context: Lowering): string {
  const used = [...new Set([...context.imports.names, ...context.tasks.map((task) => task.operator)])].sort();
  const apart = new Set(MODULES.flatMap(([, names]) => names));
  const lines = [`from ${packageName} import ${used.filter((name) => !apart.has(name)).join(", ")}`];
  for (const [module, names] of MODULES) {
    const needed = used.filter((name) => names.includes(name));
    if (needed.length > 0) lines.push(`from ${packageName}.${module} import ${needed.join(", ")}`);
  }
  return lines.join("\n");
}

/** Tasks in order, a mapped group as a function around its own; then the dependencies. */
function* taskLines(context: Lowering, variables: ReadonlyMap<string, string>, names: PythonNames): Generator<Line> {
  const groups = new Set<NodeId>();
  for (const task of context.tasks) {
    const loop = task.loop === undefined ? undefined : context.loops.get(task.loop);
    if (loop?.form !== "group") {
      yield { text: taskSource(task, context, variables, INDENT), ...(task.origin ? { origin: task.origin } : {}) };
    } else if (!groups.has(loop.id)) {
      groups.add(loop.id);
      yield* groupLines(loop.id, context, variables, names);
    }
  }
  const edges = layOutEdges(edgesOf(context, undefined, variables), INDENT);
  if (edges.length > 0) yield { text: "" };
  for (const text of edges) yield { text };
}

function* groupLines(
  loop: NodeId,
  context: Lowering,
  variables: ReadonlyMap<string, string>,
  names: PythonNames,
): Generator<Line> {
  const inside = context.tasks.filter((task) => task.loop === loop);
  const needed = new Set(context.tasks.filter((task) => task.loop !== loop).flatMap((task) => task.upstream));
  const results = inside.filter((task) => needed.has(task.id)).map((task) => variables.get(task.id) ?? task.id);
  const name = names.take(groupId(loop));
  const deeper = `${INDENT}${INDENT}`;
  yield { text: `\n${INDENT}@task_group(group_id=${pythonString(groupId(loop))}, prefix_group_id=False)` };
  yield { text: `${INDENT}def ${name}(index):` };
  for (const task of inside) {
    yield { text: taskSource(task, context, variables, deeper), ...(task.origin ? { origin: task.origin } : {}) };
  }
  for (const text of layOutEdges(edgesOf(context, loop, variables), deeper)) yield { text };
  yield { text: `${deeper}return ${results.join(", ")}` };
  yield { text: `\n${INDENT}${results.join(", ")} = ${name}.expand(index=${variables.get(loop)}.output)` };
}

function taskSource(
  task: AirflowTask,
  context: Lowering,
  variables: ReadonlyMap<string, string>,
  indent: string,
): string {
  const loop = task.loop === undefined ? undefined : context.loops.get(task.loop);
  const args: Argument[] = [["task_id", pythonString(task.id)], ...task.arguments];
  let before = `${variables.get(task.id)} = ${task.operator}`;
  let after = "";
  if (task.scope === "setup") after = ".as_setup()";
  if (task.scope === "stop") after = ".as_teardown()";
  if (task.scope === "finish") after = ".as_teardown(on_failure_fail_dagrun=True)";
  if (loop?.form === "task") {
    before += ".partial";
    after = `.expand(index=${variables.get(loop.id)}.output)`;
  }
  return layOutCall(before, args, after, indent);
}

/** Edges between tasks of one scope: of a group, or of everything outside of groups. A mapped body comes after its `Items` by being mapped. */
function edgesOf(
  context: Lowering,
  scope: NodeId | undefined,
  variables: ReadonlyMap<string, string>,
): { from: string[]; to: string }[] {
  const inScope = (task: AirflowTask): boolean =>
    scope === undefined
      ? task.loop === undefined || context.loops.get(task.loop)?.form === "task"
      : task.loop === scope;
  return context.tasks.filter(inScope).map((task) => ({
    from: task.upstream.filter((id) => id !== task.loop).map((id) => variables.get(id) ?? id),
    to: variables.get(task.id) ?? task.id,
  }));
}
