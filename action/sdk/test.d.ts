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
import { type Recording, type Script, type StepCall, type StepHandle } from "./record.ts";
import type { Dataset, Directory, File, Model } from "./values.ts";
export { type RecordedCall, type RecordedError, type Recording, RecordingError, type Script, type StepCall, } from "./record.ts";
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
export declare function when<I, O, Given>(step: Step<I, O, Given>, behave: (inputs: I, call: StepCall) => O | Promise<O>): When;
/** An artifact that exists in name only; two of the same name are equal. */
export declare function artifact<T extends Dataset | Model | File | Directory>(name: string): T;
/**
 * Runs the pipeline with scripted steps. A failed pipeline is a recording with `state: "failed"`.
 *
 * @throws RecordingError when the test is wrong: a step without a script, a value that is not JSON.
 */
export declare function record<P>(pipeline: Pipeline<P>, options: RecordOptions<P>): Promise<Recording>;
