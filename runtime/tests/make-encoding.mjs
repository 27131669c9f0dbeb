// Writes encoding.jsonl: hostile values, and what compiler/ir/encode.ts makes of them. The Python runtime must write the same bytes.
// Numbers go in as their 64 bits and strings as UTF-16 code units, so that neither side's parser can hide a difference.
import { writeFileSync } from "node:fs";
import { build } from "esbuild";

const { outputFiles } = await build({
  entryPoints: [new URL("../../compiler/ir/encode.ts", import.meta.url).pathname],
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  target: "node20",
});
const { wireText } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);

const bits = (number) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
};
const numberOf = (hex) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
};

let state = 0x9e3779b97f4a7c15n;
const random = () => {
  state ^= (state << 13n) & 0xffffffffffffffffn;
  state ^= state >> 7n;
  state ^= (state << 17n) & 0xffffffffffffffffn;
  return state;
};

const numbers = [
  0,
  -0,
  1,
  -1,
  3.0,
  0.1,
  -0.1,
  0.5,
  1 / 3,
  100,
  1e5,
  123456.789,
  0.3 + 0.6,
  5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53 - 1),
  9007199254740994,
  1e20,
  1e21,
  1e22,
  1e23,
  123456789012345680000,
  1234567890123456800000,
  1e-5,
  1e-6,
  1e-7,
  1.5e-7,
  1.25e-10,
  0.000001234,
  0.0000001234,
  4.35,
  0.000035,
  1e300,
  1e-300,
  999999999999999900000,
  9.5e20,
  1.1e21,
  2 ** 63,
  2 ** 64,
  -(2 ** 63),
  4.5e15,
  1e15,
  1e16,
  1e17,
  1.2345e17,
  144115188075855870,
  2 ** -1074,
  2 ** -1022,
  2 ** 1023,
  9.999999999999999e22,
  299792.458,
];
for (let exponent = -324; exponent <= 308; exponent += 9)
  numbers.push(Number(`1e${exponent}`), Number(`-7.25e${exponent}`), Number(`9.999999999999999e${exponent - 1}`));
while (numbers.length < 700) {
  const number = numberOf(random().toString(16));
  if (Number.isFinite(number)) numbers.push(number);
}

const strings = [
  "",
  "plain",
  "\"'`\\/",
  "\n\r\t\b\f\v\0",
  Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)).join(""),
  "\x7f\x80\x9f\xa0\xad",
  "\u2028\u2029\ufeff\ufffe\uffff",
  "\u200e\u202e\u2066 bidi \u2069",
  "{{workflow.name}}",
  "{{=1+1}}",
  "{{",
  "}}",
  "{% raw %}{# x #}",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell\'s variable
  "$(HOME) $$(x) ${x} $",
  "😀 👩‍👩‍👧‍👦 𝕏",
  "\ud800\udc00\udbff\udfff",
  "é e\u0301 ß ı İ",
  "日本語 العربية",
  "__classname__",
  "=cmd|' /C calc'!A0",
  "=run.day",
  "@file",
  "-n",
  "true",
  "null",
  "1e3",
  "<script>&amp;",
  "\\u0041 \\ud83d",
  "a\\",
  "%s %(x)s",
  "'; DROP TABLE x; --",
  "x".repeat(3000),
];

const values = [
  null,
  true,
  false,
  [],
  {},
  [[]],
  [{}],
  { a: [1, 2, { b: null }] },
  { b: 1, a: 2, B: 3, A: 4, "": 5, " ": 6, 10: 7, 9: 8, "-1": 9 },
  // By UTF-16 code units an astral character (a surrogate pair, d8xx) sorts before U+E000..U+FFFF; by code points it sorts after.
  { "\uff5e": 1, "😀": 2, "\ue000": 3, z: 4, "\ud7ff": 5 },
  { é: 1, e: 2, "e\u0301": 3 },
  { __proto__x: 1, constructor: 2, toString: 3 },
  JSON.parse('{"__proto__":1,"__classname__":"x","__var":{}}'),
  { "{{x}}": "$(y)", "\n": "\u2028" },
  [0, -0, 1.5, "1.5"],
  { list: [[["deep"]]], "a.b": { "c d": [] } },
];

const hex = (text) =>
  Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, "0")).join("");
const table = {
  numbers: numbers.map((number) => [bits(number), wireText(number)]),
  strings: strings.map((text) => [hex(text), wireText(text)]),
  values: values.map((value) => [JSON.stringify(value), wireText(value)]),
};
const rows = Object.entries(table).flatMap(([kind, pairs]) => pairs.map((pair) => [kind, ...pair]));
const ascii = (text) => text.replace(/[\u007f-\uffff]/g, (char) => `\\u${hex(char)}`);
const text = rows.map((row) => `${ascii(JSON.stringify(row))}\n`).join("");
if (process.argv[2] === "--print") process.stdout.write(text);
else writeFileSync(new URL("encoding.jsonl", import.meta.url), text);
