import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { type Diagnostic, diagnostic, hasErrors } from "../../compiler/diagnostics/diagnostic.ts";
import { renderJson } from "../../compiler/diagnostics/render.ts";
import { parseIndex } from "../../compiler/output/index-file.ts";
import { verifyTree } from "../../compiler/output/verify-tree.ts";
import { writeTrees } from "../../compiler/output/write-tree.ts";
import { VERSION } from "../../compiler/package.ts";
import { findDeployed } from "../../gitops/verify/deployed.ts";
import { compileWithOther } from "../../gitops/verify/other-compiler.ts";
import { type Files, filesOfFolder, Repository } from "../../gitops/verify/tree-files.ts";
import { checkImages } from "../../images/images.ts";
import { compileProject, findProject, loadProject, OUT_FOLDER } from "../project.ts";
import { addRegistryOptions, openRegistries, type RegistryOptions } from "../registries.ts";
import { reportProblems } from "../report.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options extends RegistryOptions {
  readonly project?: string;
  readonly source?: string;
  readonly path?: string;
  readonly target?: string;
  readonly images?: boolean;
  readonly json?: boolean;
}

export function addVerify(program: Command, terminal: Terminal): void {
  const command = program
    .command("verify [deployed]")
    .summary("prove that what is deployed is what its source says")
    .description(
      `Compile the source again with the locked inputs, compare every byte and digest with what is deployed (a folder or a commit; default: ${OUT_FOLDER}/ of the project), and say what differs and why.`,
    )
    .option("-p, --project <folder>", "folder with twinrail.json (default: the nearest one above)")
    .option(
      "-s, --source <commit>",
      "the commit to compile (default: the one that hydrator.metadata names, the deployed commit itself, or the working copy)",
    )
    .option("--path <folder>", "where in a commit the deployed files are, when it holds several such folders")
    .option("-t, --target <engines>", "the engines that were compiled for, when twinrail.json names others")
    .option("--images", "also ask the registry for each image, and compare its bytes")
    .option("--json", "one JSON document on standard output")
    .addHelpText(
      "after",
      `
Examples:
  twinrail verify                              ${OUT_FOLDER}/ against the working copy
  twinrail verify HEAD                         what that commit holds against the sources in it
  twinrail verify origin/deploy --images       a deploy branch, against the commit that it names
  twinrail verify /opt/bundle --source v1.4.0  a folder against a tag`,
    )
    .action((deployed: string | undefined, options: Options) => runVerify(deployed, options, terminal));
  addRegistryOptions(command);
}

async function runVerify(named: string | undefined, options: Options, terminal: Terminal): Promise<void> {
  const json = options.json ?? false;
  const root = findProject(options.project);
  const repository = Repository.around(root);
  const fail = (problem: Diagnostic): never => {
    reportProblems([problem], new Map(), terminal, json);
    throw new Exit(EXIT.failed);
  };
  const deployed = findDeployed(named ?? join(root, OUT_FOLDER), repository, root, options.path);
  if (!("files" in deployed)) return fail(deployed);
  const source = options.source ?? deployed.source;
  const work = mkdtempSync(join(tmpdir(), "twinrail-verify-"));
  try {
    const from = source === undefined ? root : checkOut(repository, source, root, join(work, "source"), fail);
    const compiled = compileAgain(from, deployed.files, options, work, terminal);
    const verdict = verifyTree(deployed.files, compiled);
    const images = options.images ? await checkImages(imagesIn(deployed.files), openRegistries(options)) : [];
    const diagnostics = [...verdict.diagnostics, ...images];
    if (json) {
      const { diagnostics: findings } = JSON.parse(renderJson(diagnostics, new Map())) as { diagnostics: unknown };
      const { pipelines, compared, following } = verdict;
      terminal.out(
        `${JSON.stringify({ version: 1, equal: diagnostics.length === 0, deployed: deployed.what, source: source ?? null, pipelines, compared, following, findings }, null, 2)}\n`,
      );
      if (diagnostics.length > 0) throw new Exit(EXIT.failed);
      return;
    }
    const against = source === undefined ? "the working copy" : source.slice(0, 12);
    if (verdict.following.length > 0)
      terminal.err(`${verdict.following.length} deployed file(s) differ because of what follows.\n`);
    reportProblems(diagnostics, new Map(), terminal);
    terminal.err(`${deployed.what} is what ${against} compiles to: ${verdict.compared} files, every byte\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The project's folder in that commit, in a place of its own: output must not depend on where the source lies. */
function checkOut(
  repository: Repository | undefined,
  source: string,
  root: string,
  folder: string,
  fail: (problem: Diagnostic) => never,
): string {
  const commit = repository?.commit(source);
  if (repository === undefined || commit === undefined)
    return fail(
      diagnostic("TR7068", {
        what: `\`${source}\``,
        reason: repository === undefined ? "there is no git repository here" : "this repository has no such commit",
      }),
    );
  repository.checkOut(commit, `${relative(repository.root, root)}/`.replace(/^\/$/, ""), folder);
  return folder;
}

function compileAgain(root: string, deployed: Files, options: Options, work: string, terminal: Terminal): Files {
  const json = options.json ?? false;
  const out = join(work, "out");
  const target = options.target === undefined ? {} : { target: options.target };
  const { loaded, diagnostics, texts } = loadProject({ project: root, pipelines: [], ...target });
  reportProblems(diagnostics.filter(isError), texts, terminal, json);
  if (loaded === undefined) throw new Exit(EXIT.failed);
  const version = compilerOf(deployed);
  if (version !== undefined && version !== VERSION) {
    const integrity = loaded.lock?.integrity;
    const problem = compileWithOther({ version, integrity, own: VERSION, project: root, out, work, ...target });
    if (problem !== undefined) reportProblems([problem], texts, terminal, json);
    return filesOfFolder(out);
  }
  const compiled = compileProject(loaded);
  const sources = new Map([...texts, ...compiled.sources]);
  reportProblems(compiled.diagnostics.filter(isError), sources, terminal, json);
  const written = writeTrees({ outDir: out, trees: compiled.trees, compiler: VERSION, complete: true });
  reportProblems(written.diagnostics.filter(isError), sources, terminal, json);
  return filesOfFolder(out);
}

/** The Twinrail that wrote the indexes; nothing when they do not agree, which the comparison tells. */
function compilerOf(files: Files): string | undefined {
  const versions = new Set<string>();
  for (const [path, content] of files) {
    const index = path.startsWith(".twinrail/index/") ? parseIndex(Buffer.from(content).toString("utf8")) : "";
    if (typeof index !== "string") versions.add(index.compiler);
  }
  return versions.size === 1 ? [...versions][0] : undefined;
}

function imagesIn(files: Files): string[] {
  return [...files].flatMap(([path, content]) => {
    if (path.startsWith(".twinrail/")) return [];
    return [
      ...Buffer.from(content)
        .toString("utf8")
        .matchAll(/"?([^\s"'@]+@sha256:[0-9a-f]{64})/g),
    ].map(([, image = ""]) => image);
  });
}

function isError(problem: Diagnostic): boolean {
  return hasErrors([problem]);
}
