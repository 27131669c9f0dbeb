/**
 * Expressions in Argo's own language (expr-lang, inside `{{=…}}`), for the few whose meaning there is JavaScript's: boolean operators, equality of
 * scalars of one static type, order of numbers. Everything is written in index form, because names hold hyphens. Each was compared with JavaScript on
 * Argo 4.0.5; what is not here (equality of lists, order of strings, `%`, negative indices) differs, and is left to the runtime.
 */
import type { Operator, Type } from "../../compiler/ir/types.ts";
import type { Support } from "../support.ts";

/** From the arguments' texts to the text of the whole. Every result is parenthesised or atomic. */
export type Native = (args: readonly string[]) => string;

const infix =
  (symbol: string): Native =>
  (args) =>
    `(${args.join(` ${symbol} `)})`;

const runtime: Support<"runtime"> = {
  emulate: "runtime",
  how: "the step that produces the value computes the whole comparison beside its result",
};

export const operators: Readonly<Record<Operator, Support<Native | "runtime">>> = {
  not: { honour: ([a = ""]) => negated(a) },
  and: { honour: infix("&&") },
  or: { honour: infix("||") },
  eq: { honour: infix("==") },
  ne: { honour: infix("!=") },
  lt: { honour: infix("<") },
  le: { honour: infix("<=") },
  gt: { honour: infix(">") },
  ge: { honour: infix(">=") },
  select: { honour: ([c, a, b]) => `(${c} ? ${a} : ${b})` },
  isNullish: runtime,
  coalesce: runtime,
  template: runtime,
  length: runtime,
  concat: runtime,
  merge: runtime,
  get: runtime,
  getOptional: runtime,
};

/** Equality across these classes is refused here: `"3" == 3` is false on both sides, but then the pipeline says something else than it means. */
export type Scalar = "boolean" | "number" | "string";

export function scalarOf(type: Type): Scalar | undefined {
  switch (type.kind) {
    case "boolean":
    case "number":
    case "string":
      return type.kind;
    case "enum": {
      const kinds = new Set(type.values.map((value) => typeof value as Scalar));
      const [only] = kinds;
      return kinds.size === 1 ? only : undefined;
    }
    case "union": {
      const kinds = new Set(type.of.map(scalarOf));
      const [only] = kinds;
      return kinds.size === 1 ? only : undefined;
    }
    default:
      return undefined;
  }
}

export function nativeLiteral(value: boolean | number | string): string {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    const text = JSON.stringify(value);
    // An integer literal over int64 is an error there.
    return Math.abs(value) > Number.MAX_SAFE_INTEGER && !/[.e]/.test(text) ? `${text}.0` : text;
  }
  return nativeString(value);
}

/** Braces escaped, so that no tag ends or begins in it; astral characters as `\U`, since a surrogate pair silently compares unequal. */
function nativeString(text: string): string {
  let quoted = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code > 0xffff) quoted += `\\U${code.toString(16).padStart(8, "0")}`;
    else if (code < 0x20 || code > 0x7e || "\"\\'{}$`".includes(char))
      quoted += `\\u${code.toString(16).padStart(4, "0")}`;
    else quoted += char;
  }
  return `"${quoted}"`;
}

export function tag(expression: string): string {
  return `{{=${bare(expression)}}}`;
}

export function negated(expression: string): string {
  return `!(${bare(expression)})`;
}

/** Without the one pair of parentheses that encloses everything. */
function bare(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  let depth = 0;
  // Strings in it may hold parentheses, and then this may keep a pair too many, never one too few.
  for (let index = 0; index < text.length - 1; index += 1) {
    depth += text[index] === "(" ? 1 : text[index] === ")" ? -1 : 0;
    if (depth === 0) return text;
  }
  return text.slice(1, -1);
}
