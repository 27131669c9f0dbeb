import { userInfo } from "node:os";
import type { Command } from "commander";
import { hold } from "../../gitops/publish/hold.ts";
import { addBranchOptions, type BranchOptions, reportMove, withBranch } from "../deploy-branch.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options extends BranchOptions {
  readonly reason?: string;
  readonly by?: string;
  readonly release?: boolean;
}

export function addHold(program: Command, terminal: Terminal): void {
  const command = program
    .command("hold")
    .summary("keep a deploy branch as it is")
    .description(
      "Keep a project on a deploy branch as it is: publish and promote change nothing until the hold is released.",
    )
    .option("--reason <text>", "why, for those who meet it")
    .option("--by <name>", "who (default: the user)")
    .option("--release", "end the hold")
    .addHelpText(
      "after",
      `
Examples:
  twinrail hold --git origin --branch environment/prod --reason "incident 7"
  twinrail hold --git origin --branch environment/prod --release`,
    )
    .action((options: Options) => runHold(options, terminal));
  addBranchOptions(command);
}

async function runHold(options: Options, terminal: Terminal): Promise<void> {
  const { release = false, reason, by = userInfo().username } = options;
  if (!release && reason === undefined) {
    terminal.err("--reason says why, --release ends a hold: give one of them\n");
    throw new Exit(EXIT.usage);
  }
  const held = release || reason === undefined ? undefined : { by, reason };
  const moved = await withBranch(options, terminal, (branch, { folder }) => hold(branch, folder, held));
  reportMove(moved, release ? "released" : "held", options.json ?? false, terminal);
}
