import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY, problems, read, withoutSpans } from "./testing.ts";

const STEP = `export const load = shared<{ day: string }, { rows: number }>({ run: "a.py:load" });`;

test("a pipeline with its steps in another file, in dependency order", () => {
  const { program, diagnostics, sources } = read({
    [ENTRY]: `import { pipeline } from "twinrail";
import { load } from "./lib/steps.ts";
import sizes from "./sizes.json" with { type: "json" };
/** Loads a day. */
export default pipeline<{ /** Which day. */ day: string }>({ name: "x" }, async ({ day }) => { await load({ day: day + sizes.small }); });`,
    "lib/steps.ts": `import { shared } from "twinrail";\n${STEP}`,
    "sizes.json": `{ "small": 1 }`,
  });
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    program.modules.map((module) => module.file),
    ["lib/steps.ts", "sizes.json", ENTRY],
  );
  assert.deepEqual([...sources.keys()], ["lib/steps.ts", "sizes.json", ENTRY]);
  const [steps, sizes, main] = program.modules;
  assert.ok(steps?.kind === "module" && sizes?.kind === "json" && main?.kind === "module");
  assert.deepEqual(sizes.value, { small: 1 });
  assert.deepEqual(withoutSpans(main.imports), [
    { from: "twinrail", names: [{ imported: "pipeline", local: "pipeline" }] },
    { from: "lib/steps.ts", names: [{ imported: "load", local: "load" }] },
    { from: "sizes.json", names: [{ imported: "default", local: "sizes" }] },
  ]);
  const [exported] = main.exports;
  assert.ok(exported?.kind === "default" && exported.value.kind === "Call");
  assert.deepEqual(withoutSpans(exported.value.declared), {
    kind: "pipeline",
    params: [{ name: "day", type: { kind: "string" }, optional: false, doc: "Which day." }],
    doc: "Loads a day.",
  });
});

test("names of the SDK may be imported under another name, or as a namespace", () => {
  const { program, diagnostics } = read(`import * as twinrail from "twinrail";
import { shared as onAirflow } from "twinrail";
export const a = twinrail.isolated<{ x: number }>({ image: "i", run: "a.py:a" });
export const b = onAirflow<void, string>({ run: "a.py:b" });
export const c = ((shared: (x: string) => string) => shared("not the SDK's"))((x) => x);`);
  assert.deepEqual(diagnostics, []);
  assert.equal(JSON.stringify(program).split('"declared"').length - 1, 2);
});

test("all problems at once, in the order of reading", () => {
  const files = {
    [ENTRY]: `import { b } from "./b.ts";\nvar x: number = "text";\nexport const y = x == b;`,
    "b.ts": `export const b: string = 1;\nexport const c = /x/;`,
  };
  assert.deepEqual(problems(files), [
    "TR1001 at `b`",
    "TR1010 at `/x/`",
    "TR1010 at `var`",
    "TR1001 at `x`",
    "TR1001 at `x == b`",
    "TR1011 at `==`",
  ]);
});

test("TypeScript's errors keep their number and what they refer to", () => {
  const { diagnostics } = read(`import { shared } from "twinrail";\n${STEP}\nload({ day: 1 });\nload();\nnothing;`);
  const [input, missing, name] = diagnostics;
  assert.equal(input?.message, "Type 'number' is not assignable to type 'string' (TS2322)");
  assert.deepEqual(
    input?.related.map((related) => related.message),
    ["The expected type comes from property 'day' which is declared here on type '{ day: string; }'"],
  );
  assert.match(missing?.message ?? "", /^Expected .* \(TS2554\)$/);
  assert.match(name?.message ?? "", /\(TS2304\)$/);
  assert.ok(!JSON.stringify(diagnostics).includes("/@"));
});

test("what was refused as a whole is not complained about again inside", () => {
  assert.deepEqual(problems(`export const x = 1;\nclass A { y: string = 1; z = new Date(); }`), ["TR1010 at `class`"]);
  assert.deepEqual(problems(`import { x } from "lodash";\nexport const y: number = x;`), [`TR1005 at \`"lodash"\``]);
});

test("a syntax error is told alone, for everything after it is a guess", () => {
  assert.deepEqual(
    problems({ [ENTRY]: `import { a } from "./a.ts";\nexport const x = ;`, "a.ts": "export const a: string = 1;" }),
    ["TR1001 at `;`"],
  );
});

test("GPU types can be added where the pipeline is", () => {
  const gpu = (type: string): string =>
    `isolated({ image: "i", run: "a.py:a", resources: { gpu: { type: "${type}", count: 1 } } })`;
  const augmentation = `declare module "twinrail" { interface GpuTypes { "my-gpu": true } }`;
  assert.deepEqual(
    problems(`import { isolated } from "twinrail";\n${augmentation}\nexport const a = ${gpu("my-gpu")};`),
    [],
  );
  assert.deepEqual(problems(`import { isolated } from "twinrail";\nexport const a = ${gpu("my-gpu")};`), [
    "TR1001 at `type`",
  ]);
});

test("what is nested too deeply is refused before the stack ends", () => {
  for (const text of [
    `export const x = ${"(".repeat(50_000)}1${")".repeat(50_000)};`,
    `export const x = ${"1+".repeat(5_000)}1;`,
    `type Deep = ${"[".repeat(20_000)}${"]".repeat(20_000)};`,
    "{".repeat(50_000),
  ]) {
    const [problem] = read(text).diagnostics;
    assert.equal(problem?.code, "TR1008", text.slice(0, 30));
  }
});

test("reading the same twice gives the same", () => {
  const text = `import { shared } from "twinrail";\nexport const a = shared<{ x: "b" | "a" | 2 | true }>({ run: "a.py:a" });`;
  assert.deepEqual(read(text), read(text));
});
