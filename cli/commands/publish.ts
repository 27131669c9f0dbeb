import type { Command } from "commander";
import { visible, visibleLines } from "../../compiler/diagnostics/render-text.ts";
import { GitError, git } from "../../gitops/git.ts";
import { type ProjectResult, publishProjects, succeeded } from "../../gitops/publish/projects.ts";
import type { Relation } from "../../gitops/publish/publish.ts";
import { gitTree, resolveCommit } from "../../gitops/tree/git-tree.ts";
import { addBranchOptions, type BranchOptions, remoteUrl, withBranch } from "../deploy-branch.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options extends BranchOptions {
  readonly commit: string;
  readonly images: boolean;
  readonly force?: boolean;
  readonly allowPrune?: boolean;
}

export function addPublish(program: Command, terminal: Terminal): void {
  const command = program
    .command("publish")
    .summary("commit what a commit compiles to, to a deploy branch")
    .description(
      "Compile a commit of the project, upload its step images, and commit the files to a deploy branch of a git remote: only files that are Twinrail's, nothing when nothing changed, never a forced push. What is not committed is not published.",
    )
    .option("-c, --commit <commit>", "what is published", "HEAD")
    .option("--no-images", "do not upload step images")
    .option("--force", "although the environment is held, a file was changed by hand, or the history is another")
    .option("--allow-prune", "although most pipelines would be deleted")
    .addHelpText(
      "after",
      `
Examples:
  twinrail publish --git origin
  twinrail publish --git git@github.com:acme/deploy.git --branch environment/staging
  twinrail publish --git /srv/git/deploy.git --commit v1.4 --json | jq .commit`,
    )
    .action((options: Options) => runPublish(options, terminal));
  addBranchOptions(command);
}

async function runPublish(options: Options, terminal: Terminal): Promise<void> {
  const [result] = await publishOne(options, terminal);
  if (result === undefined) return;
  if (options.json) terminal.out(`${JSON.stringify({ version: 1, ...result }, null, 2)}\n`);
  else report(result, options.branch, terminal);
  if (!succeeded(result)) throw new Exit(EXIT.failed);
}

function publishOne(options: Options, terminal: Terminal): Promise<ProjectResult[]> {
  return withBranch(options, terminal, async (branch, { root, folder }) => {
    const commit = await resolveCommit(root, options.commit);
    const source = gitTree(root);
    return publishProjects({
      branch,
      tree: { source, entries: await source.list(commit) },
      folders: [folder],
      source: {
        commit,
        repository: withoutPassword(await remoteUrl(root, "origin")),
        relationTo: (published) => relationOf(root, published, commit),
        // Whoever publishes by hand says which commit.
        newer: () => Promise.resolve(undefined),
      },
      pushImages: options.images,
      force: options.force ?? false,
      allowPrune: options.allowPrune ?? false,
    });
  });
}

function withoutPassword(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/, "$1");
}

async function relationOf(cwd: string, published: string, commit: string): Promise<Relation> {
  const isAncestor = (a: string, b: string) =>
    git(["merge-base", "--is-ancestor", a, b], { cwd }).then(
      () => true,
      (error: GitError) => {
        // An object that is not there is said on standard error; "no" is not.
        if (error.stderr !== "") throw error;
        return false;
      },
    );
  if (published === commit) return "identical";
  try {
    if (await isAncestor(published, commit)) return "ahead";
    return (await isAncestor(commit, published)) ? "behind" : "diverged";
  } catch (error) {
    if (error instanceof GitError) return "unknown";
    throw error;
  }
}

function report({ status, commit, pipelines, problems, why }: ProjectResult, branch: string, terminal: Terminal): void {
  for (const { severity, code, message, help, file, line } of problems) {
    if (severity === "info") continue;
    terminal.err(
      `${severity}[${code}]: ${file === undefined ? "" : `${visible(file)}:${line ?? 1}: `}${visible(message)}\n`,
    );
    if (help !== undefined) terminal.err(`  help: ${visible(help)}\n`);
  }
  if (why !== undefined) terminal.err(`${visibleLines(why)}\n`);
  if (status === "committed") terminal.err(`${pipelines.join(", ")}: published to ${branch} as ${commit}\n`);
  if (status === "unchanged") terminal.err(`${pipelines.join(", ")}: nothing changed on ${branch}\n`);
}
