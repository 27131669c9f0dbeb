import type { Command } from "commander";
import { sourceOf } from "../../gitops/verify/deployed.ts";
import { Repository } from "../../gitops/verify/tree-files.ts";
import { RegistryError, readProvenance } from "../../images/images.ts";
import { findProject, loadProject } from "../project.ts";
import { addRegistryOptions, openRegistries, type RegistryOptions } from "../registries.ts";
import { reportProblems } from "../report.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options extends RegistryOptions {
  readonly project?: string;
  readonly json?: boolean;
}

export function addProvenance(program: Command, terminal: Terminal): void {
  const command = program
    .command("provenance <image>")
    .summary("tell what a step image was made of")
    .description(
      "Read a step image's labels in its registry: base, sources, requirements, runtime. In a git repository, also tell which commits deployed it.",
    )
    .option("-p, --project <folder>", "folder with twinrail.json, for a bare digest (default: the nearest one above)")
    .option("--json", "one JSON document on standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  twinrail provenance sha256:2b66fd261ee5c6cfc8de7fa466bab600bcfe4f69d2bc8ab7…\n  twinrail provenance registry.acme.com/churn/steps@sha256:2b66… --json | jq .base",
    )
    .action((image: string, options: Options) => runProvenance(image, options, terminal));
  addRegistryOptions(command);
}

async function runProvenance(named: string, options: Options, terminal: Terminal): Promise<void> {
  const json = options.json ?? false;
  const image = named.startsWith("sha256:") ? `${registryOf(options, terminal, json)}/steps@${named}` : named;
  const provenance = await readProvenance(image, openRegistries(options)).catch((error: unknown) => {
    if (!(error instanceof RegistryError)) throw error;
    reportProblems([error.at()], new Map(), terminal, json);
    throw new Exit(EXIT.failed);
  });
  const digest = provenance.image.slice(provenance.image.indexOf("@") + 1);
  const repository = Repository.around(findProject(options.project));
  const commits = (repository?.commitsWith(digest) ?? []).map((found) => ({
    ...found,
    ...(repository && { source: sourceOf(repository, found.commit) }),
  }));
  if (json) return terminal.out(`${JSON.stringify({ version: 1, ...provenance, commits }, null, 2)}\n`);
  const { base, runtime, sources, requirements, platform } = provenance;
  const rows = [
    ["image", provenance.image],
    ["platform", platform],
    ["base", `${base.name} ${base.digest}`],
    ["runtime", `${runtime.version} ${runtime.digest}`],
    ...(requirements === undefined ? [] : [["requirements", `${requirements.file} ${requirements.digest}`]]),
    ["sources", sources],
    ...commits.map(({ commit, source = commit, date, subject }) => [
      "commit",
      `${source.slice(0, 12)} ${source === commit ? "" : `(deployed by ${commit.slice(0, 12)}) `}${date.slice(0, 10)} ${subject}`,
    ]),
  ];
  for (const [name = "", value = ""] of rows) terminal.out(`${name.padEnd(13)}${value}\n`);
}

function registryOf(options: Options, terminal: Terminal, json: boolean): string {
  const { loaded, diagnostics, texts } = loadProject({ ...options, pipelines: [] });
  reportProblems(diagnostics, texts, terminal, json);
  if (loaded?.project.registry !== undefined) return loaded.project.registry;
  terminal.err(
    "a bare digest needs `registry` in twinrail.json; name the image: registry.acme.com/churn/steps@sha256:…\n",
  );
  throw new Exit(EXIT.usage);
}
