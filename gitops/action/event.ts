/** The event that a workflow runs for, read into what the commands need. Everything in it may have been written by a stranger. */
import { readFileSync } from "node:fs";
import { OBJECT_ID } from "../git.ts";
import type { Api, Repository } from "../github/api.ts";

/** Something in the workflow has to be written differently. */
export class UsageError extends Error {}

export interface PullRequest {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  /** From another repository. */
  readonly isFork: boolean;
}

export function repositoryOf(env: NodeJS.ProcessEnv): Repository {
  const [owner = "", repo = "", more] = (env.GITHUB_REPOSITORY ?? "").split("/");
  if (!/^[\w.-]+$/.test(owner) || !/^[\w.-]+$/.test(repo) || more !== undefined)
    throw new UsageError(
      `GITHUB_REPOSITORY is ${JSON.stringify(env.GITHUB_REPOSITORY ?? "")}: this must run in GitHub Actions`,
    );
  return { owner, repo };
}

export function readEvent(env: NodeJS.ProcessEnv): { readonly name: string; readonly payload: Payload } {
  const payload = env.GITHUB_EVENT_PATH ? JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, "utf8")) : {};
  return { name: env.GITHUB_EVENT_NAME ?? "", payload: payload as Payload };
}

interface Side {
  readonly sha?: string;
  readonly repo?: { readonly full_name?: string } | null;
}

interface Payload {
  readonly pull_request?: { readonly number?: number; readonly head?: Side; readonly base?: Side };
  readonly workflow_run?: {
    readonly head_sha?: string;
    readonly head_branch?: string;
    readonly head_repository?: { readonly owner?: { readonly login?: string } };
  };
}

/** `undefined`: the event belongs to no open pull request. */
export async function pullRequestOf(
  api: Api,
  at: Repository,
  env: NodeJS.ProcessEnv,
): Promise<PullRequest | undefined> {
  const { payload } = readEvent(env);
  const { pull_request: pull, workflow_run: run } = payload;
  if (pull?.number !== undefined) return checked(pull.number, pull.head, pull.base);
  if (run === undefined) return undefined;
  // `workflow_run.pull_requests` is empty for forks. The number is asked of the API by the commit, never taken from the run.
  const { data } = await api.rest.pulls.list({
    ...at,
    state: "open",
    head: `${run.head_repository?.owner?.login ?? at.owner}:${run.head_branch ?? ""}`,
  });
  const found = data.find(({ head }) => head.sha === run.head_sha);
  return found === undefined ? undefined : checked(found.number, found.head, found.base);
}

function checked(number: number, head: Side | undefined, base: Side | undefined): PullRequest {
  if (!Number.isSafeInteger(number) || !OBJECT_ID.test(head?.sha ?? "") || !OBJECT_ID.test(base?.sha ?? ""))
    throw new UsageError("the event's pull request has no number or no commits");
  return {
    number,
    head: head?.sha ?? "",
    base: base?.sha ?? "",
    isFork: head?.repo?.full_name !== base?.repo?.full_name,
  };
}
