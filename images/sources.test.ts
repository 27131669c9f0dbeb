import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { collectSources, SOURCE_LIMITS, type SourceLimits } from "./sources.ts";

/** Paths and codes for a project of these files; a value `→x` is a symbolic link. */
function collect(
  files: Record<string, string>,
  runs: readonly string[],
  limits: SourceLimits = SOURCE_LIMITS,
): { paths: string[]; codes: string[] } {
  const root = mkdtempSync(join(tmpdir(), "twinrail-sources-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (content.startsWith("→")) symlinkSync(content.slice(1), join(root, path));
      else writeFileSync(join(root, path), content);
    }
    const { sources, diagnostics } = collectSources(
      root,
      runs.map((file) => ({ file })),
      limits,
    );
    return { paths: sources.map(({ path }) => path), codes: diagnostics.map(({ code }) => code) };
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("takes the whole top-level folder of a step, data included, and makes each folder a package", () => {
  const files = {
    "steps/train.py": "",
    "steps/sql/query.sql": "",
    "steps/deep/er/model.py": "",
    "steps/README": "",
    "steps/steps.ts": "",
    "steps/tests/test_train.py": "",
    "steps/__pycache__/train.cpython-311.pyc": "",
    "steps/.env": "",
    "other/x.py": "",
    "setup.py": "",
  };
  assert.deepEqual(collect(files, ["steps/train.py"]), {
    paths: [
      "steps/README",
      "steps/__init__.py",
      "steps/deep/__init__.py",
      "steps/deep/er/__init__.py",
      "steps/deep/er/model.py",
      "steps/sql/query.sql",
      "steps/train.py",
    ],
    codes: [],
  });
});

test("takes along what is imported from the project, and no more", () => {
  const files = {
    "steps/train.py":
      "import numpy, common.io as io; from shared import x\nif True: import late\nfrom . import local\nfrom types import ModuleType\n",
    "steps/local.py": "import os",
    "common/io.py": "def f():\n    import (deep) # not Python, but harmless\n    from deeper.mod import y",
    "shared/__init__.py": "",
    "late.py": "",
    "deeper/mod.py": "",
    "types/odd.py": "",
    "unused/x.py": "",
    "unused.py": "",
  };
  const { paths, codes } = collect(files, ["steps/train.py"]);
  assert.deepEqual(codes, []);
  assert.deepEqual(
    [...new Set(paths.map((path) => path.split("/")[0]))],
    ["common", "deeper", "late.py", "shared", "steps"],
  );
});

test("a step at the root is a module of its own", () => {
  assert.deepEqual(
    collect({ "train.py": "import helper", "helper.py": "", "notes.txt": "", "setup.py": "" }, ["train.py"]),
    {
      paths: ["helper.py", "train.py"],
      codes: [],
    },
  );
});

test("refuses names that would hide Python's, Airflow's or the runtime's modules", () => {
  for (const run of [
    "json/x.py",
    "types.py",
    "distutils/x.py",
    "tomllib/x.py",
    "airflow/x.py",
    "twinrail_runtime/x.py",
  ]) {
    assert.deepEqual(collect({ [run]: "" }, [run]).codes, ["TR7021"], run);
  }
});

test("refuses missing files, and paths that are not inside the project", () => {
  for (const run of [
    "steps/x.py",
    "steps",
    "../x.py",
    "/etc/passwd",
    "steps/../steps/train.py",
    "steps//train.py",
    "",
  ]) {
    assert.deepEqual(collect({ "steps/train.py": "" }, [run]).codes, ["TR7020"], run);
  }
});

test("follows symbolic links inside the project only, and not in circles", () => {
  const inside = { "steps/train.py": "", "data/a.csv": "1", "steps/data": "→../data", "steps/b.csv": "→../data/a.csv" };
  assert.deepEqual(collect(inside, ["steps/train.py"]), {
    paths: ["steps/__init__.py", "steps/b.csv", "steps/data/a.csv", "steps/train.py"],
    codes: [],
  });
  for (const target of ["/etc/passwd", "/etc", "../..", "nowhere", "self"]) {
    assert.deepEqual(
      collect({ "steps/train.py": "", "steps/self": `→${target}` }, ["steps/train.py"]).codes,
      ["TR7022"],
      target,
    );
  }
  assert.deepEqual(collect({ "steps/train.py": "→/etc/passwd" }, ["steps/train.py"]).codes, ["TR7022"]);
  assert.deepEqual(collect({ "steps/train.py": "", "steps/sub/up": "→.." }, ["steps/train.py"]).codes, ["TR7023"]);
});

test("is bounded", () => {
  const files = { "steps/train.py": "", "steps/a.bin": "12345", "steps/b.bin": "1" };
  assert.deepEqual(collect(files, ["steps/train.py"], { ...SOURCE_LIMITS, fileBytes: 4 }).codes, ["TR7024"]);
  assert.deepEqual(collect(files, ["steps/train.py"], { ...SOURCE_LIMITS, files: 2 }).codes, ["TR7025"]);
  assert.deepEqual(collect(files, ["steps/train.py"], { ...SOURCE_LIMITS, totalBytes: 5 }).codes, ["TR7025"]);
});

test("refuses file names that some systems cannot hold", () => {
  assert.deepEqual(collect({ "steps/train.py": "", "steps/a\nb": "" }, ["steps/train.py"]).codes, ["TR7026"]);
});
