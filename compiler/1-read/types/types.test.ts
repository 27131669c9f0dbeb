import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field, Type } from "../../ir/types.ts";
import { ENTRY, problems, read } from "../testing.ts";

const IMPORTS = `import { type Dataset, type Directory, type Duration, type File, isolated, type Json, type Model, pipeline, shared, type Step } from "twinrail";`;

function moduleOf(text: string, more: Readonly<Record<string, string>> = {}): unknown {
  const { program, diagnostics } = read({ [ENTRY]: `${IMPORTS}\n${text}`, ...more });
  assert.deepEqual(diagnostics, [], text);
  const entry = program.modules.at(-1);
  assert.ok(entry?.kind === "module");
  const statement = entry.body[0];
  assert.ok(statement?.kind === "Variables");
  const value = statement.declarations[0]?.value;
  assert.ok(value?.kind === "Call" && value.declared !== undefined);
  return value.declared;
}

function outputOf(type: string, before = ""): unknown {
  const declared = moduleOf(`export const x = shared<void, ${type}>({ run: "a.py:a" });\n${before}`);
  assert.ok(typeof declared === "object" && declared !== null && "output" in declared);
  return declared.output;
}

const string: Type = { kind: "string" };
const number: Type = { kind: "number" };
const json: Type = { kind: "json" };
const nothing: Type = { kind: "null" };
const record = (fields: Readonly<Record<string, Field>>): Type => ({ kind: "record", fields });
const union = (...of: readonly Type[]): Type => ({ kind: "union", of });

const accepted: readonly (readonly [type: string, expected: Type, before?: string])[] = [
  ["void", { kind: "absent" }],
  ["undefined", { kind: "absent" }],
  ["string", string],
  ["number", number],
  ["boolean", { kind: "boolean" }],
  ["null", nothing],
  ["unknown", json],
  ["Json", json],
  ["Duration", string],
  ["string & { readonly brand?: 1 }", string],
  [`"b" | "a" | "c"`, { kind: "enum", values: ["a", "b", "c"] }],
  [`10 | 9 | "x" | true`, { kind: "enum", values: [true, 9, 10, "x"] }],
  ["boolean | string", union({ kind: "boolean" }, string)],
  [`"a" | null`, union({ kind: "enum", values: ["a"] }, nothing)],
  ["string[]", { kind: "list", items: string }],
  ["readonly string[]", { kind: "list", items: string }],
  ["Json[]", { kind: "list", items: json }],
  ["[string, number]", { kind: "tuple", items: [string, number] }],
  ["readonly [a: string, b: null]", { kind: "tuple", items: [string, nothing] }],
  ["Record<string, number>", { kind: "map", values: number }],
  ["{ [key: string]: Json }", { kind: "map", values: json }],
  [`Record<"a" | "b", number>`, record({ a: { type: number }, b: { type: number } })],
  ["{}", record({})],
  [
    "{ a: string; b?: number; c: null | string }",
    record({ a: { type: string }, b: { type: number, optional: true }, c: { type: union(nothing, string) } }),
  ],
  ["{ a: string | undefined }", record({ a: { type: string, optional: true } })],
  ["Pick<{ a: string; b: number }, 'a'>", record({ a: { type: string } })],
  ["{ a: string } & { b: number }", record({ a: { type: string }, b: { type: number } })],
  ["{ '__proto__': string }", record(Object.fromEntries([["__proto__", { type: string }]]))],
  ["Named", record({ a: { type: string, doc: "Its name." } }), "interface Named { /** Its name. */ a: string }"],
  [
    "Child",
    record({ b: { type: number }, a: { type: string } }),
    "interface Base { a: string } interface Child extends Base { b: number }",
  ],
  ["Model", { kind: "artifact", artifact: "model" }],
  ["File", { kind: "artifact", artifact: "file" }],
  ["Directory", { kind: "artifact", artifact: "directory" }],
  ["Dataset", { kind: "artifact", artifact: "dataset" }],
  ["Dataset<{ a: number }>", { kind: "artifact", artifact: "dataset", row: record({ a: { type: number } }) }],
  ["Mine", { kind: "artifact", artifact: "model" }, "interface Mine extends Model {}"],
  [
    "{ kind: 'a'; x: number } | { kind: 'b' }",
    union(
      record({ kind: { type: { kind: "enum", values: ["a"] } }, x: { type: number } }),
      record({ kind: { type: { kind: "enum", values: ["b"] } } }),
    ),
  ],
];

test("declared types in normal form", () => {
  for (const [type, expected, before] of accepted) assert.deepEqual(outputOf(type, before), expected, type);
});

const refused: readonly (readonly [declaration: string, ...problems: readonly string[]])[] = [
  ["shared<{ a: any }>", "TR1020 at `a`"],
  ["shared<any>", "TR1020 at `any`"],
  ["shared<void, any[]>", "TR1020 at `any[]`"],
  ["shared<void, { a: { b: any } }>", "TR1020 at `b`"],
  ["shared<void, () => void>", "TR1021 at `() => void`"],
  ["shared<void, { a: bigint }>", "TR1021 at `a`"],
  ["shared<void, symbol>", "TR1021 at `symbol`"],
  ["shared<void, object>", "TR1021 at `object`"],
  ["shared<void, never>", "TR1021 at `never`"],
  ["shared<void, Promise<string>>", "TR1021 at `Promise<string>`"],
  ["shared<void, Step<void, void>>", "TR1021 at `Step<void, void>`"],
  ["shared<void, [a: string, b?: string]>", "TR1021 at `[a: string, b?: string]`"],
  ["shared<void, { [key: number]: string }>", "TR1021 at `{ [key: number]: string }`"],
  ["shared<{ a?: string | null }>", "TR1022 at `a`"],
  ["shared<{ a?: Json }>", "TR1022 at `a`"],
  ["shared<{ lambda: string }>", "TR1023 at `lambda`"],
  ['shared<{ "my-day": string }>', 'TR1023 at `"my-day"`'],
  ["shared<string, number>", "TR1027 at `string`"],
  ["shared<string[], number>", "TR1027 at `string[]`"],
  ["shared<Model, number>", "TR1027 at `Model`"],
  ["shared<Record<string, string>, number>", "TR1027 at `Record<string, string>`"],
  ["shared<{ a: 1 } | { b: 1 }, number>", "TR1027 at `{ a: 1 } | { b: 1 }`"],
  ["shared<void, string | undefined>", "TR1028 at `string | undefined`"],
  ["shared<void, (string | undefined)[]>", "TR1028 at `(string | undefined)[]`"],
  ["shared<void, { a: string; [key: string]: string }>", "TR1029 at `{ a: string; [key: string]: string }`"],
  ["shared<void, Missing>", "TR1001 at `Missing`"],
  ["shared<void, Dataset<{ a: any }>>", "TR1020 at `a`"],
];

test("types that are refused, at the place where they are declared", () => {
  for (const [declaration, ...expected] of refused) {
    if (declaration === undefined) continue;
    assert.deepEqual(
      problems(`${IMPORTS}\nexport const x = ${declaration}({ run: "a.py:a" });`),
      expected,
      declaration,
    );
  }
});

test("recursive types and type parameters", () => {
  const recursive = `interface Tree { value: number; children: Tree[] }\nexport const x = shared<void, Tree>({ run: "a.py:a" });`;
  assert.deepEqual(problems(`${IMPORTS}\n${recursive}`), ["TR1025 at `children`"]);
  const generic = `export const make = <O>() => shared<void, O[]>({ run: "a.py:a" });`;
  assert.deepEqual(problems(`${IMPORTS}\n${generic}`), ["TR1026 at `O[]`"]);
});

test("a pipeline's parameters: order, docs, inference, no artifacts", () => {
  const declared = moduleOf(
    `export const p = pipeline({ name: "p" }, async ({ b = 1 }: { /** First. */ b?: number; a: "x" | "y" }) => { b; });`,
  );
  assert.deepEqual(JSON.parse(JSON.stringify(declared, (key, value) => (key === "span" ? undefined : value))), {
    kind: "pipeline",
    params: [
      { name: "b", type: number, optional: true, doc: "First." },
      { name: "a", type: { kind: "enum", values: ["x", "y"] }, optional: false },
    ],
  });
  const artifact = `export default pipeline<{ a: { b: Model }; "c-d": string }>({ name: "p" }, async () => {});`;
  assert.deepEqual(problems(`${IMPORTS}\n${artifact}`), ["TR1024 at `b`", 'TR1023 at `"c-d"`']);
});

test("types inferred from the context count as well", () => {
  assert.deepEqual(moduleOf(`export const x: Step<{ a: string }, number> = shared({ run: "a.py:a" });`), {
    kind: "step",
    inputs: { a: { type: string } },
    output: number,
  });
});

test("a type that two steps share is complained about once, where it is declared", () => {
  const text = `import { shared } from "twinrail";
import type { Bad } from "./types.ts";
export const x = shared<{ bad: Bad }, Bad>({ run: "a.py:a" });
export const y = shared<{ bad: Bad }, Bad>({ run: "a.py:b" });`;
  assert.deepEqual(problems({ [ENTRY]: text, "types.ts": "export interface Bad { field: any }" }), [
    "TR1020 at `field`",
  ]);
});
