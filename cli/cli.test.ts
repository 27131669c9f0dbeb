/** The command line from outside: what it exits with, what goes to which stream. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PACKAGE_ROOT } from "../compiler/package.ts";

const work = mkdtempSync(join(tmpdir(), "twinrail-cli-"));
after(() => rmSync(work, { recursive: true, force: true }));
const COMMAND = join(PACKAGE_ROOT, "dist/cli/main.js");
const COMMANDS = ["compile", "run", "lock", "push", "verify", "provenance", "env", "explain", "completion"];

const PIPELINE = `import { pipeline, shared } from "twinrail";

const first = shared({ run: "steps/a.py:first" });

export default pipeline({ name: "hello" }, async () => {
  await first();
});
`;

function projectOf(name: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = join(work, name);
  const all = {
    "twinrail.json": '{ "artifactRoot": "s3://bucket/x", "target": ["airflow"] }\n',
    "hello.pipeline.ts": PIPELINE,
    "steps/a.py": "def first():\n    return None\n",
    ...files,
  };
  mkdirSync(join(folder, "steps"), { recursive: true });
  for (const [file, text] of Object.entries(all)) writeFileSync(join(folder, file), text);
  return folder;
}

function twinrail(cwd: string, ...args: string[]): { status: number | null; out: string; err: string } {
  const { FORCE_COLOR: _, ...env } = process.env;
  return withEnvironment(cwd, { ...env, NO_COLOR: "1" }, args);
}

function withEnvironment(cwd: string, env: NodeJS.ProcessEnv, args: readonly string[]): ReturnType<typeof twinrail> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { cwd, env, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

const hello = projectOf("hello");
const broken = projectOf("broken", { "hello.pipeline.ts": PIPELINE.replace("await first()", "first()") });

test("compiling: 0, and what was written is told to people", () => {
  const { status, out, err } = twinrail(hello, "compile");
  assert.deepEqual([status, out], [0, ""]);
  assert.match(err, /wrote +deploy\/airflow\//);
});

test("a problem: 1, shown with its line", () => {
  const { status, out, err } = twinrail(broken, "compile");
  assert.deepEqual([status, out], [1, ""]);
  assert.match(err, /error\[TR2010\][\s\S]*hello\.pipeline\.ts:6:3[\s\S]*first\(\);/);
});

test("wrong use: 2, with the help", () => {
  for (const args of [
    ["compile", "--nope"],
    ["nope"],
    ["completion", "tcsh"],
    ["explain", "TR0000"],
    ["compile", "--emit", "x"],
  ]) {
    assert.equal(twinrail(hello, ...args).status, 2, args.join(" "));
  }
});

test("--json: one document on standard output, nothing on the other, whether it works or not", () => {
  const good = twinrail(hello, "compile", "--json", "--out", join(work, "json-out"));
  assert.equal(good.status, 0);
  assert.equal(good.err, "");
  assert.ok((JSON.parse(good.out) as { written: string[] }).written.length > 0);
  const bad = twinrail(broken, "compile", "--json");
  assert.equal(bad.status, 1);
  assert.equal(bad.err, "");
  const { diagnostics } = JSON.parse(bad.out) as { diagnostics: { code: string }[] };
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ["TR2010"],
  );
});

test("--emit prints the pipeline and writes nothing", () => {
  const folder = projectOf("emit");
  const { status, out } = twinrail(folder, "compile", "--emit", "ir");
  assert.equal(status, 0);
  assert.match(out, /^pipeline hello\n[\s\S]*first = first\(\)/);
});

test("every command's help has examples", () => {
  assert.match(twinrail(hello, "--help").out, /Exit codes: 0 [\s\S]*70/);
  for (const command of COMMANDS) {
    const { status, out } = twinrail(hello, command, "--help");
    assert.equal(status, 0);
    assert.match(out, /Examples:\n {2}\S/, command);
  }
});

test("targets that are none, or do not go together", () => {
  const cases = {
    spark: "TR8021",
    "airflow,airflow": "TR8021",
    "airflow,argo,kubeflow": "TR8021",
    kubeflow: "TR8022",
    "argo,airflow": "TR4001",
  };
  for (const [target, code] of Object.entries(cases)) {
    const { status, err } = twinrail(hello, "compile", "--target", target);
    assert.equal(status, 1, target);
    assert.match(err, new RegExp(`error\\[${code}\\]`), target);
  }
});

test("no twinrail.json, no such pipeline", () => {
  const empty = join(work, "empty");
  mkdirSync(empty);
  const none = twinrail(empty, "compile");
  assert.equal(none.status, 1);
  assert.match(none.err, /error\[TR8001\]/);
  const unknown = twinrail(hello, "compile", "nobody");
  assert.equal(unknown.status, 1);
  assert.match(unknown.err, /error\[TR8020\][\s\S]*nobody/);
});

test("the nearest twinrail.json above is the project", () => {
  assert.equal(twinrail(join(hello, "steps"), "compile", "--out", join(work, "from-below")).status, 0);
});

test("completion scripts are scripts", () => {
  for (const shell of ["bash", "zsh"]) {
    const { status, out } = twinrail(hello, "completion", shell);
    assert.equal(status, 0);
    const checked = spawnSync("bash", ["-n"], { input: out, encoding: "utf8" });
    assert.deepEqual([checked.status, checked.stderr], [0, ""], shell);
    for (const command of COMMANDS) assert.ok(out.includes(command));
  }
  const { out } = twinrail(hello, "completion", "fish");
  assert.ok(out.split("\n").every((line) => line === "" || line.startsWith("complete -c twinrail ")));
});

test("completion offers commands first, then the command's options", () => {
  const { out } = twinrail(hello, "completion", "bash");
  const ask = (words: string, at: number): string =>
    spawnSync("bash", ["-c", `${out}\nCOMP_WORDS=(${words}); COMP_CWORD=${at}; _twinrail; echo "\${COMPREPLY[@]}"`], {
      encoding: "utf8",
    }).stdout.trim();
  assert.equal(ask("twinrail comp", 1), "compile completion");
  assert.equal(ask("twinrail compile --ta", 2), "--target");
});

test("colours: never with NO_COLOR or into a file, always with FORCE_COLOR", () => {
  const colour = String.fromCharCode(27);
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  assert.ok(!withEnvironment(broken, { ...env, NO_COLOR: "1" }, ["compile"]).err.includes(colour));
  for (const CI of ["", "true"]) {
    assert.ok(!withEnvironment(broken, { ...env, CI }, ["compile"]).err.includes(colour), `CI=${CI}`);
  }
  assert.ok(withEnvironment(broken, { ...env, FORCE_COLOR: "1" }, ["compile"]).err.includes(colour));
});

test("a lock file with what nobody uses is refused where CI is set, unless --no-locked", () => {
  const text = "{}";
  const digest = (of: string) => `sha256:${createHash("sha256").update(of).digest("hex")}`;
  const manifest = JSON.stringify({ config: { digest: digest(text) } });
  const image = { digest: digest(manifest), platform: "linux/amd64", mediaType: "x", manifest, config: text };
  const runtime = { version: "0.1.0", digest: digest("r"), diffId: digest("r"), size: 1 };
  const lock = { version: 1, twinrail: "0.1.0", images: { "old:1": image }, runtime };
  const folder = projectOf("stale", { "twinrail.lock.json": JSON.stringify(lock) });
  const { CI: _, ...env } = process.env;
  const compile = (more: NodeJS.ProcessEnv, ...args: string[]) =>
    withEnvironment(folder, { ...env, NO_COLOR: "1", ...more }, ["compile", ...args]);
  assert.equal(compile({}).status, 0);
  assert.match(compile({ CI: "true" }).err, /error\[TR7006\]: No pipeline uses `old:1` any more/);
  assert.equal(compile({}, "--locked").status, 1);
  assert.equal(compile({ CI: "true" }, "--no-locked").status, 0);
  assert.equal(compile({ CI: "true" }, "hello").status, 0);
});
