import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { emitYaml } from "./emit.ts";

function yamlOf(...objects: object[]): string {
  return String(emitYaml("x.yaml", "comment", objects, new Map()).content);
}

test("strings that some version of YAML takes for something else are quoted", () => {
  const traps = [
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "n",
    "true",
    "NULL",
    "~",
    "",
    " ",
    "0755",
    "0x1f",
    "1e3",
    "1_000",
    ".5",
    "-1",
  ];
  traps.push(
    "12:30:45",
    "1.0",
    ".inf",
    "2026-01-01",
    "<<",
    "=",
    "- a",
    "a: b",
    "a #b",
    "@x",
    "`x",
    "%x",
    "!x",
    "&x",
    "*x",
  );
  for (const trap of traps) assert.match(yamlOf({ key: trap }), /key: ["']/, trap);
});

test("every string is read back as it was", () => {
  const texts = [
    "a\n b\n",
    "\ttab",
    "nul \u0001",
    "del \u007f nel \u0085",
    "\u2028\u2029",
    "bidi \u202e \u200b \ufeff",
    "😀 é 日本",
    "'\"\\",
    "a\r\nb",
  ];
  const text = yamlOf({ texts });
  assert.deepEqual(
    parseAllDocuments(text).map((document) => document.toJS()),
    [{ texts }],
  );
  // Go's reader refuses raw control characters; a reviewer cannot see the others.
  const invisible = [...text].filter((char) => char !== "\n" && /[\p{C}\p{Zl}\p{Zp}]/u.test(char));
  assert.deepEqual(invisible, []);
  assert.match(text, /😀 é 日本/);
});

test("a comment is one line", () => {
  const { content } = emitYaml("x.yaml", "made from a\nkind: Pod", [{}], new Map());
  assert.match(String(content), /^# made from a kind: Pod\n/);
});
