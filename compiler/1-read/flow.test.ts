import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetUselessFlow } from "./flow.ts";
import { memoryHost } from "./host.ts";
import { loadFiles } from "./load.ts";
import { createProgram, PROJECT_ROOT } from "./program.ts";
import { ENTRY } from "./testing.ts";
import { type TS, ts } from "./typescript.ts";

const DECLARED = `type Row = { kind: "a"; a: string } | { kind: "b"; b: number };
export const rows: readonly Row[] = [{ kind: "a", a: "" }];
export const maybe = (): Row | undefined => rows[0];
const isA = (row: Row): row is Extract<Row, { kind: "a" }> => row.kind === "a";
function assertA(row: Row): asserts row is Extract<Row, { kind: "a" }> { if (row.kind !== "a") throw new Error(); }
const row = maybe() ?? { kind: "a" as const, a: "" };
function never(): never { throw new Error(); }
`;

/** Each is right only if a type is narrowed on the way. */
const narrowed: readonly string[] = [
  `if (row.kind === "a") row.a; else row.b;`,
  `row.kind === "a" ? row.a : row.b;`,
  `row.kind === "a" && row.a;`,
  `row.kind !== "a" || row.a;`,
  `switch (row.kind) { case "a": row.a; break; default: row.b; }`,
  `switch (true) { case row.kind === "a": row.a; }`,
  `const isIt = row.kind === "a"; if (isIt) row.a;`,
  `const { kind } = row; if (kind === "a") row.a;`,
  `const kind = row.kind; const isIt = kind === "a"; if (isIt) row.a;`,
  `if (isA(row)) row.a;`,
  `const guarded = isA(row); if (guarded) row.a;`,
  `assertA(row); row.a;`,
  `const maybeRow = maybe(); if (!maybeRow) throw new Error(); maybeRow.kind;`,
  `const maybeRow = maybe(); if (maybeRow === undefined) never(); else maybeRow.kind;`,
  `const maybeRow = maybe(); if (maybeRow?.kind === "a") maybeRow.a;`,
  `const text: string | number = "x"; text.length;`,
  `let text: string | number = "x"; text.length; text = 1; text.toFixed();`,
  `let later; later = 1; later.toFixed();`,
  `const list = []; list.push(1); list.map((n) => n.toFixed());`,
  `rows.filter((each) => each.kind === "a").map((each) => each.a);`,
  `rows.filter(isA).map((each) => each.a);`,
  `const f = ({ kind, ...rest }: Row) => { if (kind === "a") kind; rest; };`,
  `const f = (each: Row) => { if (each.kind !== "a") return 0; return each.a; };`,
  `const f = ({ kind, payload }: { kind: "x"; payload: string } | { kind: "y"; payload: number }) => { if (kind === "x") payload.length; };`,
  `const box: { row?: Row } = { row }; if (box.row) box.row.kind;`,
  `const box: { row: string | number } = { row: 1 }; box.row = "x"; box.row.length;`,
  `for (const each of rows) { if (each.kind === "b") continue; each.a; }`,
  `try { never(); } catch (error) { if (typeof error === "string") error.length; }`,
  `while (row.kind === "a") { row.a; break; }`,
  `for (let i = 0; row.kind === "a" && i < 1; i++) row.a;`,
];

function check(text: string, forget: boolean): readonly string[] {
  const { files } = loadFiles(memoryHost({ [ENTRY]: text }), [ENTRY], (file) => PROJECT_ROOT + file);
  const program = createProgram(files);
  program.getTypeChecker();
  if (forget) for (const { ast } of files) forgetUselessFlow(ast);
  return files.flatMap(({ ast }) =>
    program.getSemanticDiagnostics(ast).map(({ start, code }) => `${code} at ${text.slice(start, (start ?? 0) + 20)}`),
  );
}

test("every way of narrowing a type still works", () => {
  for (const text of narrowed) assert.deepEqual(check(`${DECLARED}\n${text}`, true), [], text);
});

test("what is wrong without narrowing still is", () => {
  for (const text of [
    `row.a;`,
    `if (rows.length > 0) row.a;`,
    `maybe().kind;`,
    `const x = maybe(); x.kind;`,
    `let y: number; y;`,
  ]) {
    const expected = check(`${DECLARED}\n${text}`, false);
    assert.ok(expected.length > 0, text);
    assert.deepEqual(check(`${DECLARED}\n${text}`, true), expected, text);
  }
});

test("a long straight pipeline is not walked over and over", () => {
  const text = Array.from({ length: 50 }, (_, i) => `const v${i + 1} = String(v${i});`).join("\n");
  const { files } = loadFiles(
    memoryHost({ [ENTRY]: `const v0 = "";\n${text}` }),
    [ENTRY],
    (file) => PROJECT_ROOT + file,
  );
  createProgram(files).getTypeChecker();
  const uses = (): number => {
    let count = 0;
    const visit = (node: { flowNode?: unknown } & TS.Node): void => {
      if (ts.isCallExpression(node))
        for (const part of [node.expression, ...node.arguments])
          count += "flowNode" in part && part.flowNode !== undefined ? 1 : 0;
      ts.forEachChild(node, visit);
    };
    for (const { ast } of files) visit(ast);
    return count;
  };
  assert.equal(uses(), 100);
  for (const { ast } of files) forgetUselessFlow(ast);
  assert.equal(uses(), 0);
});
