/** A pipeline on this machine: `simulate` decides what runs, and real processes run it. */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../compiler/ir/clock.ts";
import { type AttemptOutcome, simulate, type TaskCall } from "../../compiler/ir/simulate.ts";
import { instanceOf, type NodeState, type RunError, type Trace } from "../../compiler/ir/trace.ts";
import type { Json, Node, Pipeline, Task } from "../../compiler/ir/types.ts";
import type { RunEvent, RunSummary, TaskName, TaskSummary } from "./events.ts";
import { Limit } from "./limit.ts";
import { type LocalRun, runContextOf } from "./run-context.ts";
import { Machine, Stopped } from "./run-task.ts";
import { LONGEST_TIMER_MS } from "./timer.ts";

export interface RunLocallyOptions {
  readonly pipeline: Pipeline;
  /** Of every parameter that has a value (`bindParams`). */
  readonly params: Readonly<Record<string, Json>>;
  readonly run: LocalRun;
  /** The run's own, made here: `.twinrail/runs/<run id>`. Absolute, like all folders here. */
  readonly folder: string;
  /** The steps' import root: the project's. */
  readonly sources: string;
  /** The folder that holds the Python package `twinrail_runtime`. */
  readonly runtime: string;
  /** Default `python3`. */
  readonly python?: string;
  /** The interpreters of steps that have an environment of their own, by requirements file. */
  readonly pythons?: Readonly<Record<string, string>>;
  /** Root of artifacts. Default: inside `folder`. */
  readonly artifacts?: string;
  /** Tasks at a time. Default: the number of cores. */
  readonly concurrency?: number;
  /** What steps see of the environment, secrets included. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Stops the run: every process is ended, nothing else starts. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

/** The run's end, and its trace when it came to one by itself. A failed run is a result, not an exception. */
export interface LocalResult {
  readonly summary: RunSummary;
  readonly trace?: Trace;
}

export async function runLocally(options: RunLocallyOptions): Promise<LocalResult> {
  const { pipeline, run, folder, signal, onEvent = () => {} } = options;
  const clock = stoppableClock(signal);
  const machine = new Machine({
    pipeline,
    run,
    folder,
    artifacts: options.artifacts ?? join(folder, "artifacts"),
    sources: options.sources,
    runtime: options.runtime,
    python: options.python ?? "python3",
    ...(options.pythons === undefined ? {} : { pythons: options.pythons }),
    env: options.env ?? process.env,
    ...(signal ? { signal } : {}),
  });
  const limit = new Limit(options.concurrency ?? availableParallelism());
  const tasks = new Tasks(clock, onEvent);
  const processes = new Set<Promise<unknown>>();
  const attempt = async (call: TaskCall): Promise<AttemptOutcome> => {
    const log = machine.logOf(call);
    // Its time was over while it waited for a slot.
    if (call.signal?.aborted) return { ok: false, message: "not started in time", retry: false };
    if (!signal?.aborted) tasks.started(call, log);
    return machine.attempt(call, (text) =>
      onEvent({ kind: "line", task: nameOf(call), attempt: call.attempt + 1, text }),
    );
  };

  const started = clock.now();
  let trace: Trace | undefined;
  try {
    trace = await simulate({
      pipeline,
      params: options.params,
      run: runContextOf(run),
      clock,
      runTask: (call) => {
        const work = limit.run(() => attempt(call));
        processes.add(work);
        return work;
      },
      onEnd: (node, indices, state, error) => tasks.ended(node, indices, state, error),
      onRetry: (call, outcome, delay) => tasks.retried(call, outcome.ok ? "" : outcome.message, delay),
    });
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    await Promise.allSettled(processes);
  }
  const summary: RunSummary = {
    pipeline: pipeline.name,
    id: run.id,
    state: trace?.state ?? "stopped",
    seconds: (clock.now() - started) / 1000,
    ...(trace?.output === undefined ? {} : { output: trace.output }),
    ...(trace?.error === undefined ? {} : { error: trace.error }),
    tasks: tasks.summaries(trace),
    folder,
  };
  writeFileSync(join(folder, "run.json"), `${JSON.stringify(summary, null, 2)}\n`);
  return trace === undefined ? { summary } : { summary, trace };
}

/** What is known of each task while the run goes on. */
class Tasks {
  readonly #clock: Clock;
  readonly #onEvent: (event: RunEvent) => void;
  readonly #tasks = new Map<string, { summary: TaskSummary; started: number }>();

  constructor(clock: Clock, onEvent: (event: RunEvent) => void) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  started(call: TaskCall, log: string): void {
    const task = nameOf(call);
    const known = this.#tasks.get(task.instance);
    const logs = [...(known?.summary.logs ?? []), log];
    const summary: TaskSummary = { ...task, state: "stopped", attempts: call.attempt + 1, seconds: 0, logs };
    this.#tasks.set(task.instance, { summary, started: known?.started ?? this.#clock.now() });
    this.#onEvent({ kind: "started", task, attempt: call.attempt + 1, log });
  }

  retried(call: TaskCall, message: string, delay: number): void {
    this.#onEvent({ kind: "retry", task: nameOf(call), attempt: call.attempt + 1, message, delay });
  }

  ended(node: Node, indices: readonly number[], state: NodeState, error: RunError | undefined): void {
    if (node.kind === "fail" && error)
      this.#onEvent({ kind: "thrown", node: instanceOf(node.id, indices), message: error.message });
    if (node.kind !== "task") return;
    const task = nameOf({ node, indices });
    const known = this.#tasks.get(task.instance);
    const { attempts = 0, logs = [] } = known?.summary ?? {};
    const seconds = known === undefined ? 0 : (this.#clock.now() - known.started) / 1000;
    const message = error?.message;
    const summary: TaskSummary = {
      ...task,
      state,
      attempts,
      seconds,
      ...(message === undefined ? {} : { message }),
      logs,
    };
    this.#tasks.set(task.instance, { summary, started: known?.started ?? 0 });
    const log = logs.at(-1);
    if (state === "skipped") this.#onEvent({ kind: "skipped", task });
    else if (state === "succeeded") this.#onEvent({ kind: "succeeded", task, attempts, seconds });
    else
      this.#onEvent({
        kind: "failed",
        task,
        attempts,
        seconds,
        message: message ?? "",
        ...(log === undefined ? {} : { log }),
      });
  }

  summaries(trace: Trace | undefined): readonly TaskSummary[] {
    const order = new Map(Object.keys(trace?.states ?? {}).map((instance, position) => [instance, position]));
    const now = this.#clock.now();
    const all = [...this.#tasks.values()].map(({ summary, started }) =>
      summary.state === "stopped" ? { ...summary, seconds: (now - started) / 1000 } : summary,
    );
    return all.sort((a, b) => (order.get(a.instance) ?? 0) - (order.get(b.instance) ?? 0));
  }
}

function nameOf({ node, indices }: { readonly node: Task; readonly indices: readonly number[] }): TaskName {
  return { instance: instanceOf(node.id, indices), node: node.id, step: node.step, indices };
}

function stoppableClock(signal: AbortSignal | undefined): Clock {
  return {
    now: () => performance.now(),
    sleep: async (milliseconds, cancelled) => {
      const signals = [signal, cancelled].filter((one) => one !== undefined);
      const until = performance.now() + milliseconds;
      try {
        for (let left = milliseconds; left > 0; left = until - performance.now())
          await sleep(Math.min(left, LONGEST_TIMER_MS), undefined, { signal: AbortSignal.any(signals) });
      } catch {
        if (signal?.aborted) throw new Stopped();
      }
    },
  };
}
