import assert from "node:assert/strict";
import { test } from "node:test";
import { lineColumnOf, lineStarts, lineText } from "./lines.ts";

test("lines end with \\n, \\r\\n or \\r, and count from 1", () => {
  const text = "ab\ncd\r\nef\rg";
  const starts = lineStarts(text);
  assert.deepEqual(starts, [0, 3, 7, 10]);
  assert.deepEqual(lineColumnOf(starts, 0), { line: 1, column: 1 });
  assert.deepEqual(lineColumnOf(starts, 4), { line: 2, column: 2 });
  assert.deepEqual(lineColumnOf(starts, 10), { line: 4, column: 1 });
  assert.deepEqual(lineColumnOf(starts, 99).line, 4);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((line) => lineText(text, starts, line)),
    ["ab", "cd", "ef", "g", ""],
  );
});

test("an empty file has one empty line", () => {
  assert.deepEqual(lineStarts(""), [0]);
  assert.equal(lineText("", [0], 1), "");
});
