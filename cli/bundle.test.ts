/** The bundled command line means the same as the plain one, whatever is the matter with its cache. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { shapeOf } from "../bench/shapes.ts";
import { pipelineSource, writeProject } from "../bench/tools/twinrail.ts";
import { PACKAGE_ROOT } from "../compiler/package.ts";

const BIN = join(PACKAGE_ROOT, "dist/test-bin");
const PLAIN = join(PACKAGE_ROOT, "dist/cli/main.js");
const BUNDLED = join(BIN, "twinrail.cjs");
const work = mkdtempSync(join(tmpdir(), "twinrail-bundle-"));
const project = join(work, "project");
const cache = join(work, "cache");

before(() => {
  execFileSync(process.execPath, ["cli/bundle.mjs", BIN], { cwd: PACKAGE_ROOT });
  writeProject(project, { "small.pipeline.ts": pipelineSource("small", shapeOf("map-reduce", 10)) });
});

after(() => {
  rmSync(work, { recursive: true });
  rmSync(BIN, { recursive: true });
});

/** Every file of both targets: path → bytes. */
function compiled(bin: string, environment: NodeJS.ProcessEnv = {}): Record<string, string> {
  const out = mkdtempSync(join(work, "out-"));
  for (const target of ["airflow", "argo"]) {
    execFileSync(process.execPath, [bin, "compile", "--target", target, "--out", join(out, target)], {
      cwd: project,
      env: { ...process.env, TWINRAIL_CACHE: cache, ...environment },
      stdio: "pipe",
    });
  }
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(out.length), readFileSync(path, "hex")]));
}

function cacheFiles(): readonly string[] {
  return readdirSync(join(cache, "code")).map((name) => join(cache, "code", name));
}

test("bundled and plain give the same bytes, with and without the cache", () => {
  const expected = compiled(PLAIN);
  assert.ok(Object.keys(expected).length > 10);
  assert.deepEqual(compiled(BUNDLED, { NODE_DISABLE_COMPILE_CACHE: "1" }), expected);
  assert.throws(cacheFiles, { code: "ENOENT" });
  assert.deepEqual(compiled(BUNDLED), expected);
  assert.equal(cacheFiles().length, 1);
  assert.deepEqual(compiled(BUNDLED), expected);

  const [file = ""] = cacheFiles();
  const good = readFileSync(file);
  const damaged = Buffer.from(good);
  damaged.writeUInt8(damaged.readUInt8(good.length >> 1) ^ 255, good.length >> 1);
  for (const bad of [damaged, good.subarray(0, 1000), Buffer.alloc(0)]) {
    writeFileSync(file, bad);
    assert.deepEqual(compiled(BUNDLED), expected);
    assert.notDeepEqual(readFileSync(file), bad, "a cache of no use is made again");
  }
});

test("bundled and plain find the same faults", () => {
  const faulty = join(work, "faulty");
  const calls = [
    "missing({})",
    'work({ x: "text" })',
    "work({ y: 1 })",
    "first(1, 2, 3)",
    "[1].at(0)!.foo",
    "for (;",
    "x satisfies",
  ];
  const source = (call: string): string =>
    pipelineSource("faulty", shapeOf("chain", 2)).replace("});", `  ${call};\n});`);
  const problems = (bin: string, call: string): string => {
    writeProject(faulty, { "faulty.pipeline.ts": source(call) });
    const argv = [bin, "compile", "--json", "--check"];
    const { stdout, status } = spawnSync(process.execPath, argv, { cwd: faulty, encoding: "utf8" });
    assert.equal(status, 1, call);
    return stdout;
  };
  for (const call of calls) assert.equal(problems(BUNDLED, call), problems(PLAIN, call));
});

test("a cache that cannot be written is no problem", () => {
  const blocked = join(work, "blocked");
  writeFileSync(blocked, "a file where a folder should be");
  assert.ok(Object.keys(compiled(BUNDLED, { TWINRAIL_CACHE: blocked })).length > 10);
});

test("other commands leave no cache, and pass on what they end with", () => {
  const own = join(work, "own");
  mkdirSync(own);
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [BUNDLED, ...args], {
      env: { ...process.env, TWINRAIL_CACHE: own },
      encoding: "utf8",
      stdio: "pipe",
    });
  assert.match(run("--help"), /Usage: twinrail/);
  assert.throws(() => run("compile", "--no-such-option"), { status: 2 });
  assert.deepEqual(readdirSync(own), []);
});

test("the licence of what is bundled comes along", () => {
  assert.match(readFileSync(join(BIN, "cli.cjs.LEGAL.txt"), "utf8"), /Copyright \(c\) Microsoft Corporation/);
});
