/** What the commands that work on a deploy branch share: its options, the project's folder on it, and how an outcome is told. */
import { existsSync, realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import type { Command } from "commander";
import { renderJson } from "../compiler/diagnostics/render.ts";
import { visibleLines } from "../compiler/diagnostics/render-text.ts";
import { GitError, gitText } from "../gitops/git.ts";
import type { Moved } from "../gitops/publish/branch.ts";
import { type GitBranch, gitBranch } from "../gitops/publish/git-branch.ts";
import { findProject } from "./project.ts";
import { reportProblems } from "./report.ts";
import { EXIT, Exit, type Terminal } from "./terminal.ts";

export interface BranchOptions {
  readonly project?: string;
  readonly git: string;
  readonly branch: string;
  readonly author: string;
  readonly json?: boolean;
}

export function addBranchOptions(command: Command): Command {
  return command
    .requiredOption("--git <remote>", "URL, name or folder of the remote")
    .option("-p, --project <folder>", "folder with twinrail.json (default: the nearest one above)")
    .option("-b, --branch <name>", "the deploy branch", "deploy")
    .option("--author <name>", "of the commit", "twinrail <twinrail@localhost>")
    .option("--json", "one JSON document on standard output");
}

export interface Place {
  readonly root: string;
  /** Of the project in its repository, and on the branch. */
  readonly folder: string;
  readonly remote: string;
}

/** Ends the command in git's own words when git says no. */
export async function withBranch<T>(
  { project, git, branch: name, author }: BranchOptions,
  terminal: Terminal,
  use: (branch: GitBranch, place: Place) => Promise<T>,
): Promise<T> {
  try {
    const root = realpathSync(findProject(project));
    const top = realpathSync(await gitText(["rev-parse", "--show-toplevel"], { cwd: root }));
    const folder = relative(top, root).split(sep).join("/");
    const remote = await remoteUrl(root, git);
    const branch = await gitBranch(remote, name, author);
    try {
      return await use(branch, { root, folder, remote });
    } finally {
      branch.close();
    }
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    terminal.err(`${visibleLines(error.message)}\n`);
    throw new Exit(EXIT.failed);
  }
}

/** The URL of a configured remote, or a URL or folder as it was given. Work goes on in another folder: a relative one is made absolute. */
export async function remoteUrl(root: string, remote: string): Promise<string> {
  try {
    return await gitText(["config", "--get", `remote.${remote}.url`], { cwd: root });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (remote === "origin") return "";
    return existsSync(remote) ? realpathSync(remote) : remote;
  }
}

export function reportMove(moved: Moved, what: string, json: boolean, terminal: Terminal): void {
  reportProblems(moved.diagnostics, new Map(), terminal, json);
  const { status, commit, diagnostics } = moved;
  if (json) {
    const problems = JSON.parse(renderJson(diagnostics, new Map())) as { diagnostics: unknown };
    const result = { version: 1, status, ...(commit ? { commit } : {}), diagnostics: problems.diagnostics };
    terminal.out(`${JSON.stringify(result, null, 2)}\n`);
  } else if (status === "committed") terminal.err(`${what}: ${commit}\n`);
  else if (status === "unchanged") terminal.err(`${what}: nothing changed\n`);
  // A hold is a warning to a pipeline, and no success to a person.
  if (status === "stopped") throw new Exit(EXIT.failed);
}
