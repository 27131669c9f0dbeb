/**
 * The recording SDK: what the functions of `index.ts` do when a pipeline runs as plain TypeScript. A recorder is in force for everything that
 * `record` starts, and for nothing else; calls outside one are errors.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { CallOptions, EachOptions, IsolatedOptions, PipelineOptions, SharedOptions } from "./options.ts";
import { firstFailure, RecordingError, StepFailure } from "./record-failures.ts";
import { holdRejections, settlingAll } from "./record-promises.ts";
import type { Json, StepError } from "./values.ts";

export { RecordingError };

export type StepHandle =
  | { readonly placement: "shared"; readonly options: SharedOptions }
  | { readonly placement: "isolated"; readonly options: IsolatedOptions };

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

interface Recorder {
  readonly options: RecorderOptions;
  readonly calls: RecordedCall[];
  readonly pending: Set<Promise<unknown>>;
  readonly failures: StepFailure[];
  position: number;
  broken: Error | undefined;
}

type Context =
  | { readonly kind: "record"; readonly recorder: Recorder; readonly name: readonly string[] }
  | { readonly kind: "identify"; found: StepHandle | undefined };

const contexts: AsyncLocalStorage<Context> = new AsyncLocalStorage();

/** Runs `body`, whose step calls are scripted, until everything that it started has ended. */
export async function runRecorded(body: () => Promise<unknown>, options: RecorderOptions): Promise<Recording> {
  const recorder: Recorder = { options, calls: [], pending: new Set(), failures: [], position: 0, broken: undefined };
  const isOurs = () => {
    const context = contexts.getStore();
    return context?.kind === "record" && context.recorder === recorder;
  };
  const left = new Map<Promise<unknown>, unknown>();
  const release = [holdRejections(isOurs, left), settlingAll(isOurs)];
  try {
    const ended = await contexts.run({ kind: "record", recorder, name: [] }, () => outcomeOf(body));
    // A failure may have left forks behind, and each of their ends may start more.
    do {
      await Promise.allSettled(recorder.pending);
      // Node says between two macrotasks which rejections nobody has handled, or handled late.
      await new Promise((resolve) => setImmediate(resolve));
    } while (recorder.pending.size > 0);
    if (recorder.broken) throw recorder.broken;
    const first = firstFailure(recorder.failures, ended.thrown, [...new Set(left.values())]);
    const calls = inOrder(recorder.calls);
    if (first !== undefined) return { state: "failed", error: errorOf(first.reason), calls };
    return { state: "succeeded", ...(ended.output === undefined ? {} : { output: ended.output }), calls };
  } finally {
    for (const undo of release) undo();
  }
}

/** The body and what the options say about its end. */
export async function runPipeline<P>({ options, body }: DeclaredPipeline<P>, params: P): Promise<unknown> {
  let result: unknown;
  try {
    result = await body(params);
  } catch (error) {
    if (!(error instanceof RecordingError)) await options.onFailure?.(error as StepError, params);
    throw error;
  }
  await options.onSuccess?.(params);
  return result;
}

interface DeclaredPipeline<P> {
  readonly options: PipelineOptions<P>;
  readonly body: (params: P) => Promise<unknown>;
}

export function callStep(handle: StepHandle, inputs: unknown, call: CallOptions | undefined): Promise<unknown> {
  const context = contexts.getStore();
  if (context === undefined) return Promise.reject(noRecorder(`The step ${handle.options.run}`));
  if (context.kind === "identify") {
    context.found = handle;
    return Promise.resolve(undefined);
  }
  const { recorder, name } = context;
  const names = [...name, ...(call?.name === undefined ? [] : [call.name])];
  // Nothing is attached to the promise itself: whether anybody awaits it is the pipeline's affair.
  let done = () => {};
  const ended = new Promise<void>((resolve) => {
    done = resolve;
  });
  recorder.pending.add(ended);
  return attempts(recorder, handle, inputs, names).finally(() => {
    recorder.pending.delete(ended);
    done();
  });
}

export function runValue(field: "id" | "logicalDate" | "day"): string {
  const context = contexts.getStore();
  if (context?.kind !== "record") throw noRecorder(`run.${field}`);
  return context.recorder.options.run[field];
}

export function inGroup<T>(name: string, body: () => T): T {
  const context = contexts.getStore();
  if (context?.kind !== "record") return body();
  return contexts.run({ ...context, name: [...context.name, name] }, body);
}

export async function mapEach<Item, R>(
  items: readonly Item[],
  options: EachOptions<Item>,
  body: (item: Item, index: number) => Promise<R>,
): Promise<R[]> {
  const entries = [...items.entries()];
  const results: Promise<R>[] = [];
  const next = async (): Promise<void> => {
    for (let entry = entries.shift(); entry !== undefined; entry = entries.shift()) {
      const [index, item] = entry;
      const key = options.key?.(item) ?? (typeof item === "object" ? undefined : String(item));
      const result = key === undefined ? body(item, index) : inGroup(String(key), () => body(item, index));
      results[index] = result;
      await result.catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency ?? items.length, items.length) }, next));
  return Promise.all(results);
}

/** The declaration behind a step's function: calling it is all that one can do with it. */
export function handleOf(step: (...args: never[]) => unknown): StepHandle | undefined {
  const context: Context = { kind: "identify", found: undefined };
  contexts.run(context, step);
  return context.found;
}

async function attempts(
  recorder: Recorder,
  handle: StepHandle,
  given: unknown,
  names: readonly string[],
): Promise<unknown> {
  const { run, retries = 0 } = handle.options;
  const step = recorder.options.nameOf(handle) ?? kebab(run.slice(run.lastIndexOf(":") + 1));
  const started = recorder.position++;
  const finish = (attempt: number, end: Pick<RecordedCall, "state" | "output" | "error">) => {
    const name = names.length === 0 ? {} : { name: names.join("-") };
    recorder.calls.push({ step, run, ...name, inputs, attempts: attempt, ...end, started, ended: recorder.position++ });
  };
  const inputs = breaking(recorder, () => (jsonOf(given ?? {}, `inputs of ${step}`) ?? {}) as Record<string, Json>);
  for (let attempt = 1; ; attempt++) {
    const name = names.length === 0 ? {} : { name: names.join("-") };
    try {
      const result = await recorder.options.script({ step, run, ...name, inputs, attempt }, handle);
      const output = breaking(recorder, () => jsonOf(result, `the output of ${step}`));
      finish(attempt, output === undefined ? { state: "succeeded" } : { state: "succeeded", output });
      return output;
    } catch (error) {
      if (error instanceof RecordingError) {
        recorder.broken ??= error;
        throw error;
      }
      if (attempt <= retries) continue;
      const message = error instanceof Error ? error.message : String(error);
      finish(attempt, { state: "failed", error: { step, attempt, message } });
      if (handle.options.allowFailure === true) return undefined;
      const failure = new StepFailure(step, attempt, message, started, recorder.position);
      recorder.failures.push(failure);
      throw failure;
    }
  }
}

async function outcomeOf(
  body: () => Promise<unknown>,
): Promise<{ readonly output?: Json; readonly thrown?: { readonly reason: unknown } }> {
  try {
    const output = jsonOf(await body(), "the pipeline's result");
    return output === undefined ? {} : { output };
  } catch (reason) {
    if (reason instanceof RecordingError) throw reason;
    return { thrown: { reason } };
  }
}

function breaking<T>(recorder: Recorder, body: () => T): T {
  try {
    return body();
  } catch (error) {
    recorder.broken ??= error as Error;
    throw error;
  }
}

function errorOf(error: unknown): RecordedError {
  if (error instanceof StepFailure) return { step: error.step, attempt: error.attempt, message: error.message };
  return { message: error instanceof Error ? error.message : String(error) };
}

/** As it would arrive: absent fields are not there, an absent list item is null, -0 is 0. */
function jsonOf(value: unknown, what: string): Json | undefined {
  if (value === undefined || value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value + 0;
  if (value instanceof Error) return { ...errorOf(value) };
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, what) ?? null);
  if (typeof value === "object" && !(value instanceof Promise)) {
    const fields = Object.entries(value).map(([key, field]) => [key, jsonOf(field, what)] as const);
    return Object.fromEntries(fields.filter((field): field is [string, Json] => field[1] !== undefined));
  }
  const kind = value instanceof Promise ? "a promise (is an `await` missing?)" : String(value);
  throw new RecordingError(`${what} cannot travel between steps: it holds ${kind}`);
}

function inOrder(calls: readonly RecordedCall[]): readonly RecordedCall[] {
  return calls.toSorted((a, b) => a.started - b.started);
}

/** `trainXGBoost` is `train-xg-boost`. */
export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replace(/_+/g, "-")
    .toLowerCase();
}

function noRecorder(what: string): Error {
  return new Error(
    `${what} was used outside a run. Compile the pipeline with \`twinrail compile\`, or run it in a test.`,
  );
}
