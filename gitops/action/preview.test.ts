/** The shipped bundle, started as a runner starts it, against the stand-in for GitHub's API. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { FakeGitHub, problem } from "../github/testing.ts";
import { type ActionRun, type Clone, cloneOf, type Ran, runAction, smallPipeline, smallProject } from "../testing.ts";

let github: FakeGitHub;
let url: string;
let clone: Clone;
let base: string;

before(async () => {
  github = new FakeGitHub();
  url = await github.start();
  clone = cloneOf(github);
  smallProject(clone.folder, ["hello", "nightly"]);
  base = clone.commit("base");
  clone.git("push", "-q", "origin", "HEAD:main");
});
after(() => github.stop());
beforeEach(() => {
  github.fault = () => undefined;
  github.after = (_, answer) => answer;
  github.truncateAt = 100_000;
  clone.git("checkout", "-q", "-B", "topic", base);
});

/** Pushes what is in the work tree as a new pull request, or to one. */
function push(number = github.pulls.length + 1): { number: number; head: string } {
  const head = clone.commit("change");
  clone.git("push", "-q", "-f", "origin", `HEAD:refs/heads/topic-${number}`);
  const known = github.pulls.find((pull) => pull.number === number);
  if (known) known.head = head;
  else github.pulls.push({ number, head, base });
  return { number, head };
}

function preview(pull: { number: number; head: string }, more: Partial<ActionRun> = {}): Promise<Ran> {
  const payload = {
    pull_request: {
      number: pull.number,
      head: { sha: pull.head, repo: { full_name: "acme/pipelines" } },
      base: { sha: base, repo: { full_name: "acme/pipelines" } },
    },
  };
  return runAction({
    url,
    event: "pull_request",
    payload,
    ...more,
    inputs: { command: "preview", "github-token": "write", ...more.inputs },
  });
}

const commentsOn = (number: number): string[] => (github.comments.get(number) ?? []).map(({ body }) => body);

test("says what a pull request changes: in one comment, in the summary, in a report", async () => {
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  clone.git("rm", "-q", "nightly.pipeline.ts");
  const pull = push();
  const ran = await preview(pull);
  assert.equal(ran.code, 0, ran.out + ran.err);
  assert.deepEqual([ran.outputs.changed, ran.outputs.comment], ["true", "created"]);
  const [comment = ""] = commentsOn(pull.number);
  assert.match(comment, /^<!-- twinrail:preview v1 key=\w{16} run=1\.1 head=[0-9a-f]{40} -->\n## Twinrail preview\n/);
  assert.match(comment, /1 deleted, 1 changed/);
  assert.match(
    comment,
    /### Deletions\n\n- pipeline `nightly` is deleted[\s\S]*### Schedule and backfill\n\n- schedule: `0 3 \* \* \* UTC` → `0 4 \* \* \* UTC`/,
  );
  assert.ok(comment.includes(ran.summary.trim().split("\n").at(-1) ?? "?"), "the summary says the same");
  const report = readFileSync(ran.outputs.report ?? "", "utf8");
  assert.match(report, /<code>nightly<\/code>/);
});

test("updates its comment in place; an older run leaves it alone; nothing is written where nothing changed", async () => {
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const first = push();
  await preview(first, { run: 10 });
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 5 * * *"));
  const second = push(first.number);
  assert.equal((await preview(second, { run: 12 })).outputs.comment, "updated");
  assert.equal((await preview(second, { run: 12, attempt: 2 })).outputs.comment, "unchanged");
  assert.equal((await preview(second, { run: 11 })).outputs.comment, "outdated");
  assert.equal((await preview(first, { run: 13 })).outputs.comment, "outdated", "the head has moved on");
  assert.equal(commentsOn(first.number).length, 1);
  assert.match(commentsOn(first.number)[0] ?? "", /0 5 \* \* \*/);
  clone.git("checkout", "-q", "-B", "topic", base);
  const back = push(first.number);
  assert.equal((await preview(back, { run: 14 })).outputs.comment, "updated");
  assert.match(commentsOn(first.number)[0] ?? "", /Nothing changes/);
  const other = push();
  assert.equal((await preview(other, { run: 15 })).outputs.comment, "none");
});

test("finds its comment among 120; what others wrote is not touched, whatever it says", async () => {
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const pull = push();
  for (let i = 0; i < 110; i++) github.addComment(pull.number, "ada", `comment ${i}`);
  await preview(pull, { run: 20 });
  const [ours = ""] = commentsOn(pull.number).slice(-1);
  github.addComment(pull.number, "mallory", ours);
  for (let i = 0; i < 10; i++) github.addComment(pull.number, "ada", `later ${i}`);
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 6 * * *"));
  assert.equal((await preview(push(pull.number), { run: 21 })).outputs.comment, "updated");
  const all = commentsOn(pull.number);
  assert.equal(all.filter((body) => body.startsWith("<!-- twinrail")).length, 2);
  assert.equal(all[111], ours, "the copy is as it was");
  assert.match(all[110] ?? "", /0 6 \* \* \*/);
});

test("a fork's token may only read: the summary has it all, and the job succeeds", async () => {
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const pull = push();
  const ran = await preview(pull, { inputs: { "github-token": "read" } });
  assert.equal(ran.code, 0, ran.out);
  assert.equal(ran.outputs.comment, "forbidden");
  assert.match(ran.summary, /0 4 \* \* \*/);
  assert.deepEqual(commentsOn(pull.number), []);
});

test("the second workflow finds a fork's pull request by its commit", async () => {
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const pull = push();
  Object.assign(github.pulls.at(-1) ?? {}, { headRepo: "mallory/pipelines", headRef: "evil" });
  const run = { head_sha: pull.head, head_branch: "evil", head_repository: { owner: { login: "mallory" } } };
  const ran = await preview(pull, { event: "workflow_run", payload: { workflow_run: run } });
  assert.equal(ran.outputs.comment, "created", ran.out);
  const foreign = await preview(pull, { event: "workflow_run", payload: { workflow_run: { ...run, head_sha: base } } });
  assert.match(foreign.out, /no open pull request/);
});

test("what does not compile is said at its line, and fails the job", async () => {
  clone.write("hello.pipeline.ts", smallPipeline("hello").replace('name: "hello" });', "nome: 1 });"));
  const pull = push();
  const ran = await preview(pull);
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^::error file=hello\.pipeline\.ts,line=6,/m);
  assert.match(commentsOn(pull.number)[0] ?? "", /does not compile[\s\S]*\*\*error TR\d+\*\* `hello\.pipeline\.ts:6`/);
});

test("faults of the API: a rate limit is waited for, 5xx tried again, a truncated tree walked, a deleted comment made anew", async () => {
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const pull = push();
  github.truncateAt = 2;
  const faults = [
    problem(403, "You have exceeded a secondary rate limit.", undefined, { "retry-after": "1" }),
    problem(502, "Server Error"),
    problem(503, "Service Unavailable"),
  ];
  github.fault = ({ path }) => (path.includes("/git/") ? faults.pop() : undefined);
  const ran = await preview(pull, { run: 30 });
  assert.equal(ran.outputs.comment, "created", ran.out);
  assert.equal(faults.length, 0);
  assert.match(ran.out, /secondary rate limit.*again in 1 s/);
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 5 * * *"));
  const next = push(pull.number);
  // Somebody deletes the comment after it was found.
  github.fault = ({ method, path }) => {
    if (method !== "PATCH" || !path.startsWith("/issues/comments/")) return undefined;
    github.comments.set(pull.number, []);
    return problem(404, "Not Found");
  };
  assert.equal((await preview(next, { run: 31 })).outputs.comment, "created");
  assert.equal(commentsOn(pull.number).length, 1);
  // An answer that was lost after the comment was made must not make a second one.
  github.comments.set(pull.number, []);
  github.fault = () => undefined;
  let lost = 1;
  github.after = ({ method, path }, answer) =>
    method === "POST" && path.endsWith("/comments") && lost-- > 0 ? problem(502, "Server Error") : answer;
  await preview(next, { run: 32 });
  assert.equal(commentsOn(pull.number).length, 1);
});

test("a rate limit that lasts longer than a job ends with GitHub's own words", async () => {
  const pull = push();
  github.fault = () =>
    problem(403, "API rate limit exceeded for installation.", undefined, {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": "4102444800",
    });
  const ran = await preview(pull);
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^::error title=Twinrail::GitHub: GET .*API rate limit exceeded/m);
});

test("a large change stays below the limit, deletions first and whole", async () => {
  for (let i = 0; i < 60; i++) clone.write(`extra-${i}.pipeline.ts`, smallPipeline(`extra-${i}`));
  clone.git("rm", "-q", "nightly.pipeline.ts");
  const pull = push();
  const ran = await preview(pull);
  assert.equal(ran.outputs.comment, "created", ran.out);
  const [body = ""] = commentsOn(pull.number);
  assert.ok(Buffer.byteLength(body) <= 60_200, String(Buffer.byteLength(body)));
  assert.match(body, /### Deletions\n\n- pipeline `nightly`/);
  assert.match(body, /\d+ more in the report/);
  assert.equal(body.match(/^```/gm)?.length ?? 0, 2 * (body.match(/^```diff/gm)?.length ?? 0), "every fence is closed");
  assert.ok(ran.summary.length > body.length);
});
