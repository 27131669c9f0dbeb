/**
 * `fixtures/evaluate/<topic>/<name>.pipeline.ts`: what each becomes is in `<name>.ir.txt` beside it (UPDATE=1 writes it), and it means what plain
 * Node makes of the same file.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { diskHost } from "../1-read/host.ts";
import { readProgram } from "../1-read/read.ts";
import { installed } from "../1-read/sdk.ts";
import { renderDiagnostics } from "../diagnostics/render.ts";
import { printPipeline } from "../ir/print.ts";
import { validate } from "../ir/validate.ts";
import { evaluateProgram } from "./evaluate.ts";
import { differencesFromNode, loadInNode } from "./same-as-node.ts";

const SEEDS = 6;
const root =
  process.env.FIXTURES ?? join(dirname(dirname(dirname(installed("sdk/dialect/lib.d.ts")))), "fixtures/evaluate");

const entries = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".pipeline.ts"))
  .sort();
const read = readProgram(diskHost(root), { entries });
const evaluated = read.diagnostics.length > 0 ? { pipelines: [], diagnostics: [] } : evaluateProgram(read.program);
const inNode = await loadInNode(root, entries);

test("the fixtures are in the dialect", () => {
  const problems = [...read.diagnostics, ...evaluated.diagnostics];
  assert.equal(renderDiagnostics(problems, { sources: read.sources, color: false }), "");
});

for (const entry of entries) {
  const name = entry.replace(/\.pipeline\.ts$/, "");
  const pipelines = evaluated.pipelines.filter((pipeline) => pipeline.origin.span.file === entry);
  test(name, async () => {
    const expected = join(root, `${name}.ir.txt`);
    const text = pipelines.map(printPipeline).join("\n");
    for (const pipeline of pipelines) {
      validate(pipeline, "evaluate");
      const declared = inNode.get(pipeline.name);
      assert.ok(declared, `Node does not know \`${pipeline.name}\``);
      assert.deepEqual(await differencesFromNode(pipeline, declared, SEEDS), [], text);
    }
    if (process.env.UPDATE === "1" && text !== "") writeFileSync(expected, text);
    assert.equal(text, existsSync(expected) ? readFileSync(expected, "utf8") : undefined);
  });
}
