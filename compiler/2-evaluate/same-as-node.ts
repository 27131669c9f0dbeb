/**
 * For tests: one pipeline two ways, as IR under `simulate` and as the very TypeScript file under plain Node with the recording SDK. Both with the
 * same scripted steps in virtual time, so that tasks, inputs, outcomes, the run's end and every task's start can be compared.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { Pipeline as DeclaredPipeline } from "../../sdk/index.ts";
import { record } from "../../sdk/test.ts";
import { type ComparableRun, comparable, compareRuns } from "../ir/compare-runs.ts";
import { wireText } from "../ir/encode.ts";
import { bindParams } from "../ir/params.ts";
import { simulateScripted } from "../ir/scripted.ts";
import type { StepDefinition } from "../ir/step.ts";
import type { Trace } from "../ir/trace.ts";
import type { Json, Pipeline } from "../ir/types.ts";
import { nodesOf } from "../ir/walk.ts";
import { randomFrom, randomValue } from "./scripted-values.ts";

const RUN = { id: "test", logicalDate: "2026-01-01T00:00:00Z", day: "2026-01-01" } as const;

/** The pipelines that the files export, by name, as Node sees them. Types are dropped, nothing is checked. */
export async function loadInNode(
  root: string,
  entries: readonly string[],
): Promise<ReadonlyMap<string, DeclaredPipeline<object>>> {
  const outdir = mkdtempSync(join(tmpdir(), "twinrail-node-"));
  const sdk = new URL("../../sdk/index.js", import.meta.url).href;
  try {
    await build({
      ...{
        entryPoints: entries.map((entry) => join(root, entry)),
        outdir,
        outbase: root,
        bundle: true,
        format: "esm",
        logLevel: "silent",
      },
      outExtension: { ".js": ".mjs" },
      plugins: [
        { name: "sdk", setup: (b) => b.onResolve({ filter: /^twinrail$/ }, () => ({ path: sdk, external: true })) },
      ],
    });
    const found = new Map<string, DeclaredPipeline<object>>();
    for (const entry of entries) {
      const module: Record<string, unknown> = await import(
        pathToFileURL(join(outdir, entry.replace(/\.ts$/, ".mjs"))).href
      );
      for (const value of Object.values(module)) if (isPipeline(value)) found.set(value.options.name, value);
    }
    return found;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function isPipeline(value: unknown): value is DeclaredPipeline<object> {
  return typeof value === "object" && value !== null && "options" in value && "body" in value;
}

/** A step's behaviour: the same for the same call, whoever makes it. */
interface Script {
  readonly seed: string;
  /** The calls that fail, as `callKey` names them. */
  readonly failing: ReadonlySet<string>;
}

/**
 * Virtual time for code that is not ours: time passes when a few macrotasks in a row have brought nothing new. The recorder waits for some itself
 * when it drains what a failed pipeline has left behind.
 */
export class PatientClock {
  #now = 0;
  #timers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.#timers.push({ at: this.#now + milliseconds, wake });
      this.#timers.sort((a, b) => a.at - b.at);
    });
  }

  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const done = (): void => {
      ended = true;
    };
    work.then(done, done);
    for (let idle = 0; idle < 100; idle++) {
      for (let turn = 0; turn < 4 && !ended; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (ended) return work;
      const timer = this.#timers.shift();
      if (timer === undefined) continue;
      idle = 0;
      this.#now = timer.at;
      timer.wake();
    }
    throw new Error("the recorded run waits for something that never happens");
  }
}

function callKey(run: string, inputs: Readonly<Record<string, Json>>): string {
  return `${run} ${wireText(inputs)}`;
}

function secondsOf(key: string, { seed }: Script): number {
  return 1 + randomFrom(`${seed} takes ${key}`)(97);
}

/** In words, what only one side did; empty when both mean the same. */
export async function differencesFromNode(
  pipeline: Pipeline,
  declared: DeclaredPipeline<object>,
  seeds: number,
): Promise<string[]> {
  const found: string[] = [];
  for (let seed = 0; seed < seeds && found.length === 0; seed++) {
    const params = paramsOf(pipeline, `${pipeline.name} ${seed}`);
    const script = { seed: String(seed), failing: new Set<string>() };
    const succeeding = await runBoth(pipeline, declared, params, script);
    found.push(...succeeding.differences.map((line) => `seed ${seed}: ${line}`));
    const keys = [...new Set(succeeding.trace.executions.map(({ run, inputs }) => callKey(run, inputs)))].slice(0, 12);
    for (const failing of [...keys.map((key) => [key]), ...pairsOf(pipeline, keys, seed)]) {
      const { differences } = await runBoth(pipeline, declared, params, { ...script, failing: new Set(failing) });
      found.push(...differences.map((line) => `seed ${seed}, failing ${failing.join(" and ")}: ${line}`));
    }
  }
  return found;
}

/** Two failures at once. Not with a handler: JavaScript gives it what was awaited first, which is nobody's rule. */
function pairsOf(pipeline: Pipeline, keys: readonly string[], seed: number): string[][] {
  if (hasTry(pipeline)) return [];
  return keys.flatMap((key, index) => {
    const other = keys[(index + 1 + (seed % Math.max(1, keys.length - 1))) % keys.length];
    return other === undefined || other === key ? [] : [[key, other]];
  });
}

function hasTry(pipeline: Pipeline): boolean {
  return [...nodesOf(pipeline.body)].some((node) => node.kind === "try");
}

function paramsOf(pipeline: Pipeline, seed: string): Record<string, Json> {
  const given: Record<string, Json> = {};
  for (const param of pipeline.params) {
    const random = randomFrom(`${seed} ${param.name}`);
    const leaveOut = random(2) === 0 && (param.optional || param.default !== undefined);
    const value = leaveOut ? undefined : randomValue(param.type, random);
    if (value !== undefined) given[param.name] = value;
  }
  return given;
}

async function runBoth(
  pipeline: Pipeline,
  declared: DeclaredPipeline<object>,
  params: Readonly<Record<string, Json>>,
  script: Script,
): Promise<{ trace: Trace; differences: string[] }> {
  const { values, problems } = bindParams(pipeline, params, RUN);
  if (problems.length > 0) throw new Error(problems.join("; "));
  const steps = new Map(Object.values(pipeline.steps).map((step) => [`${step.run.file}:${step.run.function}`, step]));
  const trace = await simulateScripted(pipeline, {
    params: values,
    run: RUN,
    steps: ({ step, inputs }) => {
      const key = callKey(`${step.run.file}:${step.run.function}`, inputs);
      const output = outputOf(step, key, script);
      return {
        takes: secondsOf(key, script),
        output,
        ...(script.failing.has(key) ? { fails: "always" as const } : {}),
      };
    },
  });
  const starts: string[] = [];
  const clock = new PatientClock();
  const recording = await clock.run(
    record(declared, {
      params,
      run: RUN,
      steps: async ({ run, inputs, attempt }) => {
        const key = callKey(run, inputs);
        if (attempt === 1) starts.push(`${key} at ${clock.now() / 1000} s`);
        await clock.sleep(secondsOf(key, script) * 1000);
        if (script.failing.has(key)) throw new Error("scripted failure");
        const step = steps.get(run);
        return step === undefined ? undefined : outputOf(step, key, script);
      },
    }),
  );
  const differences = [
    ...compareRuns(withoutAttempt(comparable(trace)), withoutAttempt(recording), ["simulate", "Node"]),
  ];
  const hasRetries = [...steps.values()].some((step) => step.options.retries !== undefined);
  // A handler starts when all of its `try` has ended, in Node when the first failure is seen; retries wait on engines only.
  if (differences.length === 0 && !(script.failing.size > 0 && (hasTry(pipeline) || hasRetries))) {
    const expected = trace.executions.map(
      ({ run, inputs, started }) => `${callKey(run, inputs)} at ${started / 1000} s`,
    );
    if (expected.toSorted().join("\n") !== starts.toSorted().join("\n")) {
      differences.push(
        `other starts: simulate ${expected.toSorted().join(", ")}; Node ${starts.toSorted().join(", ")}`,
      );
    }
  }
  return { trace, differences };
}

/** A rethrown error keeps its message; the attempt is Node's alone, since a `fail` has none. */
function withoutAttempt<T extends ComparableRun>(run: T): ComparableRun {
  return run.error === undefined ? run : { ...run, error: { message: run.error.message } };
}

function outputOf(step: StepDefinition, key: string, { seed }: Script): Json | undefined {
  return randomValue(step.output, randomFrom(`${seed} ${key}`));
}
