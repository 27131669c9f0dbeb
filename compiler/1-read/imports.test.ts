import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { diskHost } from "./host.ts";
import { readProgram } from "./read.ts";
import { ENTRY, problems, read } from "./testing.ts";

const refusals: readonly (readonly [specifier: string, code: string])[] = [
  ["./steps", "TR1003"],
  ["./steps.js", "TR1003"],
  [".", "TR1003"],
  ["./lib/", "TR1003"],
  ["./missing.ts", "TR1004"],
  ["lodash", "TR1005"],
  ["node:fs", "TR1005"],
  ["#internal", "TR1005"],
  ["twinrail/test", "TR1005"],
  ["https://example.com/x.ts", "TR1005"],
  ["../outside.ts", "TR1006"],
  ["./a/../../x.pipeline.ts", "TR1006"],
  ["/etc/passwd", "TR1006"],
  ["file:///etc/passwd", "TR1006"],
  ["C:\\\\x.ts", "TR1006"],
  ["./steps.d.ts", "TR1007"],
  ["./steps.tsx", "TR1007"],
  ["./steps.py", "TR1007"],
  ["./a%2eb.ts", "TR1010"],
  ["./steps.ts?raw", "TR1010"],
];

test("imports that are refused", () => {
  for (const [specifier, code] of refusals) {
    assert.deepEqual(problems(`import "${specifier}";`), [`${code} at \`"${specifier}"\``]);
  }
});

test("the fix names the file", () => {
  const [problem] = read({ [ENTRY]: `import "./steps";` }).diagnostics;
  assert.equal(problem?.help, 'Write "./steps.ts", as Node needs it.');
});

test("modules that import each other are refused, types may", () => {
  const b = (word: string): string =>
    `import ${word} { a } from "./${ENTRY}";\nexport const b = 1;\nexport type B = typeof a;`;
  const a = `import { b } from "./b.ts";\nexport const a: number = b;`;
  assert.deepEqual(problems({ [ENTRY]: a, "b.ts": b("") }), [`TR1009 at \`"./${ENTRY}"\``]);
  assert.deepEqual(problems({ [ENTRY]: a, "b.ts": b("type") }), []);
});

test("JSON is imported as one value, and has to be JSON", () => {
  const json = (statement: string, text = "{}"): readonly string[] => problems({ [ENTRY]: statement, "a.json": text });
  const right = `import a from "./a.json" with { type: "json" };`;
  assert.deepEqual(json(right), []);
  assert.deepEqual(json(`import a from "./a.json";`), [`TR1014 at \`import a from "./a.json";\``]);
  assert.deepEqual(json(`import { b } from "./a.json" with { type: "json" };`, `{"b":1}`).length, 1);
  assert.deepEqual(json(right, `{ "a": 1, }`).length, 1);
  assert.deepEqual(json(right, `{ // comment\n }`), ["TR1015 at ``"]);
});

test("limits on size and number", () => {
  const big = `export const x = "${"x".repeat(1024 * 1024)}";`;
  assert.deepEqual(problems({ [ENTRY]: `import "./big.ts";`, "big.ts": big }), ['TR1008 at `"./big.ts"`']);
  const chain: Record<string, string> = {};
  for (let i = 0; i < 2001; i++) chain[`m${i}.ts`] = `import "./m${i + 1}.ts";`;
  assert.deepEqual(
    problems(chain).filter((problem) => problem.startsWith("TR1008")),
    ['TR1008 at `"./m2000.ts"`'],
  );
  const [half, five] = ["x".repeat(1024 * 1024 - 100), [1, 2, 3, 4, 5]];
  const many = Object.fromEntries(five.map((i) => [`h${i}.ts`, `export const x = "${half}";`]));
  const text = five.map((i) => `import "./h${i}.ts";`).join("\n");
  assert.deepEqual(
    problems({ [ENTRY]: text, ...many }).filter((problem) => problem.startsWith("TR1008")),
    ['TR1008 at `"./h5.ts"`'],
  );
});

test("on disk: links out of the project, folders and files that are not text", () => {
  const folder = mkdtempSync(join(tmpdir(), "twinrail-read-"));
  const root = join(folder, "project");
  mkdirSync(join(root, "folder.ts"), { recursive: true });
  writeFileSync(join(folder, "secret.ts"), "export const secret = 1;");
  writeFileSync(join(root, "inside.ts"), "export const inside = 1;");
  writeFileSync(join(root, "binary.ts"), Buffer.from([0xff, 0xfe, 0x41]));
  symlinkSync(join(folder, "secret.ts"), join(root, "link.ts"));
  symlinkSync(folder, join(root, "up"));
  symlinkSync("inside.ts", join(root, "alias.ts"));
  const names = ["link.ts", "up/secret.ts", "alias.ts", "folder.ts", "binary.ts"];
  writeFileSync(join(root, ENTRY), names.map((name) => `import "./${name}";`).join("\n"));
  const { diagnostics, sources } = readProgram(diskHost(root), { entries: [ENTRY] });
  assert.deepEqual(
    diagnostics.map((problem) => problem.code),
    ["TR1006", "TR1006", "TR1015", "TR1015"],
  );
  assert.deepEqual([...sources.keys()], ["alias.ts", ENTRY]);
  rmSync(folder, { recursive: true });
});
