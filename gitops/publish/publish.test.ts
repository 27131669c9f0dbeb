/** Publishing to a real branch, by the shipped bundle through the stand-in's Git Data API, and by the command line with a real git remote. */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { FakeGitHub, problem } from "../github/testing.ts";
import {
  type ActionRun,
  CLI,
  type Clone,
  cloneOf,
  type Ran,
  runAction,
  smallPipeline,
  smallProject,
  start,
} from "../testing.ts";

let github: FakeGitHub;
let url: string;
let clone: Clone;

beforeEach(async () => {
  github = new FakeGitHub();
  url = await github.start();
  clone = cloneOf(github);
});
afterEach(() => github.stop());

function pushMain(message: string): string {
  const commit = clone.commit(message);
  clone.git("push", "-q", "origin", "HEAD:main");
  return commit;
}

function publish(sha: string, more: Partial<ActionRun> = {}): Promise<Ran> {
  return runAction({
    url,
    event: "push",
    payload: {},
    sha,
    ...more,
    inputs: { command: "publish", "github-token": "write", ...more.inputs },
  });
}

function byHand(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return start(process.execPath, [CLI, "publish", "--git", "origin", "--json", ...args], clone.folder);
}

const files = (branch = "deploy"): string[] => github.git(["ls-tree", "-r", "--name-only", branch]).split("\n");
const log = (branch = "deploy"): string[] => github.git(["log", "--format=%H", branch]).split("\n");
const read = (path: string, branch = "deploy"): string => github.git(["show", `${branch}:${path}`]);

/** A commit on the deploy branch that is not Twinrail's. */
function edit(change: (folder: string) => void, branch = "deploy"): void {
  const other = cloneOf(github);
  other.git("checkout", "-q", branch);
  change(other.folder);
  other.commit("by hand");
  other.git("push", "-q", "origin", `HEAD:${branch}`);
}

test("a push is committed; the same again is not; what is gone is deleted; foreign files stay", async () => {
  smallProject(clone.folder, ["hello", "nightly"]);
  const first = pushMain("one");
  const ran = await publish(first);
  assert.equal(ran.code, 0, ran.out);
  assert.equal(ran.outputs.changed, "true");
  assert.ok(files().includes("airflow/acme_hello.py"));
  assert.deepEqual(JSON.parse(read("hydrator.metadata")), {
    repoURL: "https://github.test/acme/pipelines",
    drySha: first,
  });
  assert.match(
    github.git(["log", "-1", "--format=%B", "deploy"]),
    /^Deploy 2 pipelines from [0-9a-f]{8}\n\nTwinrail-Source: /,
  );
  assert.equal((await publish(first)).outputs.changed, "false");
  assert.equal(log().length, 1);
  clone.edit("hello.pipeline.ts", (text) => `// A remark.\n${text}`);
  assert.equal((await publish(pushMain("a remark"))).outputs.changed, "false", "no engine would notice");

  edit((folder) => writeFileSync(join(folder, "README.md"), "ours\r\n\0"));
  clone.git("rm", "-q", "nightly.pipeline.ts");
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const second = pushMain("two");
  assert.equal((await publish(second)).outputs.changed, "true");
  assert.ok(!files().some((path) => path.includes("nightly")));
  assert.equal(read("README.md"), "ours\r\n\0");
  assert.match(read("airflow/acme_hello.py"), /0 4 \* \* \*/);
  assert.equal(log().length, 3);
});

test("the command line publishes the same bytes to a git remote", async () => {
  smallProject(clone.folder, ["hello"]);
  const commit = pushMain("one");
  await publish(commit);
  const ran = await byHand("--branch", "by-git");
  assert.equal(ran.code, 0, ran.err);
  assert.equal(JSON.parse(ran.out).status, "committed");
  const tree = (branch: string) =>
    github
      .git(["ls-tree", "-r", branch])
      .split("\n")
      .filter((line) => !line.endsWith("hydrator.metadata"));
  assert.deepEqual(tree("by-git"), tree("deploy"));
  assert.equal(JSON.parse((await byHand("--branch", "by-git")).out).status, "unchanged");
});

test("TR9106: an older run changes nothing", async () => {
  smallProject(clone.folder, ["hello"]);
  const first = pushMain("one");
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const second = pushMain("two");
  await publish(second);
  const late = await publish(first);
  assert.equal(late.code, 0, late.out);
  assert.match(late.out, /TR9106/);
  assert.match((await byHand("--commit", first)).out, /TR9106/);
  assert.match(read("airflow/acme_hello.py"), /0 4 \* \* \*/);
  // Published already, or not: a run whose branch has moved on leaves the work to the newer one.
  const third = pushMain("three");
  assert.match((await publish(second)).out, new RegExp(`TR9106.*${third.slice(0, 8)}`));
});

test("TR9107: another history is refused, and forced", async () => {
  smallProject(clone.folder, ["hello"]);
  pushMain("one");
  await byHand();
  clone.git("checkout", "-q", "--orphan", "elsewhere");
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  clone.commit("other");
  const refused = await byHand();
  assert.equal(refused.code, 1);
  assert.match(refused.out, /TR9107/);
  assert.equal((await byHand("--force")).code, 0);
});

test("TR9101: a hold keeps everything out", async () => {
  smallProject(clone.folder, ["hello"]);
  await publish(pushMain("one"));
  edit((folder) => writeFileSync(join(folder, ".twinrail/hold.json"), '{"by":"ada","reason":"incident 7"}'));
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const ran = await publish(pushMain("two"));
  assert.equal(ran.code, 0);
  assert.match(
    ran.out,
    /^::warning title=Twinrail TR9101::Nothing is published to `deploy`: ada holds it \(incident 7\)/m,
  );
  assert.equal(log().length, 2);
});

test("TR9102, TR9103, TR9104, TR9109: what is not ours, was changed by hand or is a link is left as it is", async () => {
  smallProject(clone.folder, ["hello"]);
  await publish(pushMain("one"));
  const refused = async (code: string) => {
    const before = log();
    const ran = await publish(clone.git("rev-parse", "HEAD"));
    assert.equal(ran.code, 1, ran.out);
    assert.match(ran.out, new RegExp(code));
    assert.deepEqual(log(), before);
    github.git(["update-ref", "refs/heads/deploy", `${before[0]}~1`]);
  };
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  clone.write("other.pipeline.ts", smallPipeline("other"));
  pushMain("two");
  edit((folder) => writeFileSync(join(folder, "airflow/acme_other.py"), "mine\n"));
  await refused("TR9102");
  edit((folder) => writeFileSync(join(folder, "airflow/acme_hello.py"), "changed\n"));
  await refused("TR9103");
  edit((folder) => {
    clone.git("-C", folder, "rm", "-q", "-r", "airflow");
    symlinkSync("../../etc", join(folder, "airflow"));
  });
  await refused("TR9104");
  edit((folder) => writeFileSync(join(folder, ".twinrail/index/hello.json"), "<<<<<<< ours\n"));
  await refused("TR9109");
});

test("TR9105: a pattern that matches nothing deletes nothing", async () => {
  smallProject(clone.folder, ["a", "b", "c", "d"]);
  await publish(pushMain("one"));
  clone.git("rm", "-q", "a.pipeline.ts", "b.pipeline.ts");
  const ran = await publish(pushMain("two"));
  assert.equal(ran.code, 1);
  assert.match(ran.out, /TR9105.*would delete 2 of 4 pipelines from `deploy`: a, b\./);
  const allowed = await publish(clone.git("rev-parse", "HEAD"), { inputs: { "allow-prune": "true" } });
  assert.equal(allowed.outputs.changed, "true", allowed.out);
});

test("one project's error keeps back no other; each is published into its folder", async () => {
  smallProject(join(clone.folder, "good"), ["hello"], "good");
  smallProject(join(clone.folder, "bad"), ["hello"], "bad");
  writeFileSync(join(clone.folder, "bad/hello.pipeline.ts"), "export default 1;\n");
  const ran = await publish(pushMain("one"));
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^::error title=Twinrail::bad: it does not compile/m);
  assert.ok(files().includes("good/airflow/good_hello.py"));
  assert.ok(!files().some((path) => path.startsWith("bad/")));
});

test("an empty repository gets its first commit; a pull request is never published", async () => {
  smallProject(clone.folder, ["hello"]);
  const commit = pushMain("one");
  const ran = await publish(commit, { event: "pull_request_target" });
  assert.equal(ran.code, 1);
  assert.match(ran.out, /publish does not run on pull_request_target/);
  const other = new FakeGitHub();
  const target = await other.start();
  try {
    // The sources are read from one server; the branch is written to another, empty one.
    github.fault = ({ path, method, body, query }) => {
      if (!path.startsWith("/repos/acme/deploy/")) return undefined;
      const call = { path: path.slice("/repos/acme/deploy".length), method, body, query, token: "write", host: "" };
      return other.answer(call);
    };
    const done = await publish(commit, { inputs: { "deploy-repository": "acme/deploy" } });
    assert.equal(done.code, 0, done.out);
    assert.ok(other.git(["ls-tree", "-r", "--name-only", "deploy"]).includes("airflow/acme_hello.py"));
    assert.ok(target);
  } finally {
    await other.stop();
  }
});

test("TR9108 and faults: others are faster, answers are lost, old places are shown", async () => {
  smallProject(clone.folder, ["hello"]);
  const commit = pushMain("one");
  await publish(commit);
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 4 * * *"));
  const second = pushMain("two");
  let lost = true;
  github.after = ({ method }, answer) => {
    if (method !== "PATCH" || !lost) return answer;
    lost = false;
    return problem(502, "Server Error");
  };
  const ran = await publish(second);
  assert.equal(ran.outputs.changed, "true", ran.out);
  assert.equal(log().length, 2, "once, although its answer was lost");
  clone.write("hello.pipeline.ts", smallPipeline("hello", "0 5 * * *"));
  const third = pushMain("three");
  github.after = (_, answer) => answer;
  github.fault = ({ method }) => {
    if (method !== "PATCH") return undefined;
    const tree = github.git(["rev-parse", "deploy^{tree}"]);
    github.git(["update-ref", "refs/heads/deploy", github.git(["commit-tree", tree, "-p", "deploy"], "other")]);
    return undefined;
  };
  const beaten = await publish(third);
  assert.equal(beaten.code, 1);
  assert.match(beaten.out, /TR9108/);
  assert.match(read("airflow/acme_hello.py"), /0 4 \* \* \*/);
});

test("eight publishers at once, each killed once between two calls: one line of history, nothing lost, nothing half done", async () => {
  mkdirSync(join(clone.folder, "docs"));
  clone.write("docs/x.md", "x");
  for (let i = 0; i < 8; i++)
    smallProject(
      join(clone.folder, `team-${i}`),
      Array.from({ length: 20 }, (_, n) => `p-${n}`),
      `team${i}`,
    );
  const commit = pushMain("one");
  github.git([
    "update-ref",
    "refs/heads/deploy",
    github.git(["commit-tree", github.git(["rev-parse", "main:docs"])], "foreign"),
  ]);
  const running = new Map<string, { killAt: number; calls: number; kill: () => void }>();
  github.fault = ({ token, path, method }) => {
    const run = running.get(token);
    if (run === undefined || (method === "GET" && /blobs|compare/.test(path))) return undefined;
    if (run.calls++ === run.killAt) run.kill();
    return undefined;
  };
  let killed = 0;
  const publishTeam = async (team: number) => {
    const token = `write-${team}`;
    const inputs = { "github-token": token, projects: `team-${team}` };
    const abort = new AbortController();
    // Of a publish that nobody disturbs there are at least nine: reading the branch, making trees and the commit, moving the branch.
    running.set(token, { killAt: 1 + team, calls: 0, kill: () => abort.abort(killed++) });
    await publish(commit, { inputs, signal: abort.signal });
    running.delete(token);
    const again = await publish(commit, { inputs });
    assert.equal(again.code, 0, again.out);
  };
  await Promise.all(Array.from({ length: 8 }, (_, team) => publishTeam(team)));
  assert.equal(killed, 8);
  github.git(["fsck", "--strict"]);
  assert.equal(github.git(["log", "--merges", "--format=%H", "deploy"]), "");
  assert.equal(read("x.md"), "x");
  for (let team = 0; team < 8; team++)
    for (let n = 0; n < 20; n++) assert.ok(files().includes(`team-${team}/airflow/team${team}_p_${n}.py`));
  // A project's files came in one commit, whole.
  for (const sha of log()) {
    const changed = github
      .git(["show", "--format=", "--name-only", sha])
      .split("\n")
      .filter((path) => /_p_\d+\.py$/.test(path));
    assert.ok([0, 20].includes(changed.length), `${sha} has ${changed.length} DAGs`);
  }
});
