import type { CallOptions, EachOptions, IsolatedOptions, PipelineOptions, SharedOptions } from "./options.ts";
import { RecordingError } from "./record-failures.ts";
import type { Json } from "./values.ts";
export { RecordingError };
export type StepHandle = {
    readonly placement: "shared";
    readonly options: SharedOptions;
} | {
    readonly placement: "isolated";
    readonly options: IsolatedOptions;
};
/** One attempt of a step, as its script sees it. */
export interface StepCall {
    /** The step's declared name where `names` or `when` know it, else its Python function's, in lower-kebab case. */
    readonly step: string;
    /** `steps/train.py:train` */
    readonly run: string;
    /** Of groups, keys of `each` and `{ name }`, joined with `-`; absent when there are none. */
    readonly name?: string;
    readonly inputs: Readonly<Record<string, Json>>;
    /** From 1. */
    readonly attempt: number;
}
export interface RecordedError {
    /** Absent, like `attempt`, when the pipeline itself threw. */
    readonly step?: string;
    readonly attempt?: number;
    readonly message: string;
}
/** One task, with all its attempts. */
export interface RecordedCall {
    readonly step: string;
    readonly run: string;
    readonly name?: string;
    readonly inputs: Readonly<Record<string, Json>>;
    readonly attempts: number;
    readonly state: "succeeded" | "failed";
    readonly output?: Json;
    readonly error?: RecordedError;
    /** Positions in the run: call A was over before B began if and only if `A.ended < B.started`. */
    readonly started: number;
    readonly ended: number;
}
export interface Recording {
    readonly state: "succeeded" | "failed";
    /** What the pipeline's function returned. */
    readonly output?: Json;
    /** What it threw. */
    readonly error?: RecordedError;
    /** In the order in which the pipeline made them. */
    readonly calls: readonly RecordedCall[];
}
/** What a step does: returns its output, or throws to fail the attempt. */
export type Script = (call: StepCall) => unknown;
export interface RecorderOptions {
    readonly run: Readonly<Record<"id" | "logicalDate" | "day", string>>;
    readonly script: (call: StepCall, handle: StepHandle) => unknown;
    readonly nameOf: (handle: StepHandle) => string | undefined;
}
/** Runs `body`, whose step calls are scripted, until everything that it started has ended. */
export declare function runRecorded(body: () => Promise<unknown>, options: RecorderOptions): Promise<Recording>;
/** The body and what the options say about its end. */
export declare function runPipeline<P>({ options, body }: DeclaredPipeline<P>, params: P): Promise<unknown>;
interface DeclaredPipeline<P> {
    readonly options: PipelineOptions<P>;
    readonly body: (params: P) => Promise<unknown>;
}
export declare function callStep(handle: StepHandle, inputs: unknown, call: CallOptions | undefined): Promise<unknown>;
export declare function runValue(field: "id" | "logicalDate" | "day"): string;
export declare function inGroup<T>(name: string, body: () => T): T;
export declare function mapEach<Item, R>(items: readonly Item[], options: EachOptions<Item>, body: (item: Item, index: number) => Promise<R>): Promise<R[]>;
/** The declaration behind a step's function: calling it is all that one can do with it. */
export declare function handleOf(step: (...args: never[]) => unknown): StepHandle | undefined;
/** `trainXGBoost` is `train-xg-boost`. */
export declare function kebab(name: string): string;
