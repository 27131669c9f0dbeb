import assert from "node:assert/strict";
import { test } from "node:test";
import type { Diagnostic } from "./diagnostic.ts";
import { renderCounts, renderDiagnostics, renderJson } from "./render.ts";

const TEXT = `let best = 0;
for (const fold of folds) {
\tbest = score.auc;
}
`;
const sources = new Map([
  ["churn.ts", TEXT],
  ["wide.ts", 'const 名前 = "x";'],
  ["evil.ts", "const a = '\u202e\u001b[31m';"],
]);
const at = (file: string, text: string) => {
  const start = sources.get(file)?.lastIndexOf(text) ?? -1;
  assert.notEqual(start, -1);
  return { file, start, end: start + text.length };
};
const problem = (parts: Partial<Diagnostic>): Diagnostic => ({
  ...({ code: "TR2001", severity: "error", message: "a variable is changed", related: [] } as unknown as Diagnostic),
  ...parts,
});
const changed = problem({
  span: at("churn.ts", "best"),
  help: "collect, then reduce",
  related: [{ span: { file: "churn.ts", start: 4, end: 8 }, message: "declared here" }],
});

test("the line, what is wrong in it, what it has to do with, and what to write instead", () => {
  assert.equal(
    renderDiagnostics([changed], { sources }),
    `error[TR2001]: a variable is changed
  churn.ts:3:2
    2 | for (const fold of folds) {
    3 |   best = score.auc;
      |   ^^^^
    1 | let best = 0;
      |     ---- declared here
  help: collect, then reduce
`,
  );
});

test("marks stand below wide characters", () => {
  const text = renderDiagnostics([problem({ span: at("wide.ts", '"x"') })], { sources });
  assert.match(text, /\n +\| {14}\^\^\^\n/);
});

test("nothing in a stranger's text reaches the terminal as a command", () => {
  const text = renderDiagnostics(
    [problem({ span: at("evil.ts", "a"), message: "\u001b[2J\u2066\nsecond", help: "\r\u0007" })],
    { sources },
  );
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  assert.match(text, /<U\+001B>\[2J<U\+2066>\n {2}second/);
  assert.match(text, /const a = '<U\+202E><U\+001B>\[31m';/);
});

test("sorted by file and position, those without a place first, the same thing once", () => {
  const list = [
    changed,
    problem({ span: at("churn.ts", "let"), message: "first" }),
    problem({ message: "nowhere" }),
    changed,
  ];
  const heads = renderDiagnostics(list, { sources }).match(/^error.*$/gm);
  assert.deepEqual(heads, ["error[TR2001]: nowhere", "error[TR2001]: first", "error[TR2001]: a variable is changed"]);
  assert.equal(renderCounts(list), "3 errors");
  assert.match(renderDiagnostics(list, { sources, limit: 1 }), /and 2 more/);
});

test("a file without text, a line of a megabyte, a span past the end, an empty file", () => {
  assert.match(
    renderDiagnostics([problem({ span: { file: "gone.ts", start: 0, end: 1 } })], { sources }),
    /\n {2}gone\.ts\n$/,
  );
  const long = new Map([["a.ts", `${"x".repeat(500_000)}HERE${"y".repeat(500_000)}`]]);
  const text = renderDiagnostics([problem({ span: { file: "a.ts", start: 500_000, end: 500_004 } })], {
    sources: long,
  });
  assert.ok(text.length < 600);
  assert.match(text, /\.\.\.x+HEREy+\.\.\.\n/);
  const empty = new Map([["a.ts", ""]]);
  assert.match(
    renderDiagnostics([problem({ span: { file: "a.ts", start: 9, end: 12 } })], { sources: empty }),
    /a\.ts:1:1/,
  );
});

test("colours only when asked", () => {
  const start = "\u001b[";
  assert.ok(!renderDiagnostics([changed], { sources }).includes(start));
  assert.ok(renderDiagnostics([changed], { sources, color: true }).includes(start));
});

test("for programs: positions and offsets", () => {
  const { diagnostics } = JSON.parse(renderJson([changed], sources));
  const { file, line, column, endColumn, help, related } = diagnostics[0];
  assert.deepEqual([file, line, column, endColumn, help], ["churn.ts", 3, 2, 6, "collect, then reduce"]);
  assert.deepEqual(related[0], {
    message: "declared here",
    file: "churn.ts",
    start: 4,
    end: 8,
    line: 1,
    column: 5,
    endLine: 1,
    endColumn: 9,
  });
});
