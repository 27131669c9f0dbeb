/**
 * Testing a pipeline without an engine: `import { record, when, artifact } from "twinrail/test"`.
 *
 * The pipeline's file runs as the TypeScript that it is, under Node, and its steps do what the test says. What is recorded is what every
 * engine would do: the same tasks, inputs, outcomes and result.
 *
 *     test("a poor model is not published", async () => {
 *       const recording = await record(churn, {
 *         params: { threshold: 0.9 },
 *         steps: [
 *           when(extract, () => ({ events: artifact("events"), regions: ["eu", "us"] })),
 *           when(buildFeatures, ({ region }) => ({ features: artifact(region), rows: 10 })),
 *           when(train, () => ({ model: artifact("model"), auc: 0.7 })),
 *           when(alert, () => {}),
 *         ],
 *       });
 *       assert.equal(recording.state, "succeeded");
 *       assert.deepEqual(recording.calls.map((call) => call.step), ["extract", "build", "build", "train", "alert"]);
 *     });
 */
import type { Pipeline, Step } from "./index.ts";
import {
  handleOf,
  kebab,
  type Recording,
  RecordingError,
  runPipeline,
  runRecorded,
  type Script,
  type StepCall,
  type StepHandle,
} from "./record.ts";
import type { Dataset, Directory, File, Model } from "./values.ts";

export {
  type RecordedCall,
  type RecordedError,
  type Recording,
  RecordingError,
  type Script,
  type StepCall,
} from "./record.ts";

export interface RecordOptions<P> {
  readonly params?: P;
  /** Default: run `test` of 2026-01-01. */
  readonly run?: Partial<Readonly<Record<"id" | "logicalDate" | "day", string>>>;
  /** What each step does: a list of `when(...)`, or one function for all. A step that is called and not in the list is an error of the test. */
  readonly steps: readonly When[] | Script;
  /** Steps by declared name (`import * as names from "./steps.ts"`): recorded steps are called by it, not by their Python function's name. */
  readonly names?: Readonly<Record<string, unknown>>;
}

/** Made by {@link when}. */
export interface When {
  readonly handle: StepHandle;
  readonly script: Script;
}

/**
 * Scripts a step: what it returns for which inputs. To fail an attempt, throw; `call.attempt` counts from 1 and the step's `retries` are
 * honoured, without delays.
 */
export function when<I, O, Given>(
  step: Step<I, O, Given>,
  behave: (inputs: I, call: StepCall) => O | Promise<O>,
): When {
  const handle = handleOf(step);
  if (handle === undefined) throw new RecordingError("`when` takes a step, as `shared` or `isolated` made it");
  return { handle, script: (call) => behave(call.inputs as I, call) };
}

/** An artifact that exists in name only; two of the same name are equal. */
export function artifact<T extends Dataset | Model | File | Directory>(name: string): T {
  return { uri: `test:///${encodeURIComponent(name)}`, sha256: "0".repeat(64), bytes: 0 } as unknown as T;
}

/**
 * Runs the pipeline with scripted steps. A failed pipeline is a recording with `state: "failed"`.
 *
 * @throws RecordingError when the test is wrong: a step without a script, a value that is not JSON.
 */
export function record<P>(pipeline: Pipeline<P>, options: RecordOptions<P>): Promise<Recording> {
  const { steps, names = {} } = options;
  const declared = Object.entries(names).flatMap(([name, step]) => {
    const handle = typeof step === "function" ? handleOf(step as () => unknown) : undefined;
    return handle === undefined ? [] : [[handle.options, kebab(name)] as const];
  });
  const nameByOptions = new Map<StepHandle["options"], string>(declared);
  return runRecorded(() => runPipeline(pipeline, options.params ?? ({} as P)), {
    run: { id: "test", logicalDate: "2026-01-01T00:00:00Z", day: "2026-01-01", ...options.run },
    nameOf: (handle) => nameByOptions.get(handle.options),
    script: (call, handle) => scriptOf(steps, handle)(call),
  });
}

function scriptOf(steps: readonly When[] | Script, handle: StepHandle): Script {
  if (typeof steps === "function") return steps;
  const found = steps.find((entry) => entry.handle.options === handle.options);
  if (found === undefined)
    throw new RecordingError(`nothing says what ${handle.options.run} does: add when(<step>, ...) to \`steps\``);
  return found.script;
}
