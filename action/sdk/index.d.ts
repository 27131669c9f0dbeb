/**
 * What a pipeline imports: `import { pipeline, shared } from "twinrail"`.
 *
 * Compiling never runs this file; it reads the types. When a pipeline is run as plain TypeScript, for a test or by the recording SDK, these
 * functions hand every call to the recorder in `record.ts`.
 */
import type { CallOptions, EachOptions, IsolatedOptions, PipelineOptions, SecretReference, SharedOptions } from "./options.ts";
import type { CronExpression, CronOptions, Schedule } from "./schedule.ts";
export type * from "./options.ts";
export type * from "./schedule.ts";
export type * from "./values.ts";
/** Functions, symbols and bigints cannot travel; `never` puts the error on the field. */
type Sendable<T> = {
    [K in keyof T]: T[K] extends symbol | bigint | ((...args: never) => unknown) ? never : T[K];
};
/** A call may leave out inputs that are all optional; a step without inputs takes none. */
type StepArguments<I> = [I] extends [void] ? [inputs?: Record<string, never>, call?: CallOptions] : Record<string, never> extends I ? [inputs?: I, call?: CallOptions] : [inputs: I, call?: CallOptions];
/**
 * A declared step. Calling it in a pipeline makes a task, named after the step in lower-kebab case or by `{ name }`.
 * With `allowFailure` a call may give nothing.
 */
export interface Step<I, O, Given = O> {
    (...args: StepArguments<I>): Promise<Given>;
}
/** Of a step whose failure is let pass, a call gives `undefined` then. */
interface MayFail {
    readonly allowFailure: true;
}
/**
 * Declares a step that runs in Airflow's shared Python environment: quick to start, on the CPU.
 *
 * `I` is an object of inputs and `O` what is returned: JSON values and artifacts. `void` stands for none. In Python the inputs are keyword
 * arguments; an object output is a `dict`, a bare one the value itself.
 *
 *     export const extract = shared<{ day: string }, { events: Dataset }>({ run: "steps/extract.py:extract", retries: 3 });
 */
export declare function shared<I extends Sendable<I> | void = void, O = void>(options: SharedOptions & MayFail): Step<I, O, O | undefined>;
export declare function shared<I extends Sendable<I> | void = void, O = void>(options: SharedOptions): Step<I, O>;
/**
 * Declares a step that runs in a container of its own on Kubernetes: any image, GPUs, memory, nodes.
 *
 *     export const train = isolated<{ features: Dataset }, { model: Model; auc: number }>({
 *       image: "pytorch/pytorch:2.9-cuda12.6-runtime",
 *       run: "steps/train.py:train",
 *       resources: { gpu: { type: "nvidia-l4", count: 1 }, memory: "32Gi" },
 *     });
 */
export declare function isolated<I extends Sendable<I> | void = void, O = void>(options: IsolatedOptions & MayFail): Step<I, O, O | undefined>;
export declare function isolated<I extends Sendable<I> | void = void, O = void>(options: IsolatedOptions): Step<I, O>;
type RequiredKeys<P> = {
    [K in keyof P]-?: Record<never, never> extends Pick<P, K> ? never : K;
}[keyof P];
/** The schedule's type says in words why it does not fit. */
type ScheduleOf<P> = [RequiredKeys<P>] extends [never] ? {
    readonly schedule?: Schedule;
} : {
    readonly schedule?: `a scheduled pipeline needs every parameter to be optional: write \`${RequiredKeys<P> & string}?\``;
};
/** A declared pipeline. */
export interface Pipeline<P> {
    readonly options: PipelineOptions<P>;
    readonly body: (params: P) => Promise<unknown>;
}
/**
 * Declares a pipeline; a file exports one as its default. `P` is an object of parameters: JSON values, documented by their JSDoc, with defaults
 * given by destructuring. A scheduled pipeline needs a default for each, for nobody is there to type them.
 *
 *     export default pipeline<{ threshold?: number }>({ name: "churn" }, async ({ threshold = 0.8 }) => {...});
 */
export declare function pipeline<P extends Sendable<P> = Record<never, never>>(options: Omit<PipelineOptions<P>, "schedule"> & ScheduleOf<P>, body: (params: P) => Promise<unknown>): Pipeline<P>;
/**
 * A schedule of five cron fields. Each run belongs to a scheduled time, its `run.logicalDate`; with `catchup: true` the times missed since `start`
 * are made up for, oldest first. Argo alone has no catch-up and refuses it.
 */
export declare function cron(expression: CronExpression, options?: CronOptions): Schedule;
/** The run that is under way. */
export interface Run {
    /** Unique id of the run. */
    readonly id: string;
    /** The scheduled time, ISO 8601 with offset; of a manual run, when it started. */
    readonly logicalDate: string;
    /** The scheduled day in the schedule's time zone, `YYYY-MM-DD`; of a manual run, the day it started. */
    readonly day: string;
}
/** The run that is under way. Its fields are known at run time only. */
export declare const run: Run;
/**
 * Puts every task that `body` starts into a named group, so that one helper can be called twice: `group("eu", () => score({ region: "eu" }))`.
 * Returns what `body` returns.
 */
export declare function group<T>(name: string, body: () => T): T;
/**
 * A loop that stays a loop on the engine although its items are known: use it for long lists. All bodies run, whatever fails; the result is in
 * item order, and fails as `Promise.all` does.
 */
export declare function each<Item, R>(items: readonly Item[], options: EachOptions<Item>, body: (item: Item, index: number) => Promise<R>): Promise<R[]>;
/**
 * A reference to a secret, for `env`. On Kubernetes key `key` of Secret `name`; on Airflow the Variable `<name>__<key>`; on this machine the
 * environment variable `TWINRAIL_SECRET_<NAME>__<KEY>`.
 */
export declare function secret(name: string, key: string): SecretReference;
