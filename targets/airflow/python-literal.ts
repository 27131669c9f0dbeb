/**
 * The one Python quoter: values and names as Python source. Nothing else in this target writes a user's text into a Python file.
 *
 * Checked against CPython with random strings (python-literal.test.ts). JSON's own escapes are no answer: Python keeps `\ud83d\ude00` as two
 * surrogates, so characters beyond the BMP are `\U0001f600` or stand for themselves.
 */
import { invariant } from "../../compiler/invariant.ts";
import type { Json } from "../../compiler/ir/types.ts";

/** A JSON value as a Python expression; lists and objects on one line. */
export function pythonLiteral(value: Json): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "string") return pythonString(value);
  if (isList(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  const entries = Object.entries(value).map(([key, item]) => `${pythonString(key)}: ${pythonLiteral(item)}`);
  return `{${entries.join(", ")}}`;
}

/** An integer where JavaScript and Python agree that it is one (at most 2^53-1), else a float: `1e21` must not become a big integer. */
function pythonNumber(value: number): string {
  invariant(Number.isFinite(value), `${value} is not a JSON number`);
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "0" : String(value);
  const text = JSON.stringify(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

const SHORT: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Letters, digits, punctuation and symbols of any script stay readable. Control, format (bidirectional ones, zero-width ones) and separator
 * characters, surrogates and unassigned code points are escaped: what a reviewer sees is what Python reads.
 */
export function pythonString(text: string): string {
  return `"${text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escapeChar)}"`;
}

function escapeChar(char: string): string {
  const short = SHORT[char];
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** A text of several lines as one Python expression, a line of source for each of its own. */
export function pythonText(text: string, indent: string): string {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [""];
  if (lines.length === 1) return pythonString(text);
  return `(\n${lines.map((line) => `${indent}    ${pythonString(line)}\n`).join("")}${indent})`;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda " +
    "nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

/** True for a plain ASCII name that can stand behind a dot or before `=`. */
export function isPythonName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !KEYWORDS.has(text);
}

/** Local names for node ids: `build-features` is `build_features`. A name is given once; the second that wants it gets a `_`. */
export class PythonNames {
  readonly #taken: Set<string>;

  constructor(reserved: Iterable<string>) {
    this.#taken = new Set(reserved);
  }

  take(id: string): string {
    let name = id.replace(/[^A-Za-z0-9]+/g, "_");
    while (!isPythonName(name) || this.#taken.has(name)) name += "_";
    this.#taken.add(name);
    return name;
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
