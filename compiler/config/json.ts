/**
 * JSON with positions: a strict parser (RFC 8259) that remembers where every key and value stands, so that a problem in a configuration or
 * lock file points at its line, and a document can be edited in place without being re-serialised. `JSON.parse` keeps neither positions nor
 * duplicate keys.
 */
import type { Json } from "../ir/types.ts";

export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface JsonDocument {
  readonly value: Json;
  /** By JSON pointer (`/clusters/gpu/namespace`; the whole document is ``). */
  readonly values: ReadonlyMap<string, Range>;
  /** The key of a member, quotes included, by the pointer of its value. */
  readonly keys: ReadonlyMap<string, Range>;
  readonly duplicates: readonly { readonly key: string; readonly first: Range; readonly again: Range }[];
}

export interface JsonSyntaxError {
  readonly expected: string;
  readonly found: string;
  readonly at: Range;
}

export type JsonResult = { readonly document: JsonDocument } | { readonly error: JsonSyntaxError };

/** Deeper than any configuration; keeps a hostile file from exhausting the stack. */
const MAX_DEPTH = 200;

export function parseJson(text: string): JsonResult {
  try {
    return { document: new Parser(text).document() };
  } catch (error) {
    if (error instanceof Unexpected) return { error: error.problem };
    throw error;
  }
}

/** The pointer of member `key` of the value at `parent`. */
export function pointer(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

class Unexpected extends Error {
  readonly problem: JsonSyntaxError;
  constructor(problem: JsonSyntaxError) {
    super(problem.expected);
    this.problem = problem;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON refuses exactly these (RFC 8259 §7)
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;

class Parser {
  readonly #text: string;
  #at = 0;
  readonly #values = new Map<string, Range>();
  readonly #keys = new Map<string, Range>();
  readonly #duplicates: { key: string; first: Range; again: Range }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonDocument {
    // A byte order mark is what some Windows editors write; JSON.parse refuses it, people do not see it.
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
    this.#space();
    const value = this.#value("", 0);
    if (this.#at < this.#text.length) this.#fail("the end of the file");
    return { value, values: this.#values, keys: this.#keys, duplicates: this.#duplicates };
  }

  #value(path: string, depth: number): Json {
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels`);
    const start = this.#at;
    const value = this.#bare(path, depth);
    this.#values.set(path, { start, end: this.#at });
    this.#space();
    return value;
  }

  #bare(path: string, depth: number): Json {
    const char = this.#text[this.#at];
    if (char === "{") return this.#object(path, depth);
    if (char === "[") return this.#list(path, depth);
    if (char === '"') return this.#string("a string");
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    const number = this.#match(NUMBER);
    if (number === undefined) return this.#fail("a value");
    return Number(number);
  }

  #object(path: string, depth: number): Json {
    const members = new Map<string, Json>();
    this.#token("{");
    for (let first = true; !this.#skip("}"); first = false) {
      if (!first) this.#token(",", "`,` or `}`");
      const start = this.#at;
      const key = this.#string(first ? "a key in double quotes, or `}`" : "a key in double quotes");
      const range = { start, end: this.#at };
      const member = pointer(path, key);
      const earlier = this.#keys.get(member);
      if (earlier !== undefined) this.#duplicates.push({ key, first: earlier, again: range });
      else this.#keys.set(member, range);
      this.#space();
      this.#token(":");
      members.set(key, this.#value(member, depth + 1));
    }
    // fromEntries defines own properties: a key named __proto__ stays a key.
    return Object.fromEntries(members);
  }

  #list(path: string, depth: number): Json {
    const items: Json[] = [];
    this.#token("[");
    while (!this.#skip("]")) {
      if (items.length > 0) this.#token(",", "`,` or `]`");
      items.push(this.#value(pointer(path, items.length), depth + 1));
    }
    return items;
  }

  #string(expected: string): string {
    const start = this.#at;
    const raw = this.#match(STRING);
    if (raw === undefined) {
      if (this.#text[start] === '"') return this.#fail("a string that ends on its line, with valid escapes");
      return this.#fail(expected);
    }
    return JSON.parse(raw) as string;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #space(): void {
    this.#match(SPACE);
  }

  #skip(token: string): boolean {
    if (this.#text[this.#at] !== token) return false;
    this.#at += 1;
    // The space after a closing bracket belongs to whoever reads on: a value's range ends at its bracket.
    if (token !== "}" && token !== "]") this.#space();
    return true;
  }

  #token(token: string, expected = `\`${token}\``): void {
    if (!this.#skip(token)) this.#fail(expected);
    this.#space();
  }

  #fail(expected: string): never {
    const char = this.#text.codePointAt(this.#at);
    const found = char === undefined ? "the end of the file" : `\`${String.fromCodePoint(char)}\``;
    throw new Unexpected({ expected, found, at: { start: this.#at, end: this.#at + (char === undefined ? 0 : 1) } });
  }
}
