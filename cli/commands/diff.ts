import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import type { Command } from "commander";
import { compileFolder, compileTree } from "../../gitops/compile-tree.ts";
import { diffProject, isEmpty } from "../../gitops/diff/diff.ts";
import { GitError, gitText } from "../../gitops/git.ts";
import { renderReport } from "../../gitops/preview/html.ts";
import { renderMarkdown } from "../../gitops/preview/markdown.ts";
import { renderTerminal } from "../../gitops/preview/terminal.ts";
import { gitTree, resolveCommit } from "../../gitops/tree/git-tree.ts";
import { findProject } from "../project.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options {
  readonly project?: string;
  readonly base: string;
  readonly format: string;
  readonly text?: boolean;
  readonly json?: boolean;
}

const FORMATS: ReadonlySet<string> = new Set(["terminal", "markdown", "html", "json"]);

export function addDiff(program: Command, terminal: Terminal): void {
  program
    .command("diff")
    .summary("what a change does to pipelines, manifests and text")
    .description(
      "Compile the project as it is in the work tree and as it is in a commit, and say what differs: deletions, privileges, GPUs, schedules, tasks; fields of objects; text.",
    )
    .option("-p, --project <folder>", "folder with twinrail.json (default: the nearest one above)")
    .option("-b, --base <commit>", "what to compare with", "HEAD")
    .option("--format <format>", "terminal, markdown, html or json", "terminal")
    .option("--text", "show changed lines, too, on the terminal")
    .option("--json", "the same as --format json")
    .addHelpText(
      "after",
      `
Exit codes: 0 nothing differs, 1 something differs, 2 or more an error.

Examples:
  twinrail diff                                what the work tree changes
  twinrail diff --base origin/main             what the branch changes
  twinrail diff --base origin/main --format html > report.html
  twinrail diff --json | jq '.projects[].changes[] | select(.group == "deletion")'`,
    )
    .action((options: Options) => runDiff(options, terminal));
}

/** Unlike other commands' 1, an error is 3 here: 1 says that something differs, as in `diff`. */
const ERROR = 3;

async function runDiff(options: Options, terminal: Terminal): Promise<void> {
  const format = options.json ? "json" : options.format;
  if (!FORMATS.has(format)) {
    terminal.err(`--format takes terminal, markdown, html or json, not ${format}\n`);
    throw new Exit(EXIT.usage);
  }
  const root = realpathSync(findProject(options.project));
  const base = await baseOf(root, options.base, terminal);
  const head = await compileFolder(root);
  const diff = diffProject(base.folder, base.outcome, head);
  if (format === "json") terminal.out(`${JSON.stringify({ version: 1, projects: [diff] }, null, 2)}\n`);
  else if (format === "markdown") terminal.out(renderMarkdown([diff], { budget: Number.POSITIVE_INFINITY }));
  else if (format === "html") terminal.out(renderReport([{ folder: base.folder, base: base.outcome, head, diff }]));
  else terminal.out(renderTerminal([diff], terminal.color, options.text ?? false));
  for (const problem of diff.failed?.side === "head" ? diff.problems : [])
    terminal.err(
      `${problem.severity}[${problem.code}]: ${problem.file ?? ""}:${problem.line ?? ""} ${problem.message}\n`,
    );
  if (diff.failed?.side === "head") throw new Exit(ERROR);
  if (!isEmpty(diff)) throw new Exit(1);
}

async function baseOf(root: string, name: string, terminal: Terminal) {
  try {
    const top = realpathSync(await gitText(["rev-parse", "--show-toplevel"], { cwd: root }));
    const folder = relative(top, root).split(sep).join("/");
    const source = gitTree(root);
    const commit = await resolveCommit(root, name);
    return { folder, outcome: await compileTree(source, await source.list(commit), folder) };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    terminal.err(error.stderr.trim() === "" ? `there is no commit ${name} in this repository\n` : `${error.message}\n`);
    throw new Exit(ERROR);
  }
}
