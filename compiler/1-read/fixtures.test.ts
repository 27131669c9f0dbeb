import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { read as catalog } from "../diagnostics/catalog/read.ts";
import { linesOf, positionOf } from "../diagnostics/render-lines.ts";
import { diskHost } from "./host.ts";
import { type ReadResult, readProgram } from "./read.ts";
import { installed } from "./sdk.ts";
import { ENTRY } from "./testing.ts";

const folder = join(dirname(dirname(dirname(installed("sdk/dialect/lib.d.ts")))), "fixtures/diagnostics");
const names = readdirSync(folder).filter((name) => name.startsWith("TR1"));

/** `file:line:column-column` of each `//   ^^^ TR1010`, which points at the line above. */
function marked({ sources }: ReadResult): readonly string[] {
  return [...sources].flatMap(([file, text]) =>
    text.split("\n").flatMap((line, index) => {
      const carets = /^\/\/ *(\^+) TR\d+$/.exec(line)?.[1]?.length;
      const column = line.indexOf("^") + 1;
      return carets === undefined ? [] : [`${file}:${index}:${column}-${column + carets}`];
    }),
  );
}

function reported({ diagnostics, sources }: ReadResult): readonly string[] {
  return diagnostics.flatMap(({ span }) => {
    if (span === undefined) return [];
    const { line, column } = positionOf(linesOf(sources.get(span.file) ?? ""), span.start);
    return [`${span.file}:${line}:${column}-${column + span.end - span.start}`];
  });
}

test("each fixture gives one problem: that of its name, at the marked place", () => {
  for (const name of names) {
    const result = readProgram(diskHost(join(folder, name)), { entries: [ENTRY] });
    const [code] = name.split("-");
    assert.deepEqual(
      result.diagnostics.map((problem) => problem.code),
      [code],
      name,
    );
    const places = marked(result);
    if (places.length > 0) assert.deepEqual(reported(result), places, name);
  }
});

test("each code has a fixture", () => {
  const shown = new Set(names.map((name) => name.split("-")[0]));
  assert.deepEqual(
    Object.keys(catalog).filter((code) => !shown.has(code)),
    [],
  );
});
