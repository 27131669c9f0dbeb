/** The example three ways: real processes here, `simulate`, and plain Node with the recording SDK. Same tasks, inputs, outcomes, outputs. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { diskHost } from "../../compiler/1-read/host.ts";
import { readProgram } from "../../compiler/1-read/read.ts";
import { evaluateProgram } from "../../compiler/2-evaluate/evaluate.ts";
import { comparable, compareRuns } from "../../compiler/ir/compare-runs.ts";
import { wireText } from "../../compiler/ir/encode.ts";
import { bindParams } from "../../compiler/ir/params.ts";
import { simulateScripted } from "../../compiler/ir/scripted.ts";
import type { Trace } from "../../compiler/ir/trace.ts";
import type { Json, Pipeline } from "../../compiler/ir/types.ts";
import { validate } from "../../compiler/ir/validate.ts";
import type { Pipeline as DeclaredPipeline } from "../../sdk/index.ts";
import { type Recording, record } from "../../sdk/test.ts";
import { type LocalRun, runContextOf } from "./run-context.ts";
import { runLocally } from "./run-locally.ts";

const folder = mkdtempSync(join(tmpdir(), "twinrail-example-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const repository = above(import.meta.dirname, "runtime/twinrail_runtime");
const churn = join(repository, "fixtures/pipelines/churn");
const RUN: LocalRun = { id: "r1", started: "2026-03-01T23:30:00Z", timezone: "Europe/Berlin" };

test("the example means the same three ways, on both sides of its threshold", async () => {
  const compiled = evaluate();
  const declared = await asPlainTypeScript();
  for (const [threshold, last] of [
    [0, "publish"],
    [1, "alert"],
  ] as const) {
    const given = { threshold };
    const { values, problems } = bindParams(compiled, given, runContextOf(RUN));
    assert.deepEqual(problems, []);
    const local = await runLocally({
      ...{ pipeline: compiled, params: values, run: RUN, folder: join(folder, last) },
      ...{ sources: churn, runtime: join(repository, "runtime") },
    });
    assert.deepEqual(local.summary.error, undefined);
    assert.ok(local.trace);
    assert.equal(local.trace.executions.at(-1)?.node, last);
    assert.equal(local.trace.executions.length, 5);

    const outputs = outputsOf(local.trace);
    const simulated = await simulateScripted(compiled, {
      params: values,
      run: runContextOf(RUN),
      steps: ({ step, inputs }) => ({ output: outputs(`${step.run.file}:${step.run.function}`, inputs) }),
    });
    const recording: Recording = await record(declared, {
      params: given,
      run: runContextOf(RUN),
      steps: ({ run, inputs }) => outputs(run, inputs),
    });
    assert.deepEqual(compareRuns(comparable(local.trace), comparable(simulated), ["run", "simulate"]), []);
    assert.deepEqual(compareRuns(comparable(local.trace), recording, ["run", "Node"]), []);
  }
});

function evaluate(): Pipeline {
  const read = readProgram(diskHost(churn), { entries: ["churn.pipeline.ts"] });
  const { pipelines, diagnostics } = evaluateProgram(read.program);
  assert.deepEqual(
    [...read.diagnostics, ...diagnostics].filter(({ severity }) => severity === "error"),
    [],
  );
  const [pipeline] = pipelines;
  assert.ok(pipeline);
  validate(pipeline, "evaluate");
  return pipeline;
}

/** The very file, with this package's SDK as `twinrail`. */
async function asPlainTypeScript(): Promise<DeclaredPipeline<{ threshold?: number }>> {
  const outfile = join(folder, "churn.mjs");
  const sdk = new URL("../../sdk/index.js", import.meta.url).href;
  await build({
    ...{ entryPoints: [join(churn, "churn.pipeline.ts")], outfile, bundle: true, format: "esm", logLevel: "silent" },
    plugins: [
      { name: "sdk", setup: (b) => b.onResolve({ filter: /^twinrail$/ }, () => ({ path: sdk, external: true })) },
    ],
  });
  return (await import(pathToFileURL(outfile).href)).default;
}

/** What each step returned, for which inputs. */
function outputsOf(trace: Trace): (run: string, inputs: Readonly<Record<string, Json>>) => Json | undefined {
  const outputs = new Map(trace.executions.map((e) => [`${e.run} ${wireText(e.inputs)}`, e.output]));
  return (run, inputs) => outputs.get(`${run} ${wireText(inputs)}`);
}

function above(start: string, path: string): string {
  return existsSync(join(start, path)) ? start : above(dirname(start), path);
}
