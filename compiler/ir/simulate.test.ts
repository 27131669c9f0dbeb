import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attempt,
  block,
  branch,
  error,
  fail,
  failAgain,
  forEach,
  item,
  JSON_TYPE,
  lit,
  ORIGIN,
  op,
  out,
  pipeline,
  task,
} from "./ir-for-tests.ts";
import { type Behaviour, simulateScripted } from "./scripted.ts";
import { retryDelay } from "./simulate.ts";
import { instanceOf, type Trace } from "./trace.ts";
import type { Block, ForEach, Pipeline, Region } from "./types.ts";

const run = (p: Pipeline, steps: Record<string, Behaviour> = {}): Promise<Trace> =>
  simulateScripted(p, { steps: (call) => steps[instanceOf(call.node.id, call.indices)] ?? steps[call.step.id] ?? {} });
const failing: Behaviour = { fails: "always", message: "no" };
const ran = (trace: Trace) => trace.executions.map((e) => instanceOf(e.node, e.indices));
const times = (trace: Trace) => trace.executions.map((e) => [instanceOf(e.node, e.indices), e.started, e.ended]);

test("an empty pipeline succeeds", async () => {
  assert.deepEqual(await run(pipeline(block())), { state: "succeeded", executions: [], states: {} });
});

test("values flow from node to node and out of the pipeline", async () => {
  const body = block([task("a"), task("b", ["a"], { x: out("a", ["n"]), y: out("a", ["none"]) })], out("b"));
  const trace = await run(pipeline(body), { a: { output: { n: 1 } }, b: { output: "done" } });
  assert.equal(trace.output, "done");
  assert.deepEqual(trace.executions[1]?.inputs, { x: 1 });
});

test("a failure skips what comes after, not what runs beside, and the first in source order counts", async () => {
  const p = pipeline(
    block([task("slow"), task("quick"), task("next", ["slow"]), task("beside"), task("last", ["beside"])]),
  );
  const trace = await run(p, {
    slow: { ...failing, takes: 9 },
    quick: { ...failing, takes: 1 },
    beside: { takes: 20 },
  });
  assert.equal(trace.state, "failed");
  assert.deepEqual(trace.error, { step: "slow", attempt: 1, message: "no" });
  assert.deepEqual(ran(trace), ["slow", "quick", "beside", "last"]);
  assert.equal(trace.states.next, "skipped");
});

test("retries wait longer each time, and not at all when no retry can help", async () => {
  const p = pipeline(block([task("a")]), { options: { a: { retries: 3 } } });
  const trace = await run(p, { a: { fails: 2, takes: 1, output: 7 } });
  assert.deepEqual([trace.state, trace.executions[0]?.attempts, trace.executions[0]?.ended], ["succeeded", 3, 33_000]);
  const broken = await run(p, { a: { breaksContract: true } });
  assert.deepEqual([broken.state, broken.executions[0]?.attempts], ["failed", 1]);
  const exhausted = await run(p, { a: failing });
  assert.deepEqual([exhausted.error?.attempt, exhausted.executions[0]?.attempts], [4, 4]);
  assert.equal(retryDelay({ backoff: { initial: 5, factor: 3, max: 30 } }, 3), 30);
});

test("an attempt over its timeout has failed, and is retried", async () => {
  const p = pipeline(block([task("a")]), { options: { a: { retries: 1, timeout: 5 } } });
  const trace = await run(p, { a: { takes: 6 } });
  assert.deepEqual([trace.state, trace.executions[0]?.attempts, trace.executions[0]?.ended], ["failed", 2, 20_000]);
});

test("a branch runs one arm and yields its result; what reads it waits for it", async () => {
  const arms = (condition: boolean) => [
    branch("b", [], lit(condition), block([task("yes")], out("yes")), block([task("no")], out("no"))),
    task("use", ["b"], { x: out("b") }),
  ];
  const yes = await run(pipeline(block(arms(true))), { yes: { output: 1 }, no: { output: 2 } });
  assert.deepEqual(ran(yes), ["yes", "use"]);
  assert.equal(yes.states.no, "skipped");
  const no = await run(pipeline(block(arms(false))), { yes: { output: 1 }, no: { output: 2 } });
  assert.deepEqual(no.executions[1]?.inputs, { x: 2 });
  const bad = await run(pipeline(block(arms(true))), { yes: failing });
  assert.deepEqual(bad.states, { b: "failed", yes: "failed", no: "skipped", use: "skipped" });
});

const loop = (more: Partial<ForEach>, body: Block = block([task("body", [], { x: item("each") })], out("body"))) =>
  pipeline(block([forEach("each", [], lit([1, 2, 3, 4]), body, more)], out("each")));

test("a parallel loop runs every body, whatever fails, and fails with the first item's failure", async () => {
  const trace = await run(loop({}), {
    "body[3]": { ...failing, takes: 1 },
    "body[1]": { ...failing, takes: 5, message: "first" },
  });
  assert.deepEqual(ran(trace), ["body[0]", "body[1]", "body[2]", "body[3]"]);
  assert.equal(trace.error?.message, "first");
  assert.equal(trace.states.each, "failed");
});

test("results are in item order; concurrency limits bodies, not tasks", async () => {
  const takes = { "body[0]": { takes: 5, output: "a" }, "body[1]": { takes: 1, output: "b" } };
  const trace = await run(loop({ concurrency: 2 }), { ...takes, body: { takes: 1, output: "c" } });
  assert.deepEqual(trace.output, ["a", "b", "c", "c"]);
  assert.deepEqual(times(trace), [
    ["body[0]", 0, 5000],
    ["body[1]", 0, 1000],
    ["body[2]", 1000, 2000],
    ["body[3]", 2000, 3000],
  ]);
});

test("a sequential loop stops at the first failure", async () => {
  const trace = await run(loop({ mode: "sequential" }), { "body[1]": failing, body: { takes: 1 } });
  assert.deepEqual(ran(trace), ["body[0]", "body[1]"]);
  assert.deepEqual(trace.states, {
    each: "failed",
    ...{ "body[0]": "succeeded", "body[1]": "failed", "body[2]": "skipped", "body[3]": "skipped" },
  });
});

test("a settling loop succeeds and tells of each item", async () => {
  const trace = await run(loop({ settle: true }), { "body[2]": failing, body: { output: 1 } });
  assert.equal(trace.state, "succeeded");
  const good = { status: "fulfilled", value: 1 };
  const bad = { status: "rejected", reason: { step: "body", attempt: 1, message: "no" } };
  assert.deepEqual(trace.output, [good, good, bad, good]);
});

test("loops in loops see both items; a loop over nothing succeeds", async () => {
  const inner = forEach(
    "inner",
    [],
    item("each", ["in"]),
    block([task("t", [], { a: item("each", ["n"]), b: item("inner") })], out("t")),
  );
  const items = lit([
    { n: 1, in: ["x", "y"] },
    { n: 2, in: [] },
  ]);
  const trace = await run(pipeline(block([forEach("each", [], items, block([inner], out("inner")))], out("each"))), {
    t: { output: 0 },
  });
  assert.deepEqual(ran(trace), ["t[0,0]", "t[0,1]"]);
  assert.deepEqual(trace.executions[1]?.inputs, { a: 1, b: "y" });
  assert.deepEqual(trace.output, [[0, 0], []]);
});

const guarded = (p: { readonly handler?: Block; readonly finally?: Block }) =>
  pipeline(block([attempt("t", [], block([task("a"), task("b")], out("b")), p), task("next", ["t"])], out("t")));

test("a handler runs when everything in the body has ended, and gives the outcome", async () => {
  const handler = block([task("h", [], { step: error("t", ["step"]), n: error("t", ["attempt"]) })], out("h"));
  const trace = await run(guarded({ handler }), {
    a: { ...failing, takes: 1 },
    b: { takes: 7 },
    h: { output: "saved" },
  });
  assert.deepEqual([trace.state, trace.output], ["succeeded", "saved"]);
  assert.deepEqual(trace.executions[2]?.inputs, { step: "a", n: 1 });
  assert.equal(trace.executions[2]?.started, 7000);
  const unused = await run(guarded({ handler }), { b: { output: 1 } });
  assert.deepEqual([unused.output, unused.states.h], [1, "skipped"]);
  const worse = await run(guarded({ handler }), { a: failing, h: { ...failing, message: "worse" } });
  assert.deepEqual([worse.error?.message, worse.states.next], ["worse", "skipped"]);
});

test("finally runs in any case; it changes the outcome only by failing", async () => {
  const last = { finally: block([task("f")]) };
  const good = await run(guarded(last), { b: { output: 1 } });
  assert.deepEqual([good.state, good.output, good.states.f], ["succeeded", 1, "succeeded"]);
  const bad = await run(guarded(last), { b: failing });
  assert.deepEqual(
    [bad.state, bad.error?.step, bad.states.f, bad.states.next],
    ["failed", "b", "succeeded", "skipped"],
  );
  const worst = await run(guarded(last), { b: failing, f: failing });
  assert.equal(worst.error?.step, "f");
});

test("throw fails its block with the message", async () => {
  const body = block([task("a"), fail("stop", ["a"], op("template", lit("auc "), out("a"))), task("b", ["stop"])]);
  const trace = await run(pipeline(body), { a: { output: 0.5 } });
  assert.deepEqual([trace.error, trace.states.b], [{ message: "auc 0.5" }, "skipped"]);
});

test("an error thrown again is the same error", async () => {
  const inner = attempt("inner", [], block([task("a")]), {
    handler: block([task("h"), failAgain("again", ["h"], "inner")]),
  });
  const outer = attempt("outer", [], block([inner]), { handler: block([task("b", [], { e: error("outer") })]) });
  const trace = await run(pipeline(block([outer])), { a: failing });
  assert.deepEqual(trace.executions.at(-1)?.inputs, { e: { step: "a", attempt: 1, message: "no" } });
});

test("an input that JavaScript could not compute fails the task without calling the step", async () => {
  const trace = await run(pipeline(block([task("a"), task("b", ["a"], { x: out("a", ["x", "y"]) })])), {
    a: { output: {} },
  });
  assert.deepEqual([trace.state, ran(trace), trace.states.b], ["failed", ["a"], "failed"]);
  assert.match(trace.error?.message ?? "", /Cannot read properties of undefined/);
});

test("a task is not retried beyond its deadline, which counts the waiting", async () => {
  const options = { a: { retries: 5, deadline: 25 }, b: { deadline: 25 } };
  const p = pipeline(block([task("a"), task("b")]), { options });
  const trace = await run(p, { a: { ...failing, takes: 4 }, b: { takes: 24 } });
  const [a, b] = trace.executions;
  assert.deepEqual([a?.attempts, a?.ended, a?.error?.message], [2, 25_000, "not done within 25 s"]);
  assert.deepEqual([b?.state, b?.ended], ["succeeded", 24_000]);
});

test("a run over its deadline has failed: what runs is stopped, nothing else starts, no handler either", async () => {
  const guard = attempt("guard", [], block([task("a"), task("b", ["a"])]), {
    handler: block([task("h")]),
    finally: block([task("f")]),
  });
  const trace = await run(pipeline(block([guard, task("next", ["guard"])]), { deadline: 10 }), { b: { takes: 60 } });
  assert.deepEqual(trace.error, { message: "the run was not done within 10 s" });
  assert.deepEqual(
    trace.executions.map(({ node, state, ended }) => [node, state, ended]),
    [
      ["a", "succeeded", 0],
      ["b", "failed", 10_000],
    ],
  );
  assert.deepEqual([trace.states.h, trace.states.f, trace.states.next], ["skipped", "skipped", "skipped"]);
  const inTime = await run(pipeline(block([guard, task("next", ["guard"])]), { deadline: 100 }), { b: { takes: 60 } });
  assert.equal(inTime.state, "succeeded");
});

test("a region means what its block means", async () => {
  const inside = block([
    task("b", [], { x: { kind: "ref", source: { from: "input", name: "a" }, path: ["n"], type: JSON_TYPE } }),
  ]);
  const region: Region = {
    ...{ kind: "region", id: "r", after: ["a"], origin: ORIGIN, target: "argo", cluster: "gpu", type: JSON_TYPE },
    ...{ block: inside, inputs: { a: { expr: out("a"), type: JSON_TYPE } }, outputs: ["b"] },
  };
  const trace = await run(pipeline(block([task("a"), region], out("r", ["b"]))), {
    a: { output: { n: 3 } },
    b: { output: 4 },
  });
  assert.deepEqual([trace.output, trace.executions[1]?.inputs], [4, { x: 3 }]);
});

test("large pipelines: 5,000 tasks in a row and 5,000 items", async () => {
  const chain = Array.from({ length: 5000 }, (_, i) => task(`t-${i}`, i === 0 ? [] : [`t-${i - 1}`], {}, "t"));
  const items = lit(Array.from({ length: 5000 }, (_, i) => i));
  const p = pipeline(
    block([...chain, forEach("each", [], items, block([task("body", [], { x: item("each") })]), { concurrency: 3 })]),
  );
  const trace = await run(p, { body: { takes: 1 } });
  assert.deepEqual([trace.state, trace.executions.length], ["succeeded", 10_000]);
});
