import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { VERSION } from "../../compiler/package.ts";
import { formatLock, imageReferences, LOCK_FILE, lockImages } from "../../images/images.ts";
import { loadProject } from "../project.ts";
import { readPipelines } from "../read-pipelines.ts";
import { addRegistryOptions, openRegistries, type RegistryOptions } from "../registries.ts";
import { reportProblems } from "../report.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options extends RegistryOptions {
  readonly project?: string;
  readonly update?: string[] | true;
}

export function addLock(program: Command, terminal: Terminal): void {
  const command = program
    .command("lock")
    .summary("resolve image references to digests")
    .description(
      `Ask registries what each image reference means today, and write ${LOCK_FILE}. Compiling works from that file alone.`,
    )
    .option("-p, --project <folder>", "folder with twinrail.json (default: the nearest one above)")
    .option("-u, --update [images...]", "resolve again what is locked already (default: all)")
    .addHelpText("after", "\nExamples:\n  twinrail lock\n  twinrail lock --update pytorch/pytorch:2.9-cuda12.6-runtime")
    .action((options: Options) => runLock(options, terminal));
  addRegistryOptions(command);
}

async function runLock(options: Options, terminal: Terminal): Promise<void> {
  const { loaded, diagnostics, texts } = loadProject({ ...options, pipelines: [] });
  reportProblems(diagnostics, texts, terminal);
  if (loaded?.runtimeLayer === undefined) throw new Exit(EXIT.failed);
  const { pipelines, diagnostics: problems, sources } = readPipelines(loaded);
  reportProblems(problems, sources, terminal);
  // Shared steps run in a container only when everything goes to Kubernetes.
  const steps = pipelines
    .flatMap((pipeline) => Object.values(pipeline.steps))
    .filter((step) => step.placement === "isolated" || loaded.project.sharedImage !== undefined);
  const result = await lockImages({
    references: imageReferences(loaded.project, steps),
    ...(loaded.lock === undefined ? {} : { previous: loaded.lock }),
    ...(options.update === undefined ? {} : { update: options.update === true ? "all" : options.update }),
    runtimeLayer: loaded.runtimeLayer,
    twinrail: VERSION,
    registry: openRegistries(options),
  });
  reportProblems(result.diagnostics, new Map([...texts, ...sources]), terminal);
  if (result.lock === undefined) throw new Exit(EXIT.failed);
  writeFileSync(join(loaded.root, LOCK_FILE), formatLock(result.lock));
  for (const [reference, image] of Object.entries(result.lock.images))
    terminal.err(`${reference}\n  ${image.digest} ${image.platform}\n`);
  terminal.err(`wrote ${LOCK_FILE}\n`);
}
