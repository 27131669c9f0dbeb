/** The command line. A command parses its options, calls the compiler, shows what came of it; no rule lives here. */
import { Command, CommanderError } from "commander";
import { VERSION } from "../compiler/package.ts";
import { addApply } from "./commands/apply.ts";
import { addCompile } from "./commands/compile.ts";
import { addCompletion } from "./commands/completion.ts";
import { addDiff } from "./commands/diff.ts";
import { addDrift } from "./commands/drift.ts";
import { addEnv } from "./commands/env.ts";
import { addExplain } from "./commands/explain.ts";
import { addHold } from "./commands/hold.ts";
import { addInit } from "./commands/init.ts";
import { addLock } from "./commands/lock.ts";
import { addPromote } from "./commands/promote.ts";
import { addProvenance } from "./commands/provenance.ts";
import { addPublish } from "./commands/publish.ts";
import { addPush } from "./commands/push.ts";
import { addRollback } from "./commands/rollback.ts";
import { addRun } from "./commands/run.ts";
import { addSnapshot } from "./commands/snapshot.ts";
import { addVerify } from "./commands/verify.ts";
import { EXIT, Exit, terminal } from "./terminal.ts";

const program = new Command("twinrail")
  .description("Compile ML pipelines, written in TypeScript, to Airflow and Argo Workflows.")
  .version(VERSION)
  .showHelpAfterError()
  .exitOverride()
  .addHelpText(
    "after",
    `
Exit codes: ${EXIT.ok} done, ${EXIT.failed} a problem was reported, ${EXIT.usage} wrong use, ${EXIT.bug} a bug in Twinrail.
Colours follow NO_COLOR and FORCE_COLOR.`,
  );
for (const add of [
  addCompile,
  addRun,
  addLock,
  addPush,
  addDiff,
  addPublish,
  addApply,
  addInit,
  addPromote,
  addRollback,
  addHold,
  addDrift,
  addVerify,
  addProvenance,
  addEnv,
  addExplain,
  addCompletion,
  addSnapshot,
])
  add(program, terminal);
for (const command of program.commands.flatMap((one) => [one, ...one.commands]))
  command.exitOverride().showHelpAfterError();

// No top-level await: what is bundled into one script cannot have one.
program.parseAsync().catch((error: unknown) => {
  process.exitCode = exitCode(error);
});

function exitCode(error: unknown): number {
  if (error instanceof Exit) return error.code;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  terminal.err(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.bug;
}
