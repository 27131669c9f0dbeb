import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { OutputFile } from "./output-file.ts";
import { type WriteOptions, type WriteResult, writeTrees } from "./write-tree.ts";

type Files = Record<string, string>;

class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), "twinrail-output-"));

  compile(pipelines: Record<string, Files>, more: Partial<WriteOptions> = {}): WriteResult {
    const trees = Object.entries(pipelines).map(([pipeline, files]) => ({
      ...{ pipeline, source: `${pipeline}.pipeline.ts`, irHash: "ir" },
      files: Object.entries(files).map(([path, content]): OutputFile => ({ path, content })),
    }));
    return writeTrees({ outDir: this.path, trees, compiler: "1.0.0", ...more });
  }

  put(path: string, text: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), text);
  }

  /** Every file with its text, Twinrail's own folder only when asked. */
  read(own = false): Files {
    const paths = readdirSync(this.path, { recursive: true, encoding: "utf8" }).sort();
    const files = paths.filter(
      (path) => lstatSync(join(this.path, path)).isFile() && (own || !path.startsWith(".twinrail")),
    );
    return Object.fromEntries(files.map((path) => [path, readFileSync(join(this.path, path), "utf8")]));
  }
}

const codes = (result: WriteResult) => result.diagnostics.map((d) => `${d.code} ${d.message.split("`")[1]}`);

/** Runs what must fail, and checks that it changed nothing at all. */
function refuses(folder: Folder, pipelines: Record<string, Files>, expected: readonly string[]): void {
  const before = folder.read(true);
  assert.deepEqual(codes(folder.compile(pipelines)), expected);
  assert.deepEqual(folder.read(true), before);
}

test("files are written once, replaced when they change, and removed when they are no longer made", () => {
  const folder = new Folder();
  const first = folder.compile({ p: { "airflow/p.py": "1", "airflow/lib/a.py": "a", "argo/p.yaml": "y" } });
  assert.deepEqual(first.written, ["airflow/lib/a.py", "airflow/p.py", "argo/p.yaml"]);
  utimesSync(join(folder.path, "airflow/p.py"), 1000, 1000);

  const second = folder.compile({ p: { "airflow/p.py": "1", "argo/p.yaml": "z" } });
  assert.deepEqual(
    [second.written, second.removed, second.unchanged],
    [["argo/p.yaml"], ["airflow/lib/a.py"], ["airflow/p.py"]],
  );
  assert.deepEqual(folder.read(), { "airflow/p.py": "1", "argo/p.yaml": "z" });
  assert.equal(lstatSync(join(folder.path, "airflow/p.py")).mtimeMs, 1_000_000);
  assert.equal(existsSync(join(folder.path, "airflow/lib")), false);
  assert.deepEqual(readdirSync(join(folder.path, ".twinrail")), ["index"]);
});

test("the same compile again touches nothing, the index included", () => {
  const folder = new Folder();
  folder.compile({ p: { a: "1" } });
  const index = join(folder.path, ".twinrail/index/p.json");
  const { mtimeMs, ino } = lstatSync(index);
  assert.deepEqual(folder.compile({ p: { a: "1" } }).written, []);
  assert.deepEqual([lstatSync(index).mtimeMs, lstatSync(index).ino], [mtimeMs, ino]);
  assert.match(readFileSync(index, "utf8"), /"files": \{\n {4}"a": "6b86b273ff34fce19d6b804eff5a3f57/);
});

test("foreign files and files changed by hand are never touched, and all of them are named", () => {
  const folder = new Folder();
  folder.compile({ p: { mine: "1", changed: "1", dropped: "1" } });
  folder.put("foreign", "theirs");
  folder.put("changed", "by hand");
  folder.put("dropped", "by hand");
  folder.put("same", "3");
  const next = { p: { mine: "2", changed: "2", foreign: "2", same: "3" } };
  refuses(folder, next, ["TR9003 changed", "TR9002 foreign", "TR9003 dropped"]);
  assert.deepEqual(folder.compile(next, { force: true }).diagnostics, []);
  assert.deepEqual(folder.read(), { mine: "2", changed: "2", foreign: "2", same: "3" });
});

test("symbolic links are not written through, wherever they are", () => {
  const folder = new Folder();
  const elsewhere = new Folder();
  symlinkSync(elsewhere.path, join(folder.path, "airflow"));
  symlinkSync(join(elsewhere.path, "x"), join(folder.path, "file"));
  refuses(folder, { p: { "airflow/p.py": "1", file: "2" } }, ["TR9001 airflow/p.py", "TR9001 file"]);
  assert.equal(folder.compile({ p: { "airflow/p.py": "1" } }, { force: true }).diagnostics.length, 1);
  symlinkSync(elsewhere.path, join(folder.path, ".twinrail"));
  assert.ok(codes(folder.compile({ p: { a: "1" } })).some((code) => code.startsWith("TR9001")));
  assert.deepEqual(elsewhere.read(true), {});
});

test("folders and files in the way", () => {
  const folder = new Folder();
  folder.put("a/b", "1");
  folder.put("c", "1");
  refuses(folder, { p: { a: "1", "c/d": "1" } }, ["TR9005 a", "TR9005 c/d"]);
});

test("pipelines share a file of one content and fight over a file of two", () => {
  const folder = new Folder();
  folder.compile({ p: { "lib/a": "1", p: "p" }, q: { "lib/a": "1", q: "q" } });
  // p lets go; q still owns it.
  assert.deepEqual(folder.compile({ p: { p: "p" } }).removed, []);
  refuses(folder, { p: { p: "p", "lib/a": "2" } }, ["TR9004 q"]);
  refuses(folder, { p: { x: "1" }, q: { x: "2" } }, ["TR9004 p"]);
  const gone = folder.compile({ p: { p: "p" } }, { complete: true });
  assert.deepEqual(
    [gone.removed, Object.keys(folder.read(true))],
    [
      ["lib/a", "q"],
      [".twinrail/index/p.json", "p"],
    ],
  );
  const tree = { pipeline: "p", irHash: "", files: [] };
  const twice = {
    outDir: folder.path,
    compiler: "1",
    trees: [
      { ...tree, source: "a.ts" },
      { ...tree, source: "b.ts" },
    ],
  };
  assert.deepEqual(codes(writeTrees(twice)), ["TR9008 a.ts"]);
});

test("a broken index stops everything; one that names files outside is broken", () => {
  const folder = new Folder();
  folder.compile({ p: { a: "1" } });
  const index = readFileSync(join(folder.path, ".twinrail/index/p.json"), "utf8");
  for (const text of [
    "<<<<<<< ours\n{}",
    "{",
    '{"version":2}',
    index.replace('"a"', '"../a"'),
    index.replace('"a"', '".twinrail/x"'),
  ]) {
    folder.put(".twinrail/index/p.json", text);
    refuses(folder, { p: { a: "2" } }, ["TR9006 .twinrail/index/p.json", "TR9002 a"]);
  }
  assert.deepEqual(folder.compile({ p: { a: "2" } }, { force: true }).diagnostics, []);
});

test("an interrupted compile is taken up: both contents are known as ours", () => {
  const folder = new Folder();
  folder.compile({ p: { a: "1", b: "1" } });
  const old = readFileSync(join(folder.path, ".twinrail/index/p.json"), "utf8");
  folder.compile({ p: { a: "2", b: "2", c: "2" } });
  // As if killed after `a` and `c` were moved into place.
  const next = readFileSync(join(folder.path, ".twinrail/index/p.json"), "utf8");
  folder.put(".twinrail/index/p.next.json", next);
  folder.put(".twinrail/index/p.json", old);
  folder.put("b", "1");
  assert.deepEqual(folder.compile({ p: { a: "3", b: "3" } }).diagnostics, []);
  assert.deepEqual(Object.keys(folder.read(true)), [".twinrail/index/p.json", "a", "b"]);
});

/** As somebody whom permissions stop, also where tests run as root. */
function unprivileged(body: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    body();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test("a failure in the middle undoes what was done", () => {
  unprivileged(() => {
    const folder = new Folder();
    folder.compile({ p: { "a/x": "1", "z/x": "1" } });
    chmodSync(join(folder.path, "z"), 0o555);
    refuses(folder, { p: { "a/x": "2", "new/deep/x": "2", "z/x": "2" } }, ["TR9007 z/x"]);
    refuses(folder, { p: { "new/x": "2" } }, ["TR9007 z/x"]);
    assert.deepEqual(readdirSync(folder.path).sort(), [".twinrail", "a", "z"]);
    const fresh = new Folder();
    mkdirSync(join(fresh.path, "z"), 0o555);
    refuses(fresh, { p: { "a/x": "1", "z/x": "1" } }, ["TR9007 z/x"]);
    assert.deepEqual(readdirSync(fresh.path), ["z"]);
  });
});

test("a folder that cannot be read or made is a problem, not a crash", () => {
  const folder = new Folder();
  refuses(folder, { p: { ["n".repeat(300)]: "2" } }, [`TR9007 ${folder.path}`]);
  folder.put("file", "1");
  const result = writeTrees({ outDir: join(folder.path, "file"), trees: [], compiler: "1" });
  assert.equal(result.diagnostics[0]?.code, "TR9007");
});

test("maps lie beside the output, in no index, and go when their file goes", () => {
  const folder = new Folder();
  const compile = (start: number, withMap: boolean) => {
    const map = [{ line: 3, origin: { span: { file: "p.ts", start, end: start + 1 } } }];
    const files: OutputFile[] = withMap ? [{ path: "d/a.py", content: "1", map }] : [{ path: "b", content: "1" }];
    return writeTrees({
      outDir: folder.path,
      compiler: "1",
      trees: [{ pipeline: "p", source: "p.ts", irHash: "i", files }],
    });
  };
  compile(1, true);
  const index = folder.read(true)[".twinrail/index/p.json"];
  assert.deepEqual(compile(2, true).written, []);
  assert.equal(folder.read(true)[".twinrail/index/p.json"], index);
  assert.deepEqual(JSON.parse(folder.read(true)[".twinrail/maps/d/a.py.json"] ?? ""), {
    version: 1,
    sources: ["p.ts"],
    lines: [[3, 0, 2, 3]],
  });
  compile(2, false);
  assert.deepEqual(Object.keys(folder.read(true)), [".twinrail/index/p.json", "b"]);
  rmSync(folder.path, { recursive: true });
});
