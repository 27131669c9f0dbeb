import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pipeline } from "../../compiler/ir/types.ts";
import { foldChanges } from "./change.ts";
import { gpuPeaks } from "./gpu-peak.ts";
import { diffPipeline } from "./pipelines.ts";
import { list, plain, say } from "./say.ts";

const origin = { span: { file: "x.ts", start: 0, end: 0 } };

/** Tasks of `gpus[i]` GPUs; `after[i]` are indices of earlier tasks. */
function pipelineOf(gpus: readonly number[], after: readonly (readonly number[])[]): Pipeline {
  const steps = Object.fromEntries(
    gpus.map((count, i) => [
      `s${i}`,
      {
        id: `s${i}`,
        placement: "isolated",
        run: { file: "s.py", function: "f" },
        options: { resources: { gpu: { type: "v100", count } } },
      },
    ]),
  );
  const nodes = gpus.map(
    (_, i): Node => ({
      kind: "task",
      id: `t${i}`,
      step: `s${i}`,
      inputs: {},
      after: (after[i] ?? []).map((n) => `t${n}`),
      origin,
    }),
  );
  return {
    name: "p",
    params: [],
    options: { origins: {} },
    steps,
    body: { nodes, result: { kind: "absent" } },
    origin,
  } as unknown as Pipeline;
}

/** Every set of tasks of which none must end before another. */
function byHand(gpus: readonly number[], after: readonly (readonly number[])[]): number {
  const before = gpus.map(() => new Set<number>());
  after.forEach((list, i) => {
    for (const n of list) before[i] = new Set([...(before[i] ?? []), n, ...(before[n] ?? [])]);
  });
  let best = 0;
  for (let set = 0; set < 2 ** gpus.length; set++) {
    const chosen = gpus.map((_, i) => i).filter((i) => set & (1 << i));
    if (chosen.some((a) => chosen.some((b) => before[a]?.has(b)))) continue;
    best = Math.max(
      best,
      chosen.reduce((sum, i) => sum + (gpus[i] ?? 0), 0),
    );
  }
  return best;
}

test("the GPU peak is that of the heaviest tasks that may run together", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  for (let round = 0; round < 300; round++) {
    const gpus = Array.from({ length: 1 + random(9) }, () => random(9));
    const after = gpus.map((_, i) => Array.from({ length: i }, (_, n) => n).filter(() => random(3) === 0));
    const peak = gpuPeaks(pipelineOf(gpus, after)).get("v100")?.count;
    assert.equal(peak, byHand(gpus, after), JSON.stringify({ gpus, after }));
  }
});

test("one sentence about 200 pipelines is one change, deletions first", () => {
  const changes = Array.from({ length: 200 }, (_, i) => ({
    group: "task" as const,
    words: say`retries ${2} -> ${3}`,
    pipelines: [`p${i}`],
  }));
  const folded = foldChanges([
    ...changes,
    { group: "deletion", words: say`pipeline ${"old"} is deleted`, pipelines: ["old"] },
  ]);
  assert.deepEqual(
    folded.map(({ group, pipelines }) => [group, pipelines.length]),
    [
      ["deletion", 1],
      ["task", 200],
    ],
  );
  assert.equal(plain(folded[1]?.words ?? []), "retries `2` → `3`");
  assert.equal(plain(list(["a", "b", "c", "d", "e", "f", "g"])), "`a`, `b`, `c`, `d`, `e` and 2 more");
});

test("a renamed task is found by what it does; its readers are told by their order", () => {
  const snapshot = { project: undefined } as never;
  const side = (pipeline: Pipeline) => ({ of: { name: "p", pipeline, images: {}, files: {} } as never, snapshot });
  const base = pipelineOf([1, 2], [[], [0]]);
  const [first, second] = base.body.nodes;
  assert.ok(first && second);
  const head = {
    ...base,
    body: {
      ...base.body,
      nodes: [
        { ...first, id: "renamed" },
        { ...second, after: ["renamed"] },
      ],
    },
  } as Pipeline;
  const words = diffPipeline("p", side(base), side(head)).map((change) => plain(change.words));
  assert.deepEqual(words, ["task `t0` is renamed `renamed`", "task `t1` runs after `t0` → `renamed`"]);
});
