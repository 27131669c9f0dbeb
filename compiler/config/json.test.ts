import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "./json.ts";

test("reads what JSON.parse reads, with the place of each key and value", () => {
  const text = `{ "a": [1, {"b/c": "x\\u00e9"}], "n": -1.5e3 }`;
  const result = parseJson(text);
  assert.ok("document" in result);
  assert.deepEqual(result.document.value, JSON.parse(text));
  const at = (range: { start: number; end: number } | undefined) => range && text.slice(range.start, range.end);
  assert.equal(at(result.document.values.get("")), text);
  assert.equal(at(result.document.values.get("/a")), `[1, {"b/c": "x\\u00e9"}]`);
  assert.equal(at(result.document.values.get("/a/1/b~1c")), `"x\\u00e9"`);
  assert.equal(at(result.document.keys.get("/a/1/b~1c")), `"b/c"`);
  assert.equal(at(result.document.values.get("/n")), "-1.5e3");
});

test("accepts and refuses exactly what JSON.parse does", () => {
  const seeds = [`{"a":[1,2.5,{"b":null}],"c":"\\u00e9\\n","d":true}`, `[-0.1e+5,[],{},"",false]`, `"x"`, ` 12 `];
  const noise = [
    `"`,
    `\\`,
    ",",
    "}",
    "]",
    "{",
    "[",
    ":",
    "0",
    "1",
    "e",
    ".",
    "-",
    "/",
    "\t",
    "\n",
    "\u0001",
    "u",
    "n",
    " ",
    "\u00a0",
  ];
  let random = 1;
  const next = (below: number) => {
    random = (random * 1103515245 + 12345) % 2 ** 31;
    return random % below;
  };
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    let text = seeds[next(seeds.length)] ?? "";
    for (let edits = next(3); edits >= 0; edits--) {
      const at = next(text.length + 1);
      text = text.slice(0, at) + (next(2) === 0 ? noise[next(noise.length)] : "") + text.slice(at + next(2));
    }
    let expected: unknown;
    try {
      expected = JSON.parse(text);
    } catch {
      refused += 1;
      assert.ok("error" in parseJson(text), `accepted ${JSON.stringify(text)}`);
      continue;
    }
    const result = parseJson(text);
    assert.ok("document" in result, `refused ${JSON.stringify(text)}`);
    assert.deepEqual(result.document.value, expected);
  }
  assert.ok(refused > 1000 && refused < 19_000, "the noise makes both kinds");
});

test("says what was expected, and where", () => {
  const cases: [string, string, number][] = [
    [`{"a": 1,}`, "a key in double quotes", 8],
    [`{"a" 1}`, "`:`", 5],
    [`[1 2]`, "`,` or `]`", 3],
    [`{"a": "x`, "a string that ends on its line, with valid escapes", 6],
    ["", "a value", 0],
    ["{} x", "the end of the file", 3],
  ];
  for (const [text, expected, start] of cases) {
    const result = parseJson(text);
    assert.ok("error" in result);
    assert.deepEqual([result.error.expected, result.error.at.start], [expected, start], text);
  }
});

test("finds keys that are written twice", () => {
  const result = parseJson(`{"a": 1, "b": {"a": 2, "a": 3}}`);
  assert.ok("document" in result);
  assert.deepEqual(
    result.document.duplicates.map(({ key, first, again }) => [key, first.start, again.start]),
    [["a", 15, 23]],
  );
});

test("keeps __proto__ a key, and survives deep nesting", () => {
  const result = parseJson(`{"__proto__": {"polluted": true}}`);
  assert.ok("document" in result);
  assert.deepEqual(Object.keys(result.document.value as object), ["__proto__"]);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  assert.ok("error" in parseJson("[".repeat(100_000)));
});
