import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dataset, each, group, isolated, pipeline, run, shared } from "./index.ts";
import { artifact, type Recording, RecordingError, record, when } from "./test.ts";

const a = shared<{ x: number }, { n: number }>({ run: "steps/a.py:alpha", retries: 1 });
const b = isolated<{ x: number }, number>({ image: "i", run: "steps/b.py:b" });
const rows = shared<{ day: string }, { data: Dataset<{ id: number }>; note?: string }>({ run: "steps/rows.py:rows" });
const log = shared<{ text: string }>({ run: "steps/log.py:log" });
const steps = (recording: Recording) =>
  recording.calls.map((call) => `${call.name ?? call.step}(${call.inputs.x ?? call.inputs.text})`);

test("a pipeline runs as the TypeScript that it is", async () => {
  const p = pipeline<{ x?: number }>({ name: "p" }, async ({ x = 1 }) => {
    const { n } = await a({ x });
    return n > 1 ? await b({ x: n }, { name: "big" }) : undefined;
  });
  const recording = await record(p, { steps: [when(a, ({ x }) => ({ n: x + 1 })), when(b, ({ x }) => x * 10)] });
  assert.equal(recording.output, 20);
  assert.deepEqual(steps(recording), ["alpha(1)", "big(2)"]);
  const other = await record(p, { params: { x: 0 }, steps: () => ({ n: 1 }), names: { trainXGBoost: a } });
  assert.deepEqual(other.calls, [
    {
      step: "train-xg-boost",
      run: "steps/a.py:alpha",
      inputs: { x: 0 },
      attempts: 1,
      state: "succeeded",
      output: { n: 1 },
      started: 0,
      ended: 1,
    },
  ]);
});

test("artifacts and run fields are values; what is absent is not passed", async () => {
  const p = pipeline({ name: "p" }, async () => (await rows({ day: run.day })).note);
  const recording = await record(p, {
    steps: [when(rows, () => ({ data: artifact("d") }))],
    run: { day: "2026-05-05" },
  });
  assert.deepEqual(recording.calls[0]?.inputs, { day: "2026-05-05" });
  assert.equal("output" in recording, false);
});

test("retries are honoured, and what is thrown says which step and attempt", async () => {
  const p = pipeline({ name: "p" }, async () => {
    try {
      await a({ x: 1 });
    } catch (error) {
      const { step, attempt, message } = error as { step: string; attempt: number; message: string };
      await log({ text: `${step} ${attempt} ${message}` });
    }
    await a({ x: 2 });
  });
  const recording = await record(p, {
    steps: (call) => {
      if (call.step === "alpha" && (call.inputs.x === 1 || call.attempt === 1)) throw new Error("no");
      return { n: 0 };
    },
  });
  assert.deepEqual([recording.state, steps(recording)], ["succeeded", ["alpha(1)", "log(alpha 2 no)", "alpha(2)"]]);
  assert.deepEqual(
    recording.calls.map((call) => [call.attempts, call.state]),
    [
      [2, "failed"],
      [1, "succeeded"],
      [2, "succeeded"],
    ],
  );
});

test("Promise.all waits for all, and the first in list order counts; a fork fails at its await", async () => {
  const late = async () => {
    await a({ x: 1 });
    await b({ x: 1 });
  };
  const p = pipeline({ name: "p" }, async () => {
    const fork = b({ x: 9 });
    const helper = late();
    await log({ text: "after the fork" });
    try {
      await Promise.all([helper, b({ x: 2 }), fork]);
    } catch (error) {
      await log({ text: (error as Error).message });
    }
    throw new Error("the end");
  });
  const recording = await record(p, {
    steps: async (call) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (call.step === "b") throw new Error(`b ${call.inputs.x}`);
      return { n: 0 };
    },
  });
  const made = ["alpha(1)", "b(1)", "b(2)", "b(9)", "log(after the fork)", "log(b 1)"];
  assert.deepEqual(steps(recording).sort(), made);
  assert.equal(recording.calls.at(-1)?.inputs.text, "b 1");
  assert.deepEqual(recording.error, { message: "the end" });
});

test("everything that was started is recorded although the pipeline has failed", async () => {
  const p = pipeline({ name: "p" }, async () => {
    const slow = (async () => {
      await a({ x: 1 });
      await a({ x: 2 });
    })();
    await b({ x: 0 });
    await slow;
  });
  const recording = await record(p, {
    steps: async (call) => {
      if (call.step === "b") throw new Error("b");
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { n: 0 };
    },
  });
  assert.deepEqual(
    [recording.state, recording.error?.step, steps(recording)],
    ["failed", "b", ["alpha(1)", "b(0)", "alpha(2)"]],
  );
});

test("a fork that nobody came to await fails the run, and of several failures the first in source order counts", async () => {
  const failing = async (call: { readonly inputs: Readonly<Record<string, unknown>> }) => {
    await new Promise((resolve) => setTimeout(resolve, 5 * Number(call.inputs.x)));
    throw new Error(`x is ${call.inputs.x}`);
  };
  const early = pipeline({ name: "p" }, async () => {
    const slow = b({ x: 1 });
    if ((1 as number) === 1) return "early";
    return await slow;
  });
  assert.equal((await record(early, { steps: failing })).error?.message, "x is 1");
  const two = pipeline({ name: "p" }, async () => {
    const slow = b({ x: 2 });
    await b({ x: 1 });
    await slow;
  });
  assert.equal((await record(two, { steps: failing })).error?.message, "x is 2");
  const inTry = pipeline({ name: "p" }, async () => {
    try {
      const slow = b({ x: 2 });
      await b({ x: 1 });
      return await slow;
    } catch {
      return "caught";
    }
  });
  const caught = await record(inTry, { steps: failing });
  assert.deepEqual([caught.state, caught.output, caught.calls.length], ["succeeded", "caught", 2]);
});

test("what a pipeline's options want done at its end, and steps that may fail", async () => {
  const may = shared<{ x: number }, number>({ run: "steps/m.py:may", allowFailure: true });
  const seen: unknown[] = [];
  const p = pipeline<{ x: number }>(
    {
      name: "p",
      onFailure: async ({ step, attempt, message }, { x }) => {
        seen.push([step, attempt, message, x]);
        await b({ x: 0 });
      },
      onSuccess: async ({ x }) => void (await b({ x: x * 10 })),
    },
    async ({ x }) => {
      const left: number | undefined = await may({ x });
      await a({ x: left ?? -1 });
      return left;
    },
  );
  const fails = (...failing: string[]) => ({
    steps: (call: { readonly step: string; readonly inputs: Readonly<Record<string, unknown>> }) => {
      if (failing.includes(call.step)) throw new Error("no");
      return call.inputs.x;
    },
  });
  const good = await record(p, { params: { x: 1 }, ...fails("may") });
  assert.deepEqual([good.state, good.output, steps(good)], ["succeeded", undefined, ["may(1)", "alpha(-1)", "b(10)"]]);
  const bad = await record(p, { params: { x: 2 }, ...fails("alpha") });
  assert.deepEqual([bad.state, bad.error?.step, steps(bad)], ["failed", "alpha", ["may(2)", "alpha(2)", "b(0)"]]);
  assert.deepEqual(seen, [["alpha", 2, "no", 2]]);
});

test("each: item order, limited concurrency, names", async () => {
  let active = 0;
  let most = 0;
  const p = pipeline({ name: "p" }, () => each([3, 1, 2], { concurrency: 2 }, (x) => b({ x })));
  const recording = await record(p, {
    steps: async (call) => {
      most = Math.max(most, ++active);
      await new Promise((resolve) => setTimeout(resolve, 3 * Number(call.inputs.x)));
      active--;
      return call.inputs.x;
    },
  });
  assert.deepEqual([recording.output, most, steps(recording)], [[3, 1, 2], 2, ["3(3)", "1(1)", "2(2)"]]);
  const grouped = pipeline({ name: "p" }, () => group("eu", () => group("west", () => b({ x: 1 }, { name: "last" }))));
  assert.equal((await record(grouped, { steps: () => 1 })).calls[0]?.name, "eu-west-last");
});

test("errors of the test are not outcomes", async () => {
  const p = pipeline({ name: "p" }, async () => {
    try {
      await b({ x: 1 });
    } catch {}
  });
  await assert.rejects(record(p, { steps: [] }), /nothing says what steps\/b\.py:b does/);
  await assert.rejects(record(p, { steps: () => Number.NaN }), RecordingError);
  await assert.rejects(b({ x: 1 }), /used outside a run/);
});
