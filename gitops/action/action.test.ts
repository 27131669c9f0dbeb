/** What is committed for GitHub: action.yml, and a bundle that runs in a checkout where nothing was installed or built. */
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../compiler/package.ts";
import { FakeGitHub } from "../github/testing.ts";
import { cloneOf, remove, runAction, smallPipeline, smallProject, start, temporary } from "../testing.ts";

const action = parse(readFileSync(join(PACKAGE_ROOT, "action.yml"), "utf8")) as {
  inputs: Record<string, { description: string; default?: string }>;
  outputs: Record<string, { description: string }>;
  runs: { using: string; main: string };
};
const github = new FakeGitHub();
let checkout: string;
let url: string;

before(async () => {
  url = await github.start();
  checkout = temporary();
  for (const name of ["package.json", "action.yml", "sdk", "runtime", "targets", "templates"])
    cpSync(join(PACKAGE_ROOT, name), join(checkout, name), { recursive: true });
  const made = await start(
    process.execPath,
    [join(PACKAGE_ROOT, "cli/action-files.mjs"), join(checkout, "action")],
    PACKAGE_ROOT,
  );
  assert.equal(made.code, 0, made.err);
});
after(async () => {
  await github.stop();
  remove(checkout);
});

test("every input is read and every output is made, and no other", () => {
  const code = readdirSync(join(PACKAGE_ROOT, "gitops/action"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(PACKAGE_ROOT, "gitops/action", file), "utf8"))
    .join("\n");
  const named = (pattern: RegExp) => [...new Set([...code.matchAll(pattern)].map(([, name]) => name))].sort();
  assert.deepEqual(named(/(?:\.input\(|listInput\(runner, )"([\w-]+)"/g), Object.keys(action.inputs).sort());
  assert.deepEqual(named(/\.output\("([\w-]+)"/g), Object.keys(action.outputs).sort());
  assert.equal(action.runs.using, "node24");
});

test("previews and publishes from a checkout without node_modules and dist", async () => {
  const clone = cloneOf(github);
  smallProject(clone.folder, ["hello"]);
  const base = clone.commit("one");
  clone.git("push", "-q", "origin", "HEAD:main");
  const script = join(checkout, action.runs.main);
  const inputs = { "github-token": "write" };
  const published = await runAction({
    url,
    event: "push",
    payload: {},
    sha: base,
    script,
    inputs: { command: "publish", ...inputs },
  });
  assert.equal(published.code, 0, published.out + published.err);
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const head = clone.commit("two");
  clone.git("push", "-q", "origin", "HEAD:topic");
  github.pulls.push({ number: 1, head, base });
  const side = (sha: string) => ({ sha, repo: { full_name: "acme/pipelines" } });
  const payload = { pull_request: { number: 1, head: side(head), base: side(base) } };
  const ran = await runAction({ url, event: "pull_request", payload, script, inputs });
  assert.deepEqual([ran.code, ran.outputs.comment], [0, "created"], ran.out + ran.err);
});

test("a command that there is not is named with those that there are; the summary says that it failed", async () => {
  const ran = await runAction({ url, event: "push", payload: {}, inputs: { command: "deploy" } });
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^::error title=Twinrail::.*`command` is preview, publish, apply, not "deploy"/m);
  assert.match(ran.summary, /failed/);
});
