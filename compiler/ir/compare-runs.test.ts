import assert from "node:assert/strict";
import { test } from "node:test";
import { pipeline as declare, shared } from "../../sdk/index.ts";
import { record } from "../../sdk/test.ts";
import { comparable, compareRuns } from "./compare-runs.ts";
import { attempt, block, error, forEach, item, out, pipeline, task } from "./ir-for-tests.ts";
import { simulateScripted } from "./scripted.ts";
import type { Json } from "./types.ts";

// The same pipeline twice: as a user writes it, and as the evaluator would.
const plan = shared<void, string[]>({ run: "steps/plan.py:main" });
const work = shared<{ x: string }, number>({ run: "steps/work.py:main", retries: 2 });
const tell = shared<{ x: string }, string>({ run: "steps/tell.py:main" });
const source = declare({ name: "p" }, async () => {
  const regions = await plan();
  try {
    return await Promise.all(regions.map((x) => work({ x })));
  } catch (problem) {
    return await tell({ x: (problem as Error).message });
  }
});
const loop = forEach("each", [], out("plan"), block([task("work", [], { x: item("each") })], out("work")));
const safe = attempt("safe", ["plan"], block([loop], out("each")), {
  handler: block([task("tell", [], { x: error("safe", ["message"]) })], out("tell")),
});
const compiled = pipeline(block([task("plan"), safe], out("safe")), { options: { work: { retries: 2 } } });

/** What `work` does: fails its first `fails[x]` attempts. */
async function both(fails: Readonly<Record<string, number>>): Promise<readonly string[]> {
  const outputs: Record<string, Json> = { plan: ["a", "b", "a"], work: 1, tell: "told" };
  const node = await record(source, {
    steps: ({ step, run, inputs, attempt: n }) => {
      if (n <= (fails[String(inputs.x)] ?? 0)) throw new Error(`no ${inputs.x}`);
      return outputs[run.slice(6, -8)] ?? step;
    },
  });
  const simulated = await simulateScripted(compiled, {
    steps: ({ step, inputs }) => ({
      output: outputs[step.id],
      fails: fails[String(inputs.x)] ?? 0,
      message: `no ${inputs.x}`,
      takes: inputs.x === "a" ? 5 : 1,
    }),
  });
  return compareRuns(node, comparable(simulated), ["Node", "simulate"]);
}

test("Node and the reference do the same", async () => {
  assert.deepEqual(await both({}), []);
  assert.deepEqual(await both({ a: 1, b: 2 }), []);
  assert.deepEqual(await both({ a: 3, b: 9 }), []);
  assert.deepEqual(await both({ b: 3, "no b": 1 }), []);
});

test("differences are said in words", () => {
  const call = { run: "s.py:f", inputs: { x: 1 }, attempts: 1, state: "succeeded", output: 2 } as const;
  const run = { state: "succeeded", calls: [call, call, call] } as const;
  const other = {
    state: "failed",
    error: { message: "no", attempt: 2 },
    calls: [call, { ...call, attempts: 3 }],
  } as const;
  assert.deepEqual(compareRuns(run, other, ["A", "B"]), [
    'only A: s.py:f {"x":1} succeeded after 1 with 2 (2 times)',
    'only B: s.py:f {"x":1} succeeded after 3 with 2',
    'A succeeded, but B failed with "no" at attempt 2',
  ]);
});
