// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Statement } from "../syntax.ts";
import { ENTRY, problems, read, withoutSpans } from "../testing.ts";

function bodyOf(text: string): readonly Statement[] {
  const { program, diagnostics } = read(text);
  assert.deepEqual(diagnostics, [], text);
  const [entry] = program.modules;
  assert.ok(entry?.kind === "module");
  return entry.body;
}

/** The value of the last variable. */
function initialiserOf(expression: string, before = ""): unknown {
  const last = bodyOf(`${before}\nexport const value = ${expression};`).at(-1);
  assert.ok(last?.kind === "Variables");
  return withoutSpans(last.declarations[0]?.value);
}

const name = (text: string): unknown => ({ kind: "Identifier", name: text });
const literal = (value: unknown): unknown => ({ kind: "Literal", value });
const member = (object: unknown, property: string, optional = false): unknown => ({
  kind: "Member",
  object,
  property,
  optional,
});

const BEFORE = `const a = { b: { c: 1 } };
const n: number = 1;
const f = (x: number): number => x;
const maybe: { b: { c: number } } | undefined = n > 0 ? a : undefined;`;

const expressions: readonly (readonly [text: string, expected: unknown])[] = [
  ["null", literal(null)],
  ["0x10", literal(16)],
  ["1_000.5", literal(1000.5)],
  ["`text`", literal("text")],
  ["'\\u0041\\n'", literal("A\n")],
  ["undefined", name("undefined")],
  ["(n as number)!", name("n")],
  ["n satisfies number", name("n")],
  ["`a${n}\\n${1}b`", { kind: "Template", parts: ["a", "\n", "b"], values: [name("n"), literal(1)] }],
  ["a.b", member(name("a"), "b")],
  ["maybe?.b.c", member(member(name("maybe"), "b", true), "c")],
  ["[n][0]", { kind: "Index", object: { kind: "Array", elements: [name("n")] }, index: literal(0), optional: false }],
  ["f(n)", { kind: "Call", callee: name("f"), args: [name("n")], optional: false }],
  [
    "f?.(...[n] as const)",
    {
      kind: "Call",
      callee: name("f"),
      args: [{ kind: "Spread", value: { kind: "Array", elements: [name("n")] } }],
      optional: true,
    },
  ],
  ["new Error('x')", { kind: "New", callee: name("Error"), args: [literal("x")] }],
  ["-n", { kind: "Unary", operator: "-", operand: name("n") }],
  ["typeof n", { kind: "Unary", operator: "typeof", operand: name("n") }],
  ["n ** 2", { kind: "Binary", operator: "**", left: name("n"), right: literal(2) }],
  ["n != null", { kind: "IsNullish", negated: true, operand: name("n") }],
  ["null == n", { kind: "IsNullish", negated: false, operand: name("n") }],
  ["maybe ?? a", { kind: "Logical", operator: "??", left: name("maybe"), right: name("a") }],
  [
    "n > 0 ? 1 : 2",
    {
      kind: "Conditional",
      test: { kind: "Binary", operator: ">", left: name("n"), right: literal(0) },
      then: literal(1),
      else: literal(2),
    },
  ],
  [
    "{ n, 'x y': 1, 2: 3, ...a, [`k${n}`]: 4, m() {} }",
    {
      kind: "Object",
      properties: [
        { kind: "Property", key: "n", value: name("n") },
        { kind: "Property", key: "x y", value: literal(1) },
        { kind: "Property", key: "2", value: literal(3) },
        { kind: "Spread", value: name("a") },
        {
          kind: "ComputedProperty",
          key: { kind: "Template", parts: ["k", ""], values: [name("n")] },
          value: literal(4),
        },
        { kind: "Property", key: "m", value: { kind: "Function", name: "m", async: false, params: [], body: [] } },
      ],
    },
  ],
  [
    "async ({ x: y = 1, ...more }: { x?: number }, [first, , ...rest]: number[], ...others: number[]) => n",
    {
      kind: "Function",
      name: "value",
      async: true,
      params: [
        {
          kind: "ObjectPattern",
          properties: [{ key: "x", value: { kind: "Name", name: "y", default: literal(1) } }],
          rest: { name: "more" },
        },
        {
          kind: "ArrayPattern",
          elements: [{ kind: "Name", name: "first" }, null],
          rest: { kind: "Name", name: "rest" },
        },
      ],
      rest: { kind: "Name", name: "others" },
      body: name("n"),
    },
  ],
];

test("expressions as plain data", () => {
  for (const [text, expected] of expressions) assert.deepEqual(initialiserOf(text, BEFORE), expected, text);
});

test("statements as plain data", () => {
  const body = bodyOf(`interface Gone {} type Also = Gone;
function overloaded(x: string): string;
function overloaded(x: number): number;
function overloaded<T>(x: T): T { return x; }
export let x: number = overloaded(1);
export let y: number = 2;
[x, y] = [y, x];
({ x, k: y = 3 } = { x: 1, k: 2 });
x += 1; x++;
if (x > 1) {} else ;
for (const i of [1]) { if (i > 0) continue; break; }
for (let i = 0; i < 2; i++) {}
while (x < 0) x--;
switch (x) { case 1: x = 2; default: }
try { throw new Error("x"); } catch { } finally { }
try {} catch (error) { error; }`);
  assert.deepEqual(
    body.map((statement) => statement.kind),
    [
      "FunctionDeclaration",
      "Variables",
      "Variables",
      "ExpressionStatement",
      "ExpressionStatement",
      "ExpressionStatement",
      "ExpressionStatement",
      "If",
      "ForOf",
      "For",
      "While",
      "Switch",
      "Try",
      "Try",
    ],
  );
  const [, , , swap, rename] = body;
  assert.deepEqual(withoutSpans(swap?.kind === "ExpressionStatement" && swap.expression), {
    kind: "Assign",
    operator: "=",
    target: {
      kind: "ArrayPattern",
      elements: [
        { kind: "Name", name: "x" },
        { kind: "Name", name: "y" },
      ],
    },
    value: { kind: "Array", elements: [name("y"), name("x")] },
  });
  assert.deepEqual(
    withoutSpans(
      rename?.kind === "ExpressionStatement" && rename.expression.kind === "Assign" && rename.expression.target,
    ),
    {
      kind: "ObjectPattern",
      properties: [
        { key: "x", value: { kind: "Name", name: "x" } },
        { key: "k", value: { kind: "Name", name: "y", default: literal(3) } },
      ],
    },
  );
});

test("imports and exports in every form", () => {
  const { program, diagnostics } = read({
    [ENTRY]: `import d, { a as b, type T } from "./m.ts";
import * as all from "./m.ts";
import type { T as U } from "./m.ts";
import "./m.ts";
export const x: T & U = { v: 1 }, { y, z: [w] } = { y: 1, z: [2] };
export function f() {}
export default function () {}
export { x as renamed, type T };
export { a } from "./m.ts";
export * from "./m.ts";
export * as m from "./m.ts";
export type { U };
d; b; all; w; y;`,
    "m.ts": "export const a = 1;\nexport interface T { v: number }\nexport default a;",
  });
  assert.deepEqual(diagnostics, []);
  const entry = program.modules.at(-1);
  assert.ok(entry?.kind === "module");
  assert.deepEqual(
    entry.imports.map(({ names }) => names.map(({ imported, local }) => `${imported}:${local}`)),
    [["default:d", "a:b"], ["*:all"], []],
  );
  assert.deepEqual(withoutSpans(entry.exports), [
    { kind: "local", exported: "x", local: "x" },
    { kind: "local", exported: "y", local: "y" },
    { kind: "local", exported: "w", local: "w" },
    { kind: "local", exported: "f", local: "f" },
    { kind: "local", exported: "default", local: "default" },
    { kind: "local", exported: "renamed", local: "x" },
    { kind: "from", exported: "a", imported: "a", from: "m.ts" },
    { kind: "all", from: "m.ts" },
    { kind: "from", exported: "m", imported: "*", from: "m.ts" },
  ]);
});

const refused: readonly (readonly [text: string, ...expected: readonly string[]])[] = [
  ["var x = 1;", "TR1010 at `var`"],
  ["declare const x: number;", "TR1010 at `declare`"],
  ["class A {}", "TR1010 at `class`"],
  ["export default class {}", "TR1010 at `export`"],
  ["const x = class {};", "TR1010 at `class {}`"],
  ["const x = { f() { return this; } };", "TR1010 at `this`"],
  ["const x = new Array(3);", "TR1010 at `new Array(3)`"],
  ["const x = { get y() { return 1; } };", "TR1010 at `y`"],
  ["function* f() { yield 1; }", "TR1010 at `*`", "TR1010 at `yield 1`"],
  ["for (const k in { a: 1 }) k;", "TR1010 at `for`"],
  ["async function f() { for await (const k of [1]) k; }", "TR1010 at `await`"],
  ["let x = 1; for (x of [1]) x;", "TR1010 at `x`"],
  ["do {} while (1 > 2);", "TR1010 at `do`"],
  ["label: for (const k of [1]) { k; break label; }", "TR1010 at `label`"],
  ["debugger;", "TR1010 at `debugger`"],
  ["const o: { x?: number } = {}; delete o.x;", "TR1010 at `delete o.x`"],
  ["const x = void 0;", "TR1010 at `void 0`"],
  ["let x = 1; x = 2, x = 3;", "TR1010 at `,`"],
  ["const x = {} instanceof Error;", "TR1010 at `instanceof`"],
  ["const x = 1 | 2;", "TR1010 at `|`"],
  ["const x = ~1;", "TR1010 at `~1`"],
  ["let x = 1; x **= 2;", "TR1010 at `**=`"],
  ["const o = { x: 1 }; [o.x] = [2];", "TR1010 at `o.x`"],
  ["const k: 'a' = 'a'; const { [k]: y } = { a: 1 };", "TR1010 at `[k]`"],
  ["const x = /a/;", "TR1010 at `/a/`"],
  ["const x = 1n;", "TR1010 at `1n`"],
  ["const x = [1, , 2];", "TR1010 at ``"],
  ["const t = (x: TemplateStringsArray) => x; const x = t`a`;", "TR1010 at `t`a``"],
  ["const x = () => import('./x.ts');", "TR1010 at `import('./x.ts')`"],
  ["const x = import.meta;", "TR1010 at `import.meta`"],
  ["const x = await Promise.all([]);", "TR1010 at `await Promise.all([])`"],
  ["enum A { x }", "TR1010 at `enum`"],
  ["namespace A { export const x = 1; }", "TR1010 at `namespace`"],
  ["declare global { interface X {} }", "TR1010 at `global`"],
  ['declare module "other" { interface X {} }', 'TR1010 at `"other"`'],
  ["function f() { return arguments; }", "TR1010 at `arguments`"],
  ["const x = globalThis;", "TR1010 at `globalThis`"],
  ["const x = Symbol;", "TR1010 at `Symbol`"],
  ["const x = { __proto__: 1 };", "TR1010 at `__proto__`"],
  ["const a: { b: { c: 1 } } | undefined = { b: { c: 1 } }; const x = (a?.b)!.c;", "TR1010 at `(a?.b)!`"],
  ['/// <reference path="./x.ts" />', "TR1010 at `./x.ts`"],
  ['export * from "twinrail";', 'TR1010 at `export * from "twinrail";`'],
  ["const x = 1 == 2;", "TR1001 at `1 == 2`", "TR1011 at `==`"],
  ["const x = new Date();", "TR1012 at `Date`"],
  ["const x = Math.random();", "TR1013 at `random`"],
  ["const x = Promise.race([]);", "TR1013 at `race`"],
  ["// @ts-ignore\nconst x: number = '';", "TR1002 at `// @ts-ignore`"],
  ["// @ts-expect-error\nconst x: number = '';", "TR1002 at `// @ts-expect-error`"],
  ["/* @ts-nocheck */\n// @ts-nocheck\nconst x = 1;", "TR1002 at `// @ts-nocheck`"],
];

test("what the dialect has not is refused where it stands", () => {
  for (const [text, ...expected] of refused) assert.deepEqual(problems(`${text}\nexport {};`), expected, text);
});

test("the declaring functions are called by name and not passed around", () => {
  const text = (rest: string): string => `import { shared } from "twinrail";\n${rest}`;
  assert.deepEqual(problems(text("export const s = shared;")), ["TR1016 at `shared`"]);
  assert.deepEqual(problems(text("export { shared };")), ["TR1016 at `shared`"]);
  assert.deepEqual(problems(text("export const s = (shared: number) => shared;")), []);
});
