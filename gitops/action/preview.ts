/** `command: preview`: what a pull request would change, in its comment, the job's summary, annotations and a report. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compareTrees } from "../diff/compare.ts";
import { isEmpty } from "../diff/diff.ts";
import type { Api, Repository } from "../github/api.ts";
import { apiTree } from "../github/api-tree.ts";
import { writeComment } from "../github/comment.ts";
import { codeSpan } from "../preview/encode.ts";
import { renderReport } from "../preview/html.ts";
import { renderMarkdown } from "../preview/markdown.ts";
import { pullRequestOf } from "./event.ts";
import { listInput } from "./publish.ts";
import { type Runner, SUMMARY_BUDGET } from "./runner.ts";

/** Annotations that the runner shows of each kind in a step. */
const SHOWN = 10;

/** @returns whether every project compiles. */
export async function runPreview(runner: Runner, api: Api, at: Repository): Promise<boolean> {
  const { env } = runner;
  const pull = await pullRequestOf(api, at, env);
  if (pull === undefined) {
    runner.notice("This event belongs to no open pull request: there is nothing to preview.");
    return true;
  }
  const { data: compared } = await api.rest.repos.compareCommitsWithBasehead({
    ...at,
    basehead: `${pull.base}...${pull.head}`,
    per_page: 1,
  });
  const source = apiTree(api, at);
  const mergeBase = compared.merge_base_commit.sha;
  const [base, head] = await Promise.all([source.list(mergeBase), source.list(pull.head)]);
  const folders = listInput(runner, "projects");
  const comparisons = await compareTrees({
    base: { source, entries: base },
    head: { source, entries: head },
    ...(folders.length === 0 ? {} : { folders }),
  });
  const diffs = comparisons.map(({ diff }) => diff);
  const changed = diffs.filter((diff) => !isEmpty(diff));

  const report = runner.input("report") || join(env.RUNNER_TEMP ?? ".", "twinrail", "report.html");
  mkdirSync(dirname(report), { recursive: true });
  writeFileSync(report, renderReport(comparisons));
  writeFileSync(report.replace(/(?:\.html)?$/, ".json"), JSON.stringify({ version: 1, projects: diffs }, null, 2));
  for (const diff of diffs)
    for (const problem of [...diff.problems].sort(bySeverity).slice(0, SHOWN)) runner.annotate(problem, diff.folder);

  const environment = runner.input("environment");
  const title = `Twinrail preview${environment === "" ? "" : ` of ${codeSpan(environment)}`}`;
  const footer = `<sub>${mergeBase.slice(0, 8)} → ${pull.head.slice(0, 8)} · [run](${runUrl(env)})</sub>`;
  const render = (budget: number) =>
    renderMarkdown(changed, { budget, title, footer: changed.length === 0 ? `Nothing changes.\n\n${footer}` : footer });
  runner.summary(render(SUMMARY_BUDGET));
  runner.output("changed", String(changed.length > 0));
  runner.output("report", report);

  if (runner.input("comment") !== "false") {
    const result = await writeComment(api, {
      ...at,
      number: pull.number,
      head: pull.head,
      key: createHash("sha256")
        .update(JSON.stringify([env.GITHUB_WORKFLOW, env.GITHUB_JOB, environment]))
        .digest("hex")
        .slice(0, 16),
      run: { id: Number(env.GITHUB_RUN_ID ?? 0), attempt: Number(env.GITHUB_RUN_ATTEMPT ?? 1) },
      author: runner.input("comment-author") || "github-actions[bot]",
      worthIt: changed.length > 0,
      render,
    });
    runner.output("comment", result);
    runner.log(`comment: ${result}`);
    if (result === "forbidden")
      runner.notice("This token may not comment (a fork's pull request?): the preview is in the job's summary.");
  }
  return diffs.every(({ failed }) => failed?.side !== "head");
}

function bySeverity(a: { readonly severity: string }, b: { readonly severity: string }): number {
  const order = ["error", "warning", "info"];
  return order.indexOf(a.severity) - order.indexOf(b.severity);
}

function runUrl(env: NodeJS.ProcessEnv): string {
  return `${env.GITHUB_SERVER_URL ?? "https://github.com"}/${env.GITHUB_REPOSITORY}/actions/runs/${Number(env.GITHUB_RUN_ID ?? 0)}`;
}
