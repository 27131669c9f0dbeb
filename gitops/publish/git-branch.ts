/** A deploy branch on any git remote, for the day GitHub is down: the same commits, made in a folder of their own and pushed forward only. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GitError, type GitOptions, git, gitText, OBJECT_ID } from "../git.ts";
import { gitTree } from "../tree/git-tree.ts";
import type { DeployBranch } from "./branch.ts";

export interface GitBranch extends DeployBranch {
  /** A bare repository with what has been fetched. */
  readonly folder: string;
  /** Another branch of the same remote. */
  sibling(name: string): DeployBranch;
  /** Removes the folder that the branch was worked on in. */
  close(): void;
}

/** `remote` is a URL or a folder; `author` is `Name <mail>`. */
export async function gitBranch(remote: string, name: string, author: string): Promise<GitBranch> {
  const folder = mkdtempSync(join(tmpdir(), "twinrail-branch-"));
  const [, person = "twinrail", mail = "twinrail@localhost"] = /^(.*?) *<(.*)>$/.exec(author) ?? [];
  const names = {
    GIT_AUTHOR_NAME: person,
    GIT_AUTHOR_EMAIL: mail,
    GIT_COMMITTER_NAME: person,
    GIT_COMMITTER_EMAIL: mail,
  };
  const options: GitOptions = { cwd: folder, env: names };
  await git(["init", "-q", "--bare"], options);
  await checkName(name, options);
  return {
    ...onRemote(remote, name, options, names),
    folder,
    sibling: (other) => onRemote(remote, other, options, names),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function onRemote(remote: string, name: string, options: GitOptions, names: NodeJS.ProcessEnv): DeployBranch {
  const folder = options.cwd;
  const ref = `refs/heads/${name}`;
  const trees = gitTree(folder);
  return {
    ...trees,
    name,
    async head() {
      await checkName(name, options);
      const [line = ""] = (await gitText(["ls-remote", "--", remote, ref], options)).split("\n");
      const [sha = ""] = line.split("\t");
      if (!OBJECT_ID.test(sha)) return undefined;
      try {
        await git(["cat-file", "-e", `${sha}^{commit}`], options);
      } catch {
        await git(["fetch", "-q", "--no-tags", "--", remote, ref], options);
      }
      return sha;
    },
    async commit(parent, edits, message) {
      const index = { ...options, env: { ...names, GIT_INDEX_FILE: join(folder, "twinrail.index") } };
      await git(parent === undefined ? ["read-tree", "--empty"] : ["read-tree", parent], index);
      const lines: string[] = [];
      for (const { path, to } of edits) {
        const sha =
          to === undefined
            ? undefined
            : "sha" in to
              ? to.sha
              : await gitText(["hash-object", "-w", "--stdin"], { ...options, input: to.content });
        lines.push(sha === undefined ? `0 ${"0".repeat(40)}\t${path}\0` : `100644 ${sha}\t${path}\0`);
      }
      await git(["update-index", "-z", "--index-info"], { ...index, input: lines.join("") });
      const tree = await gitText(["write-tree"], index);
      return gitText(["commit-tree", tree, ...(parent === undefined ? [] : ["-p", parent])], {
        ...options,
        input: message,
      });
    },
    async advance(from, to) {
      try {
        // An explicit expectation: without one, another's commit that was fetched meanwhile would be overwritten.
        await git(["push", "-q", `--force-with-lease=${ref}:${from ?? ""}`, "--", remote, `${to}:${ref}`], options);
        return true;
      } catch (error) {
        if (!(error instanceof GitError)) throw error;
        if (
          /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|already exists/.test(
            error.stderr,
          )
        )
          return false;
        throw error;
      }
    },
  };
}

/** A branch name that looks like an option, or holds what no ref may hold, never reaches the remote. */
async function checkName(name: string, options: GitOptions): Promise<void> {
  await git(["check-ref-format", `refs/heads/${name}`], options);
}
