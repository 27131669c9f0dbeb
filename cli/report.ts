/** How every command shows problems. */
import { type Diagnostic, hasErrors } from "../compiler/diagnostics/diagnostic.ts";
import { renderCounts, renderDiagnostics, renderJson } from "../compiler/diagnostics/render.ts";
import { EXIT, Exit, type Terminal } from "./terminal.ts";

/** Shows the problems; ends the command when there is an error among them. With `json` that is all that standard output gets. */
export function reportProblems(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  terminal: Terminal,
  json = false,
): void {
  const failed = hasErrors(diagnostics);
  if (diagnostics.length === 0) return;
  if (json) {
    if (failed) terminal.out(renderJson(diagnostics, texts));
  } else {
    terminal.err(`${renderDiagnostics(diagnostics, { sources: texts, color: terminal.color })}\n`);
    if (failed) terminal.err(`${renderCounts(diagnostics)}\n`);
  }
  if (failed) throw new Exit(EXIT.failed);
}
