import assert from "node:assert/strict";
import { test } from "node:test";
import { lineAt, linesOf, positionOf } from "./render-lines.ts";

test("lines end with \\n, \\r\\n or \\r, and count from 1", () => {
  const lines = linesOf("ab\ncd\r\nef\rg");
  assert.deepEqual(lines.starts, [0, 3, 7, 10]);
  assert.deepEqual(positionOf(lines, 0), { line: 1, column: 1 });
  assert.deepEqual(positionOf(lines, 4), { line: 2, column: 2 });
  assert.deepEqual(positionOf(lines, 10), { line: 4, column: 1 });
  assert.deepEqual(positionOf(lines, 99).line, 4);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((line) => lineAt(lines, line)),
    ["ab", "cd", "ef", "g", undefined],
  );
});

test("an empty file has one empty line", () => {
  assert.deepEqual(linesOf("").starts, [0]);
  assert.equal(lineAt(linesOf(""), 1), "");
});
