import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { readProject } from "../../compiler/config/read-project.ts";
import { visibleLines } from "../../compiler/diagnostics/render-text.ts";
import { applyObjects } from "../../gitops/apply/apply.ts";
import { kubectl } from "../../gitops/apply/kubectl.ts";
import { readObjects } from "../../gitops/apply/objects.ts";
import { findProject, OUT_FOLDER } from "../project.ts";
import { reportProblems } from "../report.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options {
  readonly project?: string;
  readonly out?: string;
  readonly cluster?: string;
  readonly set?: string;
  readonly kubectl: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly dryRun?: boolean;
  readonly forceConflicts?: boolean;
  readonly allowPrune?: boolean;
  readonly json?: boolean;
}

export function addApply(program: Command, terminal: Terminal): void {
  program
    .command("apply")
    .summary("apply compiled manifests to a cluster")
    .description(
      "Apply the Argo manifests of a compiled or published project with kubectl, server-side: all as a dry run first, then in order, then what no longer exists is deleted. Work that runs goes on. Airflow needs no apply: it follows the branch.",
    )
    .option("-p, --project <folder>", "folder with twinrail.json (default: the nearest one above)")
    .option(
      "-o, --out <folder>",
      `where the files are: a compile's output, or a clone of the deploy branch (default: ${OUT_FOLDER}/ in the project)`,
    )
    .option("--cluster <name>", "which of the clusters of twinrail.json (default: the only one)")
    .option(
      "--set <name>",
      "what is pruned together (default: the project's name; name the environment, too, where two share a namespace)",
    )
    .option("--kubectl <program>", "kubectl to use", "kubectl")
    .option("--kubeconfig <file>", "as kubectl's")
    .option("--context <name>", "as kubectl's")
    .option("--dry-run", "show what would change and change nothing")
    .option("--force-conflicts", "take over fields that others own")
    .option("--allow-prune", "although nothing would be left")
    .option("--json", "one JSON document on standard output")
    .addHelpText(
      "after",
      `
Examples:
  twinrail compile --target argo && twinrail apply --dry-run
  twinrail apply --out ../deploy/ml/churn --context production
  twinrail apply --cluster training --set churn-staging --json | jq .deleted`,
    )
    .action((options: Options) => runApply(options, terminal));
}

async function runApply(options: Options, terminal: Terminal): Promise<void> {
  const json = options.json ?? false;
  const root = findProject(options.project);
  const { project, text, diagnostics } = readProject(root);
  reportProblems(diagnostics, new Map(text === undefined ? [] : [["twinrail.json", text]]), terminal, json);
  if (project === undefined) throw new Exit(EXIT.failed);
  const names = Object.keys(project.clusters);
  const name = options.cluster ?? (names.length === 1 ? names[0] : undefined);
  const cluster = name === undefined ? undefined : project.clusters[name];
  if (name === undefined || cluster === undefined) {
    terminal.err(
      `--cluster names one of ${names.length === 0 ? "the clusters of twinrail.json, which has none" : names.join(", ")}\n`,
    );
    throw new Exit(EXIT.usage);
  }
  const set = options.set ?? project.project ?? name;
  const folder = join(resolve(options.out ?? join(root, OUT_FOLDER)), "argo", name);
  const { objects, diagnostics: problems } = readObjects(manifestsIn(folder), set);
  reportProblems(problems, new Map(), terminal, json);
  const result = await applyObjects({
    kubectl: kubectl({
      program: options.kubectl,
      ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
      ...(options.context === undefined ? {} : { context: options.context }),
    }),
    ...{ objects, set, namespaces: [cluster.namespace] },
    dryRun: options.dryRun ?? false,
    forceConflicts: options.forceConflicts ?? false,
    allowPrune: options.allowPrune ?? false,
  });
  reportProblems(result.diagnostics, new Map(), terminal, json);
  const { applied, unchanged, deleted, diff } = result;
  if (json) {
    terminal.out(`${JSON.stringify({ version: 1, set, applied, unchanged, deleted, diff }, null, 2)}\n`);
    return;
  }
  if (options.dryRun) terminal.out(`${visibleLines(diff)}\n`);
  for (const object of applied) terminal.err(`applied ${object}\n`);
  for (const object of deleted) terminal.err(`${options.dryRun ? "would delete" : "deleted"} ${object}\n`);
  if (!options.dryRun)
    terminal.err(`${set}: ${applied.length} applied, ${unchanged.length} unchanged, ${deleted.length} deleted\n`);
}

function manifestsIn(folder: string): Map<string, string> {
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => /\.ya?ml$/.test(file))
        .sort()
    : [];
  return new Map(names.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}
