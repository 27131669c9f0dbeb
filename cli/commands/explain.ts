import type { Command } from "commander";
import { type Code, catalog } from "../../compiler/diagnostics/catalog.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

export function addExplain(program: Command, terminal: Terminal): void {
  program
    .command("explain [code]")
    .summary("say what a diagnostic means")
    .description("Say what a diagnostic code means; without a code, list them all.")
    .addHelpText("after", "\nExamples:\n  twinrail explain TR2022\n  twinrail explain")
    .action((code: string | undefined) => {
      if (code === undefined) {
        for (const [name, { severity, title }] of Object.entries(catalog))
          terminal.out(`${name}  ${severity.padEnd(7)}  ${title}\n`);
        return;
      }
      const entry = Object.hasOwn(catalog, code) ? catalog[code as Code] : undefined;
      if (entry === undefined) {
        terminal.err(`there is no diagnostic ${code}; \`twinrail explain\` lists them\n`);
        throw new Exit(EXIT.usage);
      }
      terminal.out(`${code} (${entry.severity}): ${entry.title}\n`);
    });
}
