import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import picocolors from "picocolors";
import type { Compiled } from "../../compiler/compile.ts";
import { type Diagnostic, hasErrors } from "../../compiler/diagnostics/diagnostic.ts";
import { renderJson } from "../../compiler/diagnostics/render.ts";
import { printPipeline } from "../../compiler/ir/print.ts";
import { writeTrees } from "../../compiler/output/write-tree.ts";
import { VERSION } from "../../compiler/package.ts";
import { imageReferences, staleEntries } from "../../images/images.ts";
import { compileProject, type LoadedProject, loadProject, OUT_FOLDER } from "../project.ts";
import { containerSteps } from "../read-pipelines.ts";
import { reportProblems } from "../report.ts";
import { statsText } from "../stats.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options {
  readonly project?: string;
  readonly target?: string;
  readonly out?: string;
  readonly emit?: string;
  readonly check?: boolean;
  readonly force?: boolean;
  readonly locked?: boolean;
  readonly stats?: boolean;
  readonly json?: boolean;
}

export function addCompile(program: Command, terminal: Terminal): void {
  program
    .command("compile [pipelines...]")
    .summary("compile pipelines to engine files")
    .description(
      "Compile pipelines (all, or those named) to an Airflow DAG bundle and Argo manifests. Nothing of the project is executed, no network is used.",
    )
    .option("-p, --project <folder>", "folder with twinrail.json (default: the nearest one above)")
    .option("-t, --target <engines>", "airflow, argo, or airflow,argo to split (default: `target` of twinrail.json)")
    .option("-o, --out <folder>", `where the files go (default: ${OUT_FOLDER}/ in the project)`)
    .option("--emit <form>", "print a form of the pipeline instead of writing: ir or placed")
    .option("--check", "say what would change and write nothing")
    .option("--force", "overwrite files that are not ours or were changed by hand")
    .option("--locked", "refuse a lock file with entries that no pipeline uses any more (default where CI is set)")
    .option("--no-locked", "accept them")
    .option("--stats", "say what each engine will hold: tasks, templates, sizes; with --check nothing is written")
    .option("--json", "one JSON document on standard output")
    .addHelpText(
      "after",
      `
Examples:
  twinrail compile                              every pipeline, to the engines of twinrail.json
  twinrail compile churn --target argo          one pipeline, everything in Argo
  twinrail compile --emit placed                the pipeline as the engines will see it
  twinrail compile --check --stats              how near to the engines' limits everything is
  twinrail compile --json | jq .written`,
    )
    .action((pipelines: string[], options: Options) => runCompile(pipelines, options, terminal));
}

function runCompile(pipelines: readonly string[], options: Options, terminal: Terminal): void {
  const json = options.json ?? false;
  const { loaded, diagnostics, texts } = loadProject({ ...options, pipelines });
  reportProblems(diagnostics, texts, terminal, json);
  if (loaded === undefined) throw new Exit(EXIT.failed);
  const compiled = compileProject(loaded);
  const sources = new Map([...texts, ...compiled.sources]);
  if (options.emit !== undefined) {
    const forms = { ir: compiled.pipelines, placed: compiled.placed };
    if (options.emit !== "ir" && options.emit !== "placed") {
      terminal.err(`--emit takes ir or placed, not ${options.emit}\n`);
      throw new Exit(EXIT.usage);
    }
    terminal.out(forms[options.emit].map(printPipeline).join("\n"));
    reportProblems(compiled.diagnostics, sources, terminal, false);
    return;
  }
  reportProblems(
    [...compiled.diagnostics, ...staleness(loaded, compiled, pipelines, options)],
    sources,
    terminal,
    json,
  );
  const outDir = resolve(options.out ?? join(loaded.root, OUT_FOLDER));
  if (options.check) {
    const files = compiled.trees.flatMap((tree) => tree.files.map((file) => file.path)).sort();
    const stats = options.stats ? { stats: compiled.sizes } : {};
    if (json) terminal.out(`${JSON.stringify({ version: 1, files, ...stats }, null, 2)}\n`);
    else terminal.out(options.stats ? statsText(compiled.sizes) : `${files.join("\n")}\n`);
    return;
  }
  const result = writeTrees({
    outDir,
    trees: compiled.trees,
    compiler: VERSION,
    complete: pipelines.length === 0,
    ...(options.force === undefined ? {} : { force: options.force }),
  });
  reportProblems(result.diagnostics, sources, terminal, json);
  const { written, removed, unchanged } = result;
  if (json) {
    const problems = JSON.parse(
      renderJson([...diagnostics, ...compiled.diagnostics, ...result.diagnostics], sources),
    ) as { diagnostics: unknown };
    const images = compiled.images.map((image) => image.reference);
    const stats = options.stats ? { stats: compiled.sizes } : {};
    terminal.out(
      `${JSON.stringify({ version: 1, out: outDir, written, removed, unchanged, images, ...stats, diagnostics: problems.diagnostics }, null, 2)}\n`,
    );
    return;
  }
  if (options.stats) terminal.out(statsText(compiled.sizes));
  const colors = picocolors.createColors(terminal.color);
  const folder = relative(process.cwd(), outDir) || ".";
  for (const path of written.filter(isShown)) terminal.err(`${colors.green("wrote")}   ${folder}/${path}\n`);
  for (const path of removed.filter(isShown)) terminal.err(`${colors.red("removed")} ${folder}/${path}\n`);
  const names = compiled.trees.map((tree) => tree.pipeline).join(", ");
  const changed = written.length + removed.length;
  terminal.err(
    `${names}: ${changed === 0 ? "nothing changed" : `${written.length} written, ${removed.length} removed, ${unchanged.length} unchanged`} in ${folder}/\n`,
  );
  if (compiled.images.length > 0)
    terminal.err(
      `${colors.dim("step images:")} ${compiled.images.map((image) => image.reference).join("\n             ")}\n`,
    );
}

/** Whatever `--locked` says, no image is taken that is not locked, and no network is used. Of a part of the pipelines nothing can be told. */
function staleness(
  { project, lock }: LoadedProject,
  compiled: Compiled,
  pipelines: readonly string[],
  { locked = Boolean(process.env.CI) }: Options,
): readonly Diagnostic[] {
  if (!locked || lock === undefined || pipelines.length > 0 || hasErrors(compiled.diagnostics)) return [];
  return staleEntries(lock, imageReferences(project, containerSteps(compiled.pipelines, project)));
}

/** The files inside a content-addressed package are told by their folder. */
function isShown(path: string): boolean {
  return !/^airflow\/twinrail_[^/]+\/./.test(path) || path.endsWith(".workflow.json");
}
