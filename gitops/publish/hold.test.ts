/** hold, rollback, promote and drift by the command line, on a real git remote. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FakeGitHub } from "../github/testing.ts";
import { CLI, type Clone, cloneOf, smallPipeline, smallProject, start } from "../testing.ts";

const github = new FakeGitHub();
let clone: Clone;

before(() => {
  clone = cloneOf(github);
  smallProject(join(clone.folder, "ml"), ["hello", "nightly"]);
  clone.commit("one");
  clone.git("push", "-q", "origin", "HEAD:main");
});
after(() => github.stop());

async function twinrail(
  command: string,
  ...args: string[]
): Promise<{ code: number | null; err: string; text: string; status?: string; commit?: string; drift?: unknown }> {
  const { code, out, err } = await start(
    process.execPath,
    [CLI, command, "--git", "origin", "--json", ...args],
    join(clone.folder, "ml"),
  );
  return { code, err, text: out, ...(out.startsWith("{") ? JSON.parse(out) : {}) };
}

const tree = (branch: string): string =>
  github
    .git(["ls-tree", "-r", branch])
    .split("\n")
    .filter((line) => !line.endsWith("hold.json"))
    .join("\n");

test("TR9110: there is nothing to hold, promote or look at where nothing was published", async () => {
  for (const [command, ...args] of [
    ["hold", "--reason", "x"],
    ["promote", "--from", "deploy", "--branch", "prod"],
    ["drift"],
  ] as const) {
    const ran = await twinrail(command, ...args);
    assert.equal(ran.code, 1);
    assert.match(ran.text, /TR9110/);
  }
});

test("a week: publish, promote, a bad publish, rollback and hold, release", async () => {
  await twinrail("publish");
  const first = tree("deploy");
  assert.equal((await twinrail("promote", "--from", "deploy", "--branch", "prod")).status, "committed");
  assert.equal(tree("prod"), first);
  assert.equal((await twinrail("promote", "--from", "deploy", "--branch", "prod")).status, "unchanged");

  clone.write("ml/hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  clone.git("rm", "-q", "ml/nightly.pipeline.ts");
  clone.commit("two");
  assert.equal((await twinrail("publish")).status, "committed");
  assert.equal((await twinrail("promote", "--from", "deploy", "--branch", "prod")).status, "committed");
  assert.equal(tree("prod"), tree("deploy"), "what is deleted is deleted there, too");

  const before = github.git(["rev-parse", "prod"]);
  assert.equal(
    (await twinrail("rollback", "--branch", "prod", "--reason", "AUC fell\nTrailer: x")).status,
    "committed",
  );
  assert.equal(tree("prod"), first);
  assert.equal(github.git(["rev-parse", "prod~1"]), before, "history only grows");
  const held = await twinrail("promote", "--from", "deploy", "--branch", "prod");
  assert.equal(held.code, 1);
  assert.match(held.text, /TR9101/);
  assert.equal(tree("prod"), first);
  assert.equal((await twinrail("hold", "--branch", "prod", "--release")).status, "committed");
  assert.equal((await twinrail("promote", "--from", "deploy", "--branch", "prod")).status, "committed");
  assert.equal(tree("prod"), tree("deploy"));
  assert.equal(github.git(["log", "--format=%B", "prod"]).match(/^Trailer:/m), null);
});

test("drift names what was changed and deleted by hand; promote does not step over it", async () => {
  assert.deepEqual((await twinrail("drift", "--branch", "prod")).drift, []);
  const other = cloneOf(github);
  other.git("checkout", "-q", "prod");
  writeFileSync(join(other.folder, "ml/airflow/acme_hello.py"), "# by hand\n");
  other.git("rm", "-q", "ml/airflow/.airflowignore");
  other.commit("by hand");
  other.git("push", "-q", "origin", "HEAD:prod");
  const found = await twinrail("drift", "--branch", "prod");
  assert.equal(found.code, 1);
  assert.deepEqual(found.drift, [
    { path: "ml/airflow/.airflowignore", kind: "missing" },
    { path: "ml/airflow/acme_hello.py", kind: "changed" },
  ]);
  assert.match((await twinrail("promote", "--from", "deploy", "--branch", "prod")).text, /TR9103/);
  assert.equal((await twinrail("promote", "--from", "deploy", "--branch", "prod", "--force")).status, "committed");
  assert.deepEqual((await twinrail("drift", "--branch", "prod")).drift, []);
});

test("a branch that git does not take is refused before anything is done", async () => {
  const ran = await twinrail("publish", "--branch", "a..b");
  assert.equal(ran.code, 1);
  assert.match(ran.err, /check-ref-format/);
});
