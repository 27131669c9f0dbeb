/** `verify` from outside: what it says of an untouched tree, of one that was tampered with, and of one that another Twinrail compiled. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PACKAGE_ROOT } from "../compiler/package.ts";

const work = mkdtempSync(join(tmpdir(), "twinrail-verify-test-"));
after(() => rmSync(work, { recursive: true, force: true }));

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function run(command: string, args: readonly string[], cwd: string, more: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const { CI: _, FORCE_COLOR: __, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...env, NO_COLOR: "1", ...more } });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

const twinrail = (cwd: string, args: readonly string[], env?: NodeJS.ProcessEnv) =>
  run(process.execPath, [join(PACKAGE_ROOT, "dist/cli/main.js"), ...args], cwd, env);

async function git(cwd: string, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
  const { status, out, err } = await run("git", [...identity, ...args], cwd);
  assert.equal(status, 0, err);
  return out.trim();
}

/** Codes of the findings, each with the path or name that its message is about. */
async function findings(cwd: string, ...args: string[]): Promise<string[]> {
  const { status, out, err } = await twinrail(cwd, ["verify", "--json", ...args]);
  assert.ok(out !== "", err);
  const report = JSON.parse(out);
  const found = report.findings ?? report.diagnostics;
  assert.equal(status, found.length === 0 ? 0 : 1);
  return found.map(
    ({ code, message }: { code: string; message: string }) => `${code} ${/`([^`]+)`/.exec(message)?.[1]}`,
  );
}

const repository = join(work, "first/repository");
const project = join(repository, "ml");

before(async () => {
  mkdirSync(repository, { recursive: true });
  cpSync(join(PACKAGE_ROOT, "fixtures/pipelines/churn"), project, {
    recursive: true,
    filter: (path) => !/\/(deploy|\.twinrail|__pycache__)$/.test(path),
  });
  await git(work, "init", "--quiet", "--initial-branch=main", repository);
  const compiled = await twinrail(project, ["compile"]);
  assert.equal(compiled.status, 0, compiled.err);
  await git(repository, "add", "-A", "--force");
  await git(repository, "commit", "--quiet", "-m", "deploy churn");
});

/** A clone to tamper with, on a path of its own. */
async function clone(name: string): Promise<string> {
  const folder = join(work, "clones", name, "somewhere else");
  await git(work, "clone", "--quiet", repository, folder);
  return join(folder, "ml");
}

function edit(folder: string, file: string, change: (text: string) => string): void {
  const text = readFileSync(join(folder, file), "utf8");
  const changed = change(text);
  assert.notEqual(changed, text, `${file} does not hold what the test changes`);
  writeFileSync(join(folder, file), changed);
}

const deployed = (folder: string, match: RegExp): string => {
  const paths = readdirSync(join(folder, "deploy"), { recursive: true, encoding: "utf8" });
  const found = paths.find((path) => match.test(path));
  assert.ok(found !== undefined, paths.join("\n"));
  return `deploy/${found}`;
};

test("an untouched tree is equal, from a fresh clone on another path: folder, commit, branch", async () => {
  const folder = await clone("untouched");
  assert.deepEqual(await findings(folder), []);
  assert.deepEqual(await findings(folder, "HEAD"), []);
  assert.deepEqual(await findings(folder, "deploy", "--source", "main"), []);
  const { err } = await twinrail(folder, ["verify"]);
  assert.match(err, /is what the working copy compiles to: \d+ files, every byte/);
});

test("each thing that is tampered with is named, and nothing else", async (t) => {
  const source = await clone("source");
  edit(source, "steps/train.py", (text) => `${text}\n`);
  assert.deepEqual(await findings(source), ["TR7061 steps/train.py"]);
  await t.test("of a commit, the working copy does not matter", async () =>
    assert.deepEqual(await findings(source, "HEAD"), []),
  );

  const pipeline = await clone("pipeline");
  edit(pipeline, "churn.pipeline.ts", (text) => text.replace("0.01", "0.02"));
  assert.deepEqual(await findings(pipeline), ["TR7061 churn.pipeline.ts"]);

  const lock = await clone("lock");
  edit(lock, "twinrail.lock.json", (text) => {
    const parsed = JSON.parse(text);
    const [one, other] = Object.keys(parsed.images).sort();
    assert.ok(one !== undefined && other !== undefined);
    parsed.images[other] = parsed.images[one];
    return JSON.stringify(parsed, null, 2);
  });
  assert.deepEqual(await findings(lock), ["TR7062 pytorch/pytorch:2.9-cuda12.6-runtime"]);

  const text = await clone("text");
  edit(text, "twinrail.lock.json", (before) => before.replace("architecture", "architecturf"));
  assert.match((await findings(text))[0] ?? "", /^TR7003 /);

  const image = await clone("image");
  const workflow = deployed(image, /regions\/.*\.workflow\.json$/);
  edit(image, workflow, (before) => before.replace(/@sha256:[0-9a-f]{64}/, `@sha256:${"0".repeat(64)}`));
  assert.deepEqual(await findings(image), [`TR7063 ${workflow.slice("deploy/".length)}`]);

  const file = await clone("file");
  const dag = deployed(file, /^airflow\/[^/]+\.py$/);
  edit(file, dag, (before) => `${before}import os\n`);
  assert.deepEqual(await findings(file), [`TR7064 ${dag.slice("deploy/".length)}`]);
  const module = join(deployed(file, /twinrail_[^/]+\/src\/steps\/__init__\.py$/), "../json.py");
  writeFileSync(join(file, module), "print('mine')\n");
  assert.deepEqual(
    (await findings(file)).sort(),
    [`TR7064 ${dag.slice("deploy/".length)}`, `TR7064 ${module.slice("deploy/".length)}`].sort(),
  );

  const index = await clone("index");
  edit(index, "deploy/.twinrail/index/churn.json", (before) =>
    before.replace(/("irHash": ")[0-9a-f]{8}/, "$100000000"),
  );
  assert.deepEqual(await findings(index), ["TR7065 .twinrail/index/churn.json"]);
  edit(index, "deploy/.twinrail/index/churn.json", (before) => before.slice(0, -10));
  assert.deepEqual(await findings(index), ["TR7065 .twinrail/index/churn.json"]);

  const both = await clone("both");
  edit(both, "steps/publish.py", (before) => `${before}\n`);
  edit(both, dag, (before) => before.replace("retries=3", "retries=4"));
  assert.deepEqual((await findings(both)).sort(), ["TR7061 steps/publish.py", `TR7064 ${dag.slice("deploy/".length)}`]);
});

test("a deploy branch is compared with the commit that it names", async () => {
  const folder = await clone("branch");
  const dry = await git(folder, "rev-parse", "HEAD");
  await git(folder, "checkout", "--quiet", "--orphan", "deploy");
  await git(folder, "rm", "--quiet", "-rf", "--cached", ".");
  writeFileSync(join(folder, "deploy/hydrator.metadata"), JSON.stringify({ drySha: dry }));
  await git(folder, "add", "--force", "deploy");
  await git(folder, "commit", "--quiet", "-m", "churn");
  await git(folder, "checkout", "--quiet", "--force", "main");
  edit(folder, "steps/train.py", (text) => `${text}\n`);
  assert.deepEqual(await findings(folder, "deploy", "--source", dry), []);
  await git(folder, "commit", "--quiet", "-am", "later");
  assert.deepEqual(await findings(folder, "refs/heads/deploy"), []);
  assert.deepEqual(await findings(folder, "refs/heads/deploy", "--source", "main"), ["TR7061 steps/train.py"]);
});

test("what is neither a folder nor a commit", async () => {
  const folder = await clone("nothing");
  assert.deepEqual(await findings(folder, "no-such-branch"), ["TR7068 no-such-branch"]);
  assert.deepEqual(await findings(folder, "steps"), ["TR7068 steps"]);
  assert.deepEqual(await findings(folder, "--source", "no-such-tag"), ["TR7068 no-such-tag"]);
});

test("another Twinrail than this: fetched by its locked integrity, or not at all", async () => {
  const folder = await clone("older");
  const { archive, integrity } = await packAs("0.0.9");
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    if (request.url?.endsWith(".tgz")) return void response.end(archive);
    const dist = { tarball: `http://127.0.0.1:${port}/twinrail-0.0.9.tgz`, integrity };
    const versions = { "0.0.9": { name: "twinrail", version: "0.0.9", dist } };
    response.end(JSON.stringify({ name: "twinrail", "dist-tags": { latest: "0.0.9" }, versions }));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const env = { npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_cache: join(work, "npm-cache") };
  const verify = () => twinrail(folder, ["verify"], env);
  try {
    edit(folder, "deploy/.twinrail/index/churn.json", (text) =>
      text.replace(/"compiler": "[^"]+"/, '"compiler": "0.0.9"'),
    );
    assert.match((await verify()).err, /TR7067.*\n?.*no integrity that would make fetching it safe/);

    const lock = JSON.parse(readFileSync(join(folder, "twinrail.lock.json"), "utf8"));
    const locked = (value: string) =>
      writeFileSync(join(folder, "twinrail.lock.json"), JSON.stringify({ ...lock, integrity: value }));
    locked(`sha512-${createHash("sha512").update("something else").digest("base64")}`);
    assert.match((await verify()).err, /TR7067.*has the integrity/s);

    locked(integrity);
    const { status, err } = await verify();
    assert.deepEqual([status, /every byte/.test(err)], [0, true], err);
  } finally {
    server.close();
  }
});

/** This very package under another version, as npm would publish it. */
async function packAs(version: string): Promise<{ archive: Buffer; integrity: string }> {
  const folder = join(work, "package");
  for (const part of [
    "dist/bin",
    "dist/runtime-layer",
    "dist/sdk",
    "sdk",
    "runtime/twinrail_runtime",
    "targets",
    "templates",
  ])
    cpSync(join(PACKAGE_ROOT, part), join(folder, part), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, version }));
  const packed = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", work], folder);
  assert.equal(packed.status, 0, packed.err);
  const [{ filename, integrity }] = JSON.parse(packed.out);
  return { archive: readFileSync(join(work, filename)), integrity };
}
