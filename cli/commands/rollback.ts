import { userInfo } from "node:os";
import type { Command } from "commander";
import { gitText } from "../../gitops/git.ts";
import { rollback } from "../../gitops/publish/hold.ts";
import { addBranchOptions, type BranchOptions, reportMove, withBranch } from "../deploy-branch.ts";
import type { Terminal } from "../terminal.ts";

interface Options extends BranchOptions {
  readonly to: string;
  readonly reason: string;
  readonly by?: string;
}

export function addRollback(program: Command, terminal: Terminal): void {
  const command = program
    .command("rollback")
    .summary("deploy again what an earlier commit had")
    .description(
      "Commit a project's files as they were at an earlier commit of the deploy branch, and hold the branch, so that the next publish does not undo it. History only grows: runs keep the code that they started with.",
    )
    .option("--to <commit>", "of the deploy branch, as in git: a commit, or ~1 for the one before", "~1")
    .option("--reason <text>", "why, for those who meet the hold", "rolled back")
    .option("--by <name>", "who (default: the user)")
    .addHelpText(
      "after",
      `
Examples:
  twinrail rollback --git origin --branch environment/prod
  twinrail rollback --git origin --to 4f2a91c --reason "AUC fell"`,
    )
    .action((options: Options) => runRollback(options, terminal));
  addBranchOptions(command);
}

async function runRollback(
  { to, reason, by = userInfo().username, ...options }: Options,
  terminal: Terminal,
): Promise<void> {
  const moved = await withBranch(options, terminal, async (branch, { folder }) => {
    const head = (await branch.head()) ?? "";
    const name = /^[~^]/.test(to) ? `${head}${to}` : to;
    const commit = await gitText(["rev-parse", "--verify", "--end-of-options", `${name}^{commit}`], {
      cwd: branch.folder,
    });
    return rollback(branch, folder, commit, { by, reason });
  });
  reportMove(moved, `${options.branch} rolled back and held`, options.json ?? false, terminal);
}
