import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { Json } from "../../compiler/ir/types.ts";
import { isPythonName, PythonNames, pythonLiteral, pythonString, pythonText } from "./python-literal.ts";

/** What Python reads in each of the sources, by `ast.literal_eval`, in one process. */
function readByPython(sources: readonly string[]): Json[] {
  const script = "import ast, json, sys; print(json.dumps([ast.literal_eval(s) for s in json.load(sys.stdin)]))";
  const input = JSON.stringify(sources);
  return JSON.parse(execFileSync("python3", ["-c", script], { input, maxBuffer: 1 << 28 }).toString()) as Json[];
}

/** Numbers of a linear congruential generator: the same on every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const AWKWARD = [
  '"',
  "'",
  "\\",
  "\n",
  "\r",
  "\t",
  "\0",
  "\u007f",
  "\u0085",
  "\u2028",
  "\u202e",
  "\ufeff",
  "\u{1F600}",
  "\ud800",
  "{{ x }}",
  "{% %}",
  "$(X)",
  '"""',
  "#",
];

function randomString(random: (below: number) => number): string {
  let text = "";
  for (let length = random(12); length > 0; length--) {
    const kind = random(4);
    if (kind === 0) text += AWKWARD[random(AWKWARD.length)];
    else if (kind === 1) text += String.fromCodePoint(random(0x110000));
    else text += String.fromCodePoint(32 + random(600));
  }
  return text;
}

test("Python reads every string as the one that was written", () => {
  const random = generator(7);
  const strings = Array.from({ length: 4000 }, () => randomString(random));
  assert.deepEqual(readByPython(strings.map(pythonString)), strings);
});

test("Python reads every JSON value as the one that was written", () => {
  const values: Json[] = [
    null,
    true,
    false,
    0,
    -0,
    1.5,
    1e21,
    1e-7,
    2 ** 53,
    2 ** 53 - 1,
    1e300,
    123456789012345680000,
    [],
    {},
    [[1], { a: null }],
    { "": "", "a b": [true] },
  ];
  assert.deepEqual(readByPython(values.map(pythonLiteral)), JSON.parse(JSON.stringify(values)));
  const types =
    "import ast,json,sys; print(json.dumps([type(ast.literal_eval(s)).__name__ for s in json.load(sys.stdin)]))";
  const kinds = execFileSync("python3", ["-c", types], {
    input: JSON.stringify([1e21, 2 ** 53, 3].map(pythonLiteral)),
  });
  assert.deepEqual(JSON.parse(kinds.toString()), ["float", "float", "int"]);
});

test("a string stays on its line and hides no direction", () => {
  assert.equal(pythonString("Grüße 你好 😀"), '"Grüße 你好 😀"');
  assert.equal(pythonString("a\u202eb\u2028c\u200dd\n"), '"a\\u202eb\\u2028c\\u200dd\\n"');
});

test("a text of several lines is one expression", () => {
  const texts = ["", "one", "one\n", "one\ntwo", "\n\none\r\ntwo\n"];
  assert.deepEqual(readByPython(texts.map((text) => pythonText(text, ""))), texts);
});

test("names are Python's, and given once", () => {
  const names = new PythonNames(["timedelta"]);
  assert.deepEqual(
    ["build-features", "class", "timedelta", "a.end", "a-end", "a--end"].map((id) => names.take(id)),
    ["build_features", "class_", "timedelta_", "a_end", "a_end_", "a_end__"],
  );
  assert.equal(isPythonName("lambda"), false);
  assert.equal(isPythonName("a-b"), false);
});
