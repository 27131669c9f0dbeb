import type { Command } from "commander";
import { visible } from "../../compiler/diagnostics/render-text.ts";
import { driftOf } from "../../gitops/publish/hold.ts";
import { addBranchOptions, type BranchOptions, withBranch } from "../deploy-branch.ts";
import { reportProblems } from "../report.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

export function addDrift(program: Command, terminal: Terminal): void {
  const command = program
    .command("drift")
    .summary("is a deploy branch as it was published?")
    .description(
      "Compare the files on a deploy branch with the hashes in their index: what was changed or deleted by hand.",
    )
    .addHelpText(
      "after",
      `
Exit codes: 0 as published, 1 not, or a problem was reported.

Examples:
  twinrail drift --git origin --branch environment/prod
  twinrail drift --git origin --json | jq -r '.drift[].path'`,
    )
    .action((options: BranchOptions) => runDrift(options, terminal));
  addBranchOptions(command);
}

async function runDrift(options: BranchOptions, terminal: Terminal): Promise<void> {
  const { drift, diagnostics, source } = await withBranch(options, terminal, (branch, { folder }) =>
    driftOf(branch, folder),
  );
  reportProblems(diagnostics, new Map(), terminal, options.json ?? false);
  if (options.json) terminal.out(`${JSON.stringify({ version: 1, source, drift }, null, 2)}\n`);
  else for (const { path, kind } of drift) terminal.out(`${kind.padEnd(8)} ${visible(path)}\n`);
  if (drift.length > 0) throw new Exit(EXIT.failed);
  if (!options.json)
    terminal.err(`${options.branch} is as published${source === undefined ? "" : ` from ${source.slice(0, 8)}`}\n`);
}
