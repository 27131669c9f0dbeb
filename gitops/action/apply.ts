/** `command: apply`: what is on the deploy branch, to the cluster that this job's kubectl reaches. */
import { applyObjects } from "../apply/apply.ts";
import { kubectl } from "../apply/kubectl.ts";
import { readObjects } from "../apply/objects.ts";
import type { Api, Repository } from "../github/api.ts";
import { codeBlock, codeSpan, prose } from "../preview/encode.ts";
import { apiBranch } from "../publish/api-branch.ts";
import type { DeployBranch } from "../publish/branch.ts";
import type { TreeEntry } from "../tree/tree.ts";
import { UsageError } from "./event.ts";
import { branchName, deployTarget, listInput } from "./publish.ts";
import type { Runner } from "./runner.ts";

interface Result {
  readonly folder: string;
  readonly set: string;
  readonly applied: readonly string[];
  readonly unchanged: readonly string[];
  readonly deleted: readonly string[];
  readonly problems: readonly string[];
}

export async function runApply(runner: Runner, api: Api, at: Repository): Promise<boolean> {
  if (/^pull_request|^workflow_run$|^issue/.test(runner.env.GITHUB_EVENT_NAME ?? ""))
    throw new UsageError(`apply does not run on ${runner.env.GITHUB_EVENT_NAME}: nobody has merged that`);
  const cluster = runner.input("cluster");
  if (!/^[\w.-]+$/.test(cluster)) throw new UsageError("`cluster` names one of the clusters of twinrail.json");
  const branch = apiBranch(api, deployTarget(runner, at), branchName(runner));
  const head = await branch.head();
  if (head === undefined) throw new UsageError(`there is no branch ${branch.name}: nothing was published`);
  const entries = await branch.list(head);
  const wanted = listInput(runner, "projects");
  const folders = wanted.length > 0 ? wanted : publishedFolders(entries);
  const results: Result[] = [];
  const diffs: string[] = [];
  for (const folder of folders) {
    const environment = runner.input("environment");
    const parts = [at.repo, folder, environment].filter((part) => part !== "");
    const set = runner.input("set") || parts.join("/");
    const { objects, diagnostics } = readObjects(await manifests(branch, entries, folder, cluster), set);
    const blocked = diagnostics.length > 0;
    const done = blocked
      ? { applied: [], unchanged: [], deleted: [], diff: "", diagnostics }
      : await applyObjects({
          ...{ kubectl: kubectl({ program: "kubectl" }), objects, set, namespaces: listInput(runner, "namespaces") },
          dryRun: runner.input("dry-run") === "true",
          allowPrune: runner.input("allow-prune") === "true",
        });
    for (const { code, severity, message, help } of done.diagnostics)
      runner.annotate({ code, severity, message, ...(help === undefined ? {} : { help }) }, folder);
    results.push({
      folder,
      set,
      applied: done.applied,
      unchanged: done.unchanged,
      deleted: done.deleted,
      problems: done.diagnostics.map(({ code, message }) => `${code} ${message}`),
    });
    if (done.diff !== "") diffs.push(codeBlock(done.diff.slice(0, 100_000), "diff"));
  }
  runner.summary(
    `## Twinrail: apply ${codeSpan(head.slice(0, 8))} to ${codeSpan(cluster)}\n\n${results.map(line).join("\n")}\n\n${diffs.join("\n\n")}\n`,
  );
  runner.output("results", JSON.stringify(results));
  runner.output("changed", String(results.some(({ applied, deleted }) => applied.length + deleted.length > 0)));
  for (const { folder, applied, deleted } of results)
    runner.log(`${folder || "."}: ${applied.length} applied, ${deleted.length} deleted`);
  return results.every(({ problems }) => problems.length === 0);
}

function publishedFolders(entries: readonly TreeEntry[]): string[] {
  const folders = entries.flatMap(
    ({ path }) =>
      /^(?:(.*)\/)?\.twinrail\/index\/[^/]+\.json$/
        .exec(path)
        ?.slice(1, 2)
        .map((folder) => folder ?? "") ?? [],
  );
  return [...new Set(folders)].sort();
}

async function manifests(
  branch: DeployBranch,
  entries: readonly TreeEntry[],
  folder: string,
  cluster: string,
): Promise<Map<string, string>> {
  const prefix = `${folder === "" ? "" : `${folder}/`}argo/${cluster}/`;
  const files = entries.filter(
    ({ path, mode }) => path.startsWith(prefix) && /\.ya?ml$/.test(path) && mode.startsWith("100"),
  );
  const contents = await branch.read(files.map(({ sha }) => sha));
  return new Map(files.map(({ path, sha }) => [path, Buffer.from(contents.get(sha) ?? []).toString("utf8")]));
}

function line({ folder, applied, unchanged, deleted, problems }: Result): string {
  const icon = problems.length === 0 ? "✅" : "❌";
  const names = [
    ...applied.map((name) => `\n  - applied ${codeSpan(name)}`),
    ...deleted.map((name) => `\n  - deleted ${codeSpan(name)}`),
  ];
  const counts = `${applied.length} applied, ${unchanged.length} unchanged, ${deleted.length} deleted`;
  return `- ${icon} ${codeSpan(folder || ".")} ${counts}${names.join("")}${problems.map((text) => `\n  - ${prose(text)}`).join("")}`;
}
