/** `command: publish`: the commit that was pushed, compiled, onto the deploy branch. */

import { OBJECT_ID } from "../git.ts";
import type { Api, Repository } from "../github/api.ts";
import { ApiError } from "../github/api.ts";
import { apiTree } from "../github/api-tree.ts";
import { codeSpan, prose } from "../preview/encode.ts";
import { apiBranch } from "../publish/api-branch.ts";
import { type ProjectResult, publishProjects, succeeded } from "../publish/projects.ts";
import type { Relation } from "../publish/publish.ts";
import { UsageError } from "./event.ts";
import type { Runner } from "./runner.ts";

export async function runPublish(runner: Runner, api: Api, at: Repository): Promise<boolean> {
  const { env } = runner;
  const commit = env.GITHUB_SHA ?? "";
  if (!OBJECT_ID.test(commit)) throw new UsageError("GITHUB_SHA is no commit: publish runs on a push");
  if (/^pull_request|^workflow_run$|^issue/.test(env.GITHUB_EVENT_NAME ?? ""))
    throw new UsageError(`publish does not run on ${env.GITHUB_EVENT_NAME}: it would deploy what nobody has merged`);
  const target = deployTarget(runner, at);
  const source = apiTree(api, at);
  const folders = listInput(runner, "projects");
  const results = await publishProjects({
    branch: apiBranch(api, target, branchName(runner)),
    tree: { source, entries: await source.list(commit) },
    ...(folders.length === 0 ? {} : { folders }),
    source: {
      commit,
      repository: `${env.GITHUB_SERVER_URL ?? "https://github.com"}/${at.owner}/${at.repo}`,
      relationTo: (published) => relation(api, at, published, commit),
      newer: () => newerThan(api, at, env.GITHUB_REF ?? "", commit),
    },
    pushImages: runner.input("push-images") !== "false",
    force: runner.input("force") === "true",
    allowPrune: runner.input("allow-prune") === "true",
  });
  for (const { problems, folder } of results) for (const problem of problems) runner.annotate(problem, folder);
  for (const { why, folder, status } of results)
    if (status === "failed") runner.error(`${folder === "" ? "." : folder}: ${why}`);
  runner.summary(`## Twinrail: publish to ${codeSpan(branchName(runner))}\n\n${results.map(line).join("\n")}\n`);
  runner.output("results", JSON.stringify(results));
  runner.output("commit", results.findLast(({ commit }) => commit !== undefined)?.commit ?? "");
  runner.output("changed", String(results.some(({ status }) => status === "committed")));
  for (const result of results)
    runner.log(`${result.folder === "" ? "." : result.folder}: ${result.status} ${result.commit ?? ""}`);
  return results.every(succeeded);
}

export function branchName(runner: Runner): string {
  const environment = runner.input("environment");
  return runner.input("branch") || (environment === "" ? "deploy" : `environment/${environment}`);
}

/** `deploy-repository: acme/deploy`, or where the sources are. */
export function deployTarget(runner: Runner, at: Repository): Repository {
  const text = runner.input("deploy-repository");
  if (text === "") return at;
  const [owner = "", repo = "", more] = text.split("/");
  if (owner === "" || repo === "" || more !== undefined)
    throw new UsageError(`\`deploy-repository\` is owner/name, not ${JSON.stringify(text)}`);
  return { owner, repo };
}

export function listInput(runner: Runner, name: string): string[] {
  return runner
    .input(name)
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map((part) => (part === "." ? "" : part.replace(/\/+$/, "")));
}

async function relation(api: Api, at: Repository, published: string, commit: string): Promise<Relation> {
  try {
    const { data } = await api.rest.repos.compareCommitsWithBasehead({
      ...at,
      basehead: `${published}...${commit}`,
      per_page: 1,
    });
    return data.status;
  } catch (error) {
    // The published commit may come from a repository that this one replaced.
    if (error instanceof ApiError && error.status === 404) return "unknown";
    throw error;
  }
}

async function newerThan(api: Api, at: Repository, ref: string, commit: string): Promise<string | undefined> {
  if (!ref.startsWith("refs/heads/")) return undefined;
  const { data } = await api.rest.git.getRef({ ...at, ref: ref.slice("refs/".length) });
  const tip = data.object.sha;
  if (tip === commit) return undefined;
  return (await relation(api, at, commit, tip)) === "ahead" ? tip : undefined;
}

function line({ folder, status, commit, pipelines, problems, why }: ProjectResult): string {
  const icon = { committed: "✅", unchanged: "✅", stopped: "⚠️", failed: "❌" }[status];
  const said = problems
    .filter(({ severity }) => severity !== "info")
    .map(({ code, message }) => `\n  - ${code} ${prose(message)}`);
  const detail =
    status === "committed"
      ? ` ${pipelines.length} pipelines in ${codeSpan(commit?.slice(0, 8) ?? "")}`
      : why
        ? ` ${prose(why)}`
        : "";
  return `- ${icon} ${codeSpan(folder === "" ? "." : folder)} ${status}${detail}${said.join("")}`;
}
