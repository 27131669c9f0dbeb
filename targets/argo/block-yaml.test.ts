/** The quick writer and the `yaml` package give the same bytes, or the quick one says that it cannot. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { PACKAGE_ROOT } from "../../compiler/package.ts";
import { blockYaml } from "./block-yaml.ts";
import { libraryYaml, styleOf } from "./emit.ts";

const STRINGS = [
  ...[
    "a",
    "yes",
    "0755",
    "10Gi",
    "5s",
    "",
    " ",
    "a: b",
    "a #b",
    "- a",
    "{{a}}",
    "a b ",
    "--flag",
    "-x",
    "/bin/sh",
    "a:b",
    "a:",
  ],
  ...[
    '{"a": 1}',
    `it's "x"`,
    "it's",
    "\\",
    "\\n",
    " \\n",
    "tab\t",
    "é",
    "\u202e",
    "\u0001",
    "x".repeat(600),
    "%a",
    "---",
    "...",
    "#",
  ],
  ...[
    "a\nb",
    "a\n\n\n  b\n c",
    "a\n",
    "\na",
    "  a\nb",
    "a \nb",
    "a\n---\nb",
    "a\n%b",
    "a\té\nb",
    "if x:\n    y()\n\nz()",
  ],
];

const VALUES: readonly unknown[] = [
  ...[
    0,
    7,
    -3,
    1.5,
    1e21,
    -0,
    true,
    false,
    null,
    undefined,
    [],
    {},
    [[]],
    [{}],
    [[1, [2]], [{ a: [1] }]],
    { a: undefined },
  ],
  ...STRINGS,
];

/** Numbers that are random enough and the same in each run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

function madeUp(next: (below: number) => number, depth: number): unknown {
  const kind = depth === 0 ? 0 : next(3);
  if (kind === 0) return VALUES[next(VALUES.length)];
  const items = Array.from({ length: next(4) }, () => madeUp(next, depth - 1));
  return kind === 1
    ? items
    : Object.fromEntries(items.map((item, at) => [STRINGS[next(STRINGS.length)] ?? `k${at}`, item]));
}

test("each value, as a field, an item and a key", () => {
  const written = new Set<unknown>();
  for (const value of VALUES) {
    for (const object of [
      { key: value },
      { key: [value, value] },
      { a: { b: value, [String(value)]: value } },
      [[value]],
    ]) {
      const text = blockYaml(object, styleOf);
      if (text === undefined) continue;
      written.add(value);
      assert.equal(text, libraryYaml(object), JSON.stringify(object));
    }
  }
  for (const value of ["a", "yes", "a\n\n\n  b\n c", '{"a": 1}', 7, null, true])
    assert.ok(written.has(value), String(value));
});

test("what is made up of them", () => {
  let written = 0;
  for (let seed = 1; seed <= 3000; seed++) {
    const object = { value: madeUp(generator(seed), 4) };
    const text = blockYaml(object, styleOf);
    if (text === undefined) continue;
    written += 1;
    assert.equal(text, libraryYaml(object), `seed ${seed}: ${JSON.stringify(object)}`);
  }
  assert.ok(written > 1000, `${written} were written`);
});

test("what the target emits needs no other writer", () => {
  const folder = join(PACKAGE_ROOT, "targets/argo/expected");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
  assert.ok(files.length > 0);
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(join(folder, file), "utf8"))) {
      const object = document.toJS() as object;
      assert.equal(blockYaml(object, styleOf), libraryYaml(object), file);
    }
  }
});
