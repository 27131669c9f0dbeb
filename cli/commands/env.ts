import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { diagnostic, hasErrors } from "../../compiler/diagnostics/diagnostic.ts";
import type { Pipeline } from "../../compiler/ir/types.ts";
import {
  makeEnvironment,
  originOfRequirements,
  RegistryError,
  readRequirements,
  unpinned,
} from "../../images/images.ts";
import { type LoadedProject, loadProject } from "../project.ts";
import { readPipelines } from "../read-pipelines.ts";
import { reportProblems } from "../report.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options {
  readonly project?: string;
  readonly root?: string;
  readonly json?: boolean;
}

export interface Environment {
  readonly file: string;
  readonly folder: string;
  readonly how: "present" | "made";
}

export function addEnv(program: Command, terminal: Terminal): void {
  const env = program
    .command("env")
    .summary("make the Python environments of shared steps")
    .description("Python environments apart from Airflow's own, which shared steps name by `environment`.")
    .addHelpText("after", "\nExamples:\n  twinrail env sync\n  twinrail env sync --help");
  env
    .command("sync")
    .summary("make the environments that steps name")
    .description(
      "Make the environment of each requirements file that a shared step names by `environment`, with uv. An environment is named after what is in it and never changes; those that are there stay as they are. Run it on each of Airflow's workers, or on the volume that they share.",
    )
    .option("-p, --project <folder>", "folder with twinrail.json (default: the nearest one above)")
    .option("--root <folder>", "where to make them (default: `airflow.environments` of twinrail.json)")
    .option("--json", "one JSON document on standard output")
    .addHelpText("after", "\nExamples:\n  twinrail env sync\n  twinrail env sync --root /mnt/shared/environments")
    .action((options: Options) => syncEnvironments(options, terminal));
}

function syncEnvironments(options: Options, terminal: Terminal): void {
  const json = options.json ?? false;
  const { loaded, diagnostics, texts } = loadProject({ ...options, pipelines: [] });
  reportProblems(diagnostics, texts, terminal, json);
  if (loaded === undefined) throw new Exit(EXIT.failed);
  const read = readPipelines(loaded);
  reportProblems(read.diagnostics, read.sources, terminal, json);
  const root =
    options.root ??
    process.env.TWINRAIL_ENVIRONMENTS ??
    loaded.project.airflow.environments ??
    "/opt/twinrail/environments";
  const made = makeEnvironments(loaded, read.pipelines, root, terminal, json);
  if (json) {
    terminal.out(`${JSON.stringify({ version: 1, root, environments: made }, null, 2)}\n`);
    return;
  }
  for (const { file, folder, how } of made) terminal.err(`${how.padEnd(8)} ${folder} (${file})\n`);
  if (made.length === 0) terminal.err("no step names an environment\n");
}

/** Where `run` keeps environments: this machine's, whatever the workers' folder is. */
export function localEnvironments(): string {
  const cache = process.env.TWINRAIL_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "twinrail");
  return process.env.TWINRAIL_ENVIRONMENTS || join(cache, "environments");
}

/** Each environment that steps of these pipelines name; ends the command when one cannot be made. */
export function makeEnvironments(
  { root: project, project: { airflow, artifactRoot } }: LoadedProject,
  pipelines: readonly Pipeline[],
  root: string,
  terminal: Terminal,
  json = false,
): readonly Environment[] {
  const steps = pipelines
    .flatMap((pipeline) => Object.values(pipeline.steps))
    .filter((step) => step.options.environment !== undefined);
  const named = steps.map((step) => ({ file: step.options.environment ?? "", origin: originOfRequirements(step) }));
  const { files, diagnostics } = readRequirements(project, named);
  const texts = new Map([...files].map(([file, { text }]) => [file, text] as const));
  const problems = [...diagnostics, ...[...files.values()].flatMap(unpinned)];
  const [first] = steps;
  if (first !== undefined && airflow.python === undefined) problems.push(diagnostic("TR7084", { step: first.id }));
  reportProblems(problems, texts, terminal, json);
  if (hasErrors(problems) || airflow.python === undefined) return [];
  const made: Environment[] = [];
  for (const file of files.values()) {
    try {
      const { name, how } = makeEnvironment(file, airflow.python, root, !artifactRoot.startsWith("file://"));
      made.push({ file: file.file, folder: join(root, name), how });
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      reportProblems([error.at()], texts, terminal, json);
    }
  }
  return made;
}
