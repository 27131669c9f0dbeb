import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { VERSION } from "../../compiler/package.ts";
import {
  formatLock,
  imageReferences,
  LOCK_FILE,
  type Lock,
  type LockChange,
  lockChanges,
  lockImages,
  readRequirements,
  requirementsOnImages,
} from "../../images/images.ts";
import { npmIntegrity } from "../npm-integrity.ts";
import { loadProject } from "../project.ts";
import { containerSteps, readPipelines } from "../read-pipelines.ts";
import { addRegistryOptions, openRegistries, type RegistryOptions } from "../registries.ts";
import { reportProblems } from "../report.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options extends RegistryOptions {
  readonly project?: string;
  readonly update?: string[] | true;
  readonly check?: boolean;
  readonly json?: boolean;
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
    .option("--check", "write nothing; exit with 1 when locking everything again would change the file")
    .option("--json", "one JSON document on standard output")
    .addHelpText(
      "after",
      `
Examples:
  twinrail lock                                                what is new, and leave out what is not used any more
  twinrail lock --update pytorch/pytorch:2.9-cuda12.6-runtime  this one again
  twinrail lock --check --json | jq .changes                   which tags have moved`,
    )
    .action((options: Options) => runLock(options, terminal));
  addRegistryOptions(command);
}

async function runLock(options: Options, terminal: Terminal): Promise<void> {
  const { check = false, json = false } = options;
  const { loaded, diagnostics, texts } = loadProject({ ...options, pipelines: [] });
  reportProblems(diagnostics, texts, terminal, json);
  if (loaded?.runtimeLayer === undefined) throw new Exit(EXIT.failed);
  const { pipelines, diagnostics: problems, sources } = readPipelines(loaded);
  reportProblems(problems, sources, terminal, json);
  const update = check || options.update === true ? "all" : options.update;
  const steps = containerSteps(pipelines, loaded.project);
  const wanted = requirementsOnImages(loaded.project, steps);
  const read = readRequirements(loaded.root, wanted);
  const all = new Map([...texts, ...sources, ...[...read.files].map(([file, { text }]) => [file, text] as const)]);
  reportProblems(read.diagnostics, all, terminal, json);
  const integrity = npmIntegrity(loaded.root, VERSION);
  const result = await lockImages({
    references: imageReferences(loaded.project, steps),
    wheels: { wanted, files: read.files, project: loaded.project },
    ...(loaded.lock === undefined ? {} : { previous: loaded.lock }),
    ...(update === undefined ? {} : { update }),
    runtimeLayer: loaded.runtimeLayer,
    twinrail: VERSION,
    ...(integrity === undefined ? {} : { integrity }),
    registry: openRegistries(options),
  });
  reportProblems(result.diagnostics, all, terminal, json);
  if (result.lock === undefined) throw new Exit(EXIT.failed);
  const changes = lockChanges(loaded.lock, result.lock);
  if (!check) writeFileSync(join(loaded.root, LOCK_FILE), formatLock(result.lock));
  if (json) terminal.out(`${JSON.stringify({ version: 1, written: !check, changes }, null, 2)}\n`);
  else tell(result.lock, changes, check, terminal);
  if (check && changes.length > 0) throw new Exit(EXIT.failed);
}

function tell(lock: Lock, changes: readonly LockChange[], check: boolean, terminal: Terminal): void {
  if (!check) {
    for (const [reference, image] of Object.entries(lock.images))
      terminal.err(`${reference}\n  ${image.digest} ${image.platform}\n`);
    for (const [name, { digest, size }] of Object.entries(lock.requirements ?? {}))
      terminal.err(`${name}\n  ${digest} ${size.toLocaleString("en-US")} bytes\n`);
    terminal.err(`wrote ${LOCK_FILE}\n`);
    return;
  }
  for (const { name, locked = "not locked", now = "not used any more" } of changes)
    terminal.err(`${name}\n  ${locked}\n  ${now}\n`);
  terminal.err(
    changes.length === 0
      ? `${LOCK_FILE} is up to date\n`
      : `${LOCK_FILE} is not up to date: run \`twinrail lock --update\`\n`,
  );
}
