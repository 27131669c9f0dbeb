import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { bindParams, parseParam } from "../../compiler/ir/params.ts";
import type { Json, Pipeline } from "../../compiler/ir/types.ts";
import { PACKAGE_ROOT } from "../../compiler/package.ts";
import { createProgress } from "../../targets/local/progress.ts";
import { type LocalRun, runContextOf } from "../../targets/local/run-context.ts";
import { runLocally } from "../../targets/local/run-locally.ts";
import { loadProject } from "../project.ts";
import { readPipelines } from "../read-pipelines.ts";
import { reportProblems } from "../report.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";
import { localEnvironments, makeEnvironments } from "./env.ts";

interface Options {
  readonly project?: string;
  readonly param: readonly string[];
  readonly day?: string;
  readonly python?: string;
  readonly concurrency?: number;
  readonly json?: boolean;
}

export function addRun(program: Command, terminal: Terminal): void {
  program
    .command("run <pipeline>")
    .summary("run a pipeline on this machine")
    .description(
      "Run one pipeline here, every step as a process of its own, with the meaning that it has on the engines. Images are not used.",
    )
    .option("-p, --project <folder>", "folder with twinrail.json (default: the nearest one above)")
    .option(
      "--param <name=value>",
      "a parameter: text where its type is string, JSON elsewhere; repeatable",
      (item: string, all: string[]) => [...all, item],
      [],
    )
    .option(
      "--day <date>",
      "run as the schedule would for this day, e.g. 2026-01-31 (default: a manual run, now)",
      parseDay,
    )
    .option("--python <path>", "interpreter for the steps (default: python3)")
    .option("-j, --concurrency <n>", "tasks at a time (default: the number of cores)", parseCount)
    .option("--json", "the run's summary as one JSON document on standard output")
    .addHelpText(
      "after",
      `
Examples:
  twinrail run churn
  twinrail run churn --param day=2026-01-31 --param threshold=0.7
  twinrail run churn --json | jq .state

Secrets come from the environment: secret("hf", "token") is TWINRAIL_SECRET_HF__TOKEN.
Logs, artifacts and a summary stay in .twinrail/runs/<run>/.`,
    )
    .action((pipeline: string, options: Options) => run(pipeline, options, terminal));
}

async function run(name: string, options: Options, terminal: Terminal): Promise<void> {
  const json = options.json ?? false;
  const { loaded, diagnostics, texts } = loadProject({ ...options, pipelines: [name] });
  reportProblems(diagnostics, texts, terminal, json);
  if (loaded === undefined) throw new Exit(EXIT.failed);
  const read = readPipelines(loaded);
  reportProblems(read.diagnostics, read.sources, terminal, json);
  const pipeline = read.pipelines.find((found) => found.name === name) ?? read.pipelines[0];
  if (pipeline === undefined) {
    reportProblems([diagnostic("TR8020", { globs: name })], texts, terminal, json);
    throw new Exit(EXIT.failed);
  }

  const environments = makeEnvironments(loaded, [pipeline], localEnvironments(), terminal, json);
  const context = newRun(pipeline, options.day);
  const params = readParams(pipeline, options.param, context, terminal);
  const folder = join(loaded.root, ".twinrail", "runs", context.id);
  const stop = new AbortController();
  // A second Ctrl-C changes nothing: the children are being ended.
  const onSignal = (): void => stop.abort();
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const progress = json ? undefined : createProgress({ out: process.stderr, color: terminal.color });
  const ticks = terminal.interactive ? setInterval(() => progress?.redraw(), 200) : undefined;
  const { summary } = await runLocally({
    pipeline,
    params,
    run: context,
    folder,
    sources: loaded.root,
    runtime: join(PACKAGE_ROOT, "runtime"),
    signal: stop.signal,
    pythons: Object.fromEntries(environments.map(({ file, folder }) => [file, join(folder, "bin/python")])),
    ...(options.python === undefined ? {} : { python: options.python }),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(progress === undefined ? {} : { onEvent: progress.onEvent }),
  });
  clearInterval(ticks);
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  if (json) terminal.out(`${JSON.stringify({ version: 1, ...summary }, null, 2)}\n`);
  progress?.end(summary);
  if (summary.state !== "succeeded") throw new Exit(EXIT.failed);
}

/** A manual run starts now; `--day` is the run that the schedule makes for that day, at its midnight where no finer time matters. */
function newRun(pipeline: Pipeline, day: string | undefined): LocalRun {
  const started = new Date().toISOString();
  const timezone = pipeline.schedule?.timezone ?? "UTC";
  const id = `${pipeline.name}-${started.slice(0, 19).replaceAll(/[-:]/g, "")}-${process.pid}`;
  return day === undefined ? { id, started, timezone } : { id, started, timezone, scheduled: noonOf(day) };
}

/** An instant that is on that day in every time zone from -11 to +11, and so in nearly all. */
function noonOf(day: string): string {
  return `${day}T12:00:00.000Z`;
}

function readParams(
  pipeline: Pipeline,
  items: readonly string[],
  run: LocalRun,
  terminal: Terminal,
): Readonly<Record<string, Json>> {
  const given: Record<string, Json> = {};
  const problems: string[] = [];
  for (const item of items) {
    const at = item.indexOf("=");
    const name = at < 0 ? item : item.slice(0, at);
    const param = pipeline.params.find((found) => found.name === name);
    if (at < 0) problems.push(`--param takes name=value, not ${item}`);
    else if (param === undefined)
      problems.push(
        `${pipeline.name} has no parameter \`${name}\` (it has: ${pipeline.params.map((found) => found.name).join(", ") || "none"})`,
      );
    else {
      const parsed = parseParam(param, item.slice(at + 1));
      if ("problem" in parsed) problems.push(parsed.problem);
      else given[name] = parsed.value;
    }
  }
  const bound = bindParams(pipeline, given, runContextOf(run));
  if (problems.length + bound.problems.length === 0) return bound.values;
  for (const problem of [...problems, ...bound.problems]) terminal.err(`${problem}\n`);
  throw new Exit(EXIT.usage);
}

function parseDay(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(`${text}T00:00:00Z`)))
    throw new InvalidArgumentError("a day is written 2026-01-31");
  return text;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("a whole number, at least 1");
  return count;
}
