import type { Command } from "commander";
import { promote } from "../../gitops/publish/hold.ts";
import { addBranchOptions, type BranchOptions, reportMove, withBranch } from "../deploy-branch.ts";
import type { Terminal } from "../terminal.ts";

interface Options extends BranchOptions {
  readonly from: string;
  readonly force?: boolean;
}

export function addPromote(program: Command, terminal: Terminal): void {
  const command = program
    .command("promote")
    .summary("deploy on one branch what another one has")
    .description(
      "Commit a project's files from one deploy branch to another, byte by byte: nothing is compiled again, no tag is resolved again.",
    )
    .requiredOption("--from <name>", "the branch that has it")
    .option("--force", "although the environment is held or a file was changed by hand")
    .addHelpText(
      "after",
      `
Examples:
  twinrail promote --git origin --from environment/staging --branch environment/prod`,
    )
    .action((options: Options) => runPromote(options, terminal));
  addBranchOptions(command);
}

async function runPromote(options: Options, terminal: Terminal): Promise<void> {
  const moved = await withBranch(options, terminal, (to, { folder }) =>
    promote(to.sibling(options.from), to, folder, options.force ?? false),
  );
  reportMove(moved, `${options.from} promoted to ${options.branch}`, options.json ?? false, terminal);
}
