/** Steps that do what they are told, in virtual time: the conformance kit's steps, and those of tests. */
import { VirtualClock } from "./clock.ts";
import type { Value } from "./expression.ts";
import type { RunContext } from "./params.ts";
import { type AttemptOutcome, type SimulateOptions, simulate, type TaskCall } from "./simulate.ts";
import type { Trace } from "./trace.ts";
import type { Json, Pipeline } from "./types.ts";

export interface Behaviour {
  /** Seconds of each attempt. */
  readonly takes?: number;
  /** The first so many attempts fail, or all. */
  readonly fails?: number | "always";
  /** A failure that no retry can help (exit code 64 of the runtime). */
  readonly breaksContract?: boolean;
  readonly message?: string;
  readonly output?: Value;
}

export interface ScriptedOptions {
  readonly params?: Readonly<Record<string, Json>>;
  readonly run?: RunContext;
  readonly steps: (call: TaskCall) => Behaviour;
  readonly onEnd?: SimulateOptions["onEnd"];
}

const RUN: RunContext = { id: "test", logicalDate: "2026-01-01T00:00:00Z", day: "2026-01-01" };

export function simulateScripted(pipeline: Pipeline, options: ScriptedOptions): Promise<Trace> {
  const { steps, params = {}, run = RUN, onEnd } = options;
  const clock = new VirtualClock();
  const runTask = async (call: TaskCall): Promise<AttemptOutcome> => {
    const behaviour = steps(call);
    const { takes = 0 } = behaviour;
    const { timeout = Number.POSITIVE_INFINITY } = call.step.options;
    await clock.sleep(Math.min(takes, timeout) * 1000, call.signal);
    if (takes > timeout) return { ok: false, message: `timed out after ${timeout} s`, retry: true };
    const fails = behaviour.fails === "always" || call.attempt < (behaviour.fails ?? 0) || behaviour.breaksContract;
    if (!fails) return { ok: true, output: behaviour.output };
    return { ok: false, message: behaviour.message ?? "scripted failure", retry: !behaviour.breaksContract };
  };
  return clock.run(simulate({ pipeline, params, run, clock, runTask, ...(onEnd ? { onEnd } : {}) }));
}
