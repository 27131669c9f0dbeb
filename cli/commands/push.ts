import type { Command } from "commander";
import { pushImages } from "../../images/images.ts";
import { compileProject, loadProject } from "../project.ts";
import { addRegistryOptions, openRegistries, type RegistryOptions } from "../registries.ts";
import { reportProblems } from "../report.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options extends RegistryOptions {
  readonly project?: string;
  readonly target?: string;
  readonly json?: boolean;
}

export function addPush(program: Command, terminal: Terminal): void {
  const command = program
    .command("push [pipelines...]")
    .summary("upload step images")
    .description(
      "Upload what the registry lacks of the images that the compiled manifests name. Safe to run twice; no Docker daemon.",
    )
    .option("-p, --project <folder>", "folder with twinrail.json (default: the nearest one above)")
    .option("-t, --target <engines>", "airflow, argo, or airflow,argo (default: `target` of twinrail.json)")
    .option("--json", "one JSON document on standard output")
    .addHelpText("after", "\nExamples:\n  twinrail push\n  twinrail push churn --target argo")
    .action((pipelines: string[], options: Options) => runPush(pipelines, options, terminal));
  addRegistryOptions(command);
}

async function runPush(pipelines: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const json = options.json ?? false;
  const { loaded, diagnostics, texts } = loadProject({ ...options, pipelines });
  reportProblems(diagnostics, texts, terminal, json);
  if (loaded === undefined) throw new Exit(EXIT.failed);
  const compiled = compileProject(loaded);
  const sources = new Map([...texts, ...compiled.sources]);
  reportProblems(compiled.diagnostics, sources, terminal, json);
  const result = await pushImages(compiled.images, {
    registry: openRegistries(options),
    onProgress: (event) => {
      if (json) return;
      if (event.kind === "blob")
        terminal.err(
          `  ${event.how.padEnd(8)} ${event.digest.slice(0, 19)} ${event.size.toLocaleString("en-US")} bytes\n`,
        );
      else terminal.err(`${event.how.padEnd(8)} ${event.image}\n`);
    },
  });
  reportProblems(result.diagnostics, sources, terminal, json);
  if (json)
    terminal.out(
      `${JSON.stringify({ version: 1, pushed: result.pushed, uploadedBytes: result.uploadedBytes }, null, 2)}\n`,
    );
  else
    terminal.err(`${result.pushed.length} image(s), ${result.uploadedBytes.toLocaleString("en-US")} bytes uploaded\n`);
}
