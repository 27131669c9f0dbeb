/**
 * The reference meaning of a pipeline. Every engine must do what this file says; nothing here knows an engine.
 *
 *  - A node starts when every node in its `after` has succeeded. If one of them has not, the node is skipped, with all that is inside it.
 *  - A block ends when everything that it started has ended. It failed if one of its nodes failed, and its failure is the first in source
 *    order, whichever came first in time; else it succeeded, and only then its result exists.
 *  - A run ends as its body does, unless its deadline comes first: then what runs is stopped, nothing else starts, no handler either, and it failed.
 */
import { assertNever, invariant } from "../invariant.ts";
import type { Clock } from "./clock.ts";
import { ExpressionError, evaluate, isList, jsonOf, type Lookup, type Value } from "./expression.ts";
import type { RunContext } from "./params.ts";
import { Scope } from "./scope.ts";
import { DEFAULT_BACKOFF, type StepDefinition, type StepOptions } from "./step.ts";
import { byPlace, type Execution, instanceOf, type NodeState, type Place, type RunError, type Trace } from "./trace.ts";
import type { Block, Branch, Expr, Fail, ForEach, Json, Node, NodeId, Pipeline, Region, Task, Try } from "./types.ts";
import { blocksOf } from "./walk.ts";

export interface SimulateOptions {
  readonly pipeline: Pipeline;
  /** Of every parameter that has a value, defaults included (params.ts). */
  readonly params: Readonly<Record<string, Json>>;
  readonly run: RunContext;
  readonly clock: Clock;
  /** One attempt. A failure is an outcome; what it throws ends the whole simulation (a stop from outside, or a bug). */
  readonly runTask: (call: TaskCall) => Promise<AttemptOutcome>;
  /** Told as it happens, in no canonical order. A task's start is `runTask`. */
  readonly onEnd?: (node: Node, indices: readonly number[], state: NodeState, error?: RunError) => void;
  readonly onRetry?: (call: TaskCall, outcome: AttemptOutcome, delaySeconds: number) => void;
}

export interface TaskCall {
  readonly node: Task;
  readonly step: StepDefinition;
  readonly inputs: Readonly<Record<string, Json>>;
  /** From 0. */
  readonly attempt: number;
  /** Of the enclosing loops, outermost first. */
  readonly indices: readonly number[];
  /** Aborted when a deadline is over: the attempt is to end, and its outcome does not count. */
  readonly signal?: AbortSignal;
  /** Whatever the task may refer to, for runners that evaluate inputs elsewhere. */
  readonly lookup: Lookup;
}

export type AttemptOutcome =
  | { readonly ok: true; readonly output: Value }
  /** `retry: false`: another attempt would do no better (a broken contract), whatever the step's `retries`. */
  | { readonly ok: false; readonly message: string; readonly retry: boolean };

type Ended =
  | { readonly state: "succeeded"; readonly value: Value }
  | { readonly state: "failed"; readonly error: RunError };
type Outcome = Ended | { readonly state: "skipped" };

export async function simulate(options: SimulateOptions): Promise<Trace> {
  const simulation = new Simulation(options);
  return simulation.trace(await simulation.run());
}

class Simulation {
  readonly #options: SimulateOptions;
  readonly #executions: (Execution & { readonly place: Place })[] = [];
  readonly #states: { readonly instance: string; readonly state: NodeState; readonly place: Place }[] = [];

  readonly #deadline: Deadline | undefined;

  constructor(options: SimulateOptions) {
    this.#options = options;
    const { deadline } = options.pipeline.options;
    this.#deadline = deadline === undefined ? undefined : new Deadline(options.clock, deadline);
  }

  async run(): Promise<Outcome> {
    const { pipeline, params, run } = this.#options;
    try {
      const outcome = await this.block(pipeline.body, Scope.outermost(pipeline, params, run));
      if (!this.#deadline?.over) return outcome;
      return { state: "failed", error: { message: `the run was not done within ${this.#deadline.seconds} s` } };
    } finally {
      this.#deadline?.end();
    }
  }

  async block(block: Block, scope: Scope): Promise<Outcome> {
    const outcomes = new Map<NodeId, Promise<Outcome>>();
    for (const [position, node] of block.nodes.entries()) {
      const before = node.after.map((id) => {
        const outcome = outcomes.get(id);
        invariant(outcome !== undefined, `\`${node.id}\` waits for \`${id}\`, which is not an earlier sibling`);
        return outcome;
      });
      outcomes.set(node.id, this.#whenReady(node, before, scope.at(position)));
    }
    const ended = await Promise.all(outcomes.values());
    const failed = ended.find((outcome) => outcome.state === "failed");
    if (failed) return failed;
    return this.#guarded(async () => succeeded(evaluate(block.result, scope.lookup)));
  }

  async #whenReady(node: Node, before: readonly Promise<Outcome>[], scope: Scope): Promise<Outcome> {
    const ended = await Promise.all(before);
    if (this.#deadline?.over || ended.some((outcome) => outcome.state !== "succeeded")) {
      this.#skip(node, scope);
      return { state: "skipped" };
    }
    const outcome = await this.#guarded(() => this.#node(node, scope));
    if (outcome.state === "succeeded") scope.define(`output:${node.id}`, outcome.value);
    this.#end(node, scope, outcome);
    return outcome;
  }

  #node(node: Node, scope: Scope): Promise<Outcome> {
    switch (node.kind) {
      case "task":
        return this.#task(node, scope);
      case "branch":
        return this.#branch(node, scope);
      case "forEach":
        return this.#forEach(node, scope);
      case "try":
        return this.#try(node, scope);
      case "fail":
        return this.#fail(node, scope);
      case "region":
        return this.#region(node, scope);
      default:
        return assertNever(node);
    }
  }

  async #task(node: Task, scope: Scope): Promise<Outcome> {
    const { deadline: seconds } = this.#options.pipeline.steps[node.step]?.options ?? {};
    const own = seconds === undefined ? undefined : new Deadline(this.#options.clock, seconds);
    try {
      return await this.#attempts(node, scope, own);
    } finally {
      own?.end();
    }
  }

  /** A task fails when its last attempt has failed, or its time is over. Between attempts it waits; nothing else does. */
  async #attempts(node: Task, scope: Scope, own: Deadline | undefined): Promise<Outcome> {
    const deadlines = [own, this.#deadline].filter((deadline) => deadline !== undefined);
    const signal = deadlines.length === 0 ? {} : { signal: AbortSignal.any(deadlines.map((limit) => limit.signal)) };
    const step = this.#options.pipeline.steps[node.step];
    invariant(step !== undefined, `\`${node.id}\` calls the step \`${node.step}\`, which the pipeline does not have`);
    const inputs = evaluateInputs(node.inputs, scope.lookup);
    const { clock, runTask, onRetry } = this.#options;
    const started = clock.now();
    const over = () => deadlines.find((deadline) => deadline.over)?.outcome;
    for (let attempt = 0; ; attempt++) {
      const call = { node, step, inputs, attempt, indices: scope.indices, lookup: scope.lookup, ...signal };
      const ended = await runTask(call);
      let result = over() ?? ended;
      if (!result.ok && result.retry && attempt < (step.options.retries ?? 0)) {
        const delay = retryDelay(step.options, attempt + 1);
        onRetry?.(call, result, delay);
        await clock.sleep(delay * 1000, signal.signal);
        const late = over();
        if (late === undefined) continue;
        result = late;
      }
      const outcome: Ended = result.ok
        ? succeeded(result.output)
        : { state: "failed", error: { step: step.id, attempt: attempt + 1, message: result.message } };
      this.#executions.push({
        node: node.id,
        indices: scope.indices,
        step: step.id,
        run: `${step.run.file}:${step.run.function}`,
        inputs,
        attempts: attempt + 1,
        ...withoutAbsent(outcome),
        started,
        ended: clock.now(),
        place: scope.place,
      });
      return outcome;
    }
  }

  async #branch(node: Branch, scope: Scope): Promise<Outcome> {
    const condition = evaluate(node.condition, scope.lookup);
    if (typeof condition !== "boolean")
      throw new ExpressionError(`the condition is ${String(condition)}, not a boolean`);
    this.#skipBlock(condition ? node.else : node.then, scope.inner(condition ? 1 : 0));
    return this.block(condition ? node.then : node.else, scope.inner(condition ? 0 : 1));
  }

  /** The loop fails with the failure of its first failed item, in item order. */
  async #forEach(node: ForEach, scope: Scope): Promise<Outcome> {
    const items = evaluate(node.items, scope.lookup);
    if (!isList(items)) throw new ExpressionError(`${String(items)} is not a list`);
    const body = (index: number) => this.block(node.body, scope.item(node.id, items[index], index));

    let outcomes: Outcome[];
    if (node.mode === "parallel") {
      outcomes = await inParallel(items.length, node.concurrency ?? Number.POSITIVE_INFINITY, body);
    } else {
      outcomes = [];
      for (const index of items.keys()) {
        const stopped = this.#deadline?.over || outcomes.some((outcome) => outcome.state !== "succeeded");
        if (stopped) this.#skipBlock(node.body, scope.item(node.id, items[index], index));
        outcomes.push(stopped ? { state: "skipped" } : await body(index));
      }
    }
    if (node.settle) return succeeded(outcomes.map(settled));
    const failed = outcomes.find((outcome) => outcome.state === "failed");
    return failed ?? succeeded(outcomes.map(yielded));
  }

  /**
   * The handler runs when the body failed, and gives the outcome then. `finally` runs in any case, last, and matters only when it fails, or
   * when it assigns: the fields of its result are laid over those of the body's or the handler's.
   */
  async #try(node: Try, scope: Scope): Promise<Outcome> {
    let outcome = await this.block(node.body, scope.inner(0));
    if (this.#deadline?.over) {
      for (const [arm, block] of blocksOf(node).entries()) if (arm > 0) this.#skipBlock(block, scope.inner(arm));
      return outcome;
    }
    if (node.handler) {
      const handlerScope = scope.inner(1);
      if (outcome.state === "failed") {
        handlerScope.define(`error:${node.id}`, { ...outcome.error });
        outcome = await this.block(node.handler, handlerScope);
      } else {
        this.#skipBlock(node.handler, handlerScope);
      }
    }
    if (node.finally) {
      const last = await this.block(node.finally, scope.inner(2));
      if (last.state !== "succeeded") return last;
      if (outcome.state === "succeeded") return succeeded(overlay(outcome.value, last.value));
    }
    return outcome;
  }

  async #fail(node: Fail, scope: Scope): Promise<Outcome> {
    if (node.error !== undefined) return { state: "failed", error: errorOf(evaluate(node.error, scope.lookup)) };
    return { state: "failed", error: { message: String(evaluate(node.message, scope.lookup)) } };
  }

  /** A region is its block: cutting a pipeline changes where it runs, not what it means. */
  async #region(node: Region, scope: Scope): Promise<Outcome> {
    const inside = scope.isolated();
    for (const [name, input] of Object.entries(node.inputs)) {
      inside.define(`input:${name}`, evaluate(input.expr, scope.lookup));
    }
    const outcome = await this.block(node.block, inside);
    if (outcome.state !== "succeeded") return outcome;
    const outputs = node.outputs.map((id) => [id, inside.lookup({ from: "output", node: id })] as const);
    return succeeded(Object.fromEntries(outputs));
  }

  // What has no value fails the node that asked for it, as the TypeError would in JavaScript.
  async #guarded(body: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await body();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { state: "failed", error: { message: error.message } };
    }
  }

  #skip(node: Node, scope: Scope): void {
    this.#end(node, scope, { state: "skipped" });
    if (node.kind === "forEach") return;
    for (const [arm, inner] of blocksOf(node).entries()) this.#skipBlock(inner, scope.inner(arm));
  }

  #skipBlock(block: Block, scope: Scope): void {
    for (const [position, node] of block.nodes.entries()) this.#skip(node, scope.at(position));
  }

  #end(node: Node, scope: Scope, outcome: Outcome): void {
    this.#states.push({ instance: instanceOf(node.id, scope.indices), state: outcome.state, place: scope.place });
    const error = outcome.state === "failed" ? outcome.error : undefined;
    this.#options.onEnd?.(node, scope.indices, outcome.state, error);
  }

  trace(outcome: Outcome): Trace {
    invariant(outcome.state !== "skipped", "a run is never skipped");
    return {
      ...withoutAbsent(outcome),
      executions: this.#executions.sort(byPlace).map(({ place: _, ...execution }) => execution),
      states: Object.fromEntries(this.#states.sort(byPlace).map(({ instance, state }) => [instance, state])),
    };
  }
}

/** A time that is up at some point, unless what it is for ends before. */
class Deadline {
  readonly seconds: number;
  readonly #over = new AbortController();
  readonly #ended = new AbortController();

  constructor(clock: Clock, seconds: number) {
    this.seconds = seconds;
    const up = (): void => {
      if (!this.#ended.signal.aborted) this.#over.abort();
    };
    // A stop from outside ends the sleep, too, and is reported elsewhere.
    clock.sleep(seconds * 1000, this.#ended.signal).then(up, () => {});
  }

  get over(): boolean {
    return this.#over.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get outcome(): AttemptOutcome {
    return { ok: false, message: `not done within ${this.seconds} s`, retry: false };
  }

  end(): void {
    this.#ended.abort();
  }
}

/** Seconds before retry `n`, from 1. */
export function retryDelay(options: StepOptions, n: number): number {
  const { initial, factor, max = Number.POSITIVE_INFINITY } = { ...DEFAULT_BACKOFF, ...options.backoff };
  return Math.min(initial * factor ** (n - 1), max);
}

/** Items start in order, at most `limit` at a time. */
async function inParallel(count: number, limit: number, body: (index: number) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = new Array(count);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) outcomes[index] = await body(index);
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
  return outcomes;
}

function evaluateInputs(inputs: Readonly<Record<string, Expr>>, lookup: Lookup): Record<string, Json> {
  const given = Object.entries(inputs).flatMap(([name, expr]): [string, Json][] => {
    const value = jsonOf(evaluate(expr, lookup));
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}

/** An item's entry in the result of `Promise.allSettled`. */
function settled(outcome: Outcome): Value {
  if (outcome.state === "succeeded") return { status: "fulfilled", value: outcome.value };
  invariant(outcome.state === "failed", "every item of a parallel loop runs");
  return { status: "rejected", reason: { ...outcome.error } };
}

/** A caught error that is thrown again is what it was. */
function errorOf(value: Value): RunError {
  invariant(typeof value === "object" && value !== null && !isList(value), "what is thrown again is an error");
  const { step, attempt, message } = value as { readonly [key: string]: Value };
  return {
    ...(typeof step === "string" ? { step } : {}),
    ...(typeof attempt === "number" ? { attempt } : {}),
    message: String(message),
  };
}

function overlay(value: Value, assigned: Value): Value {
  const isRecord = (v: Value) => typeof v === "object" && v !== null && !isList(v);
  return isRecord(value) && isRecord(assigned) ? { ...(value as object), ...(assigned as object) } : value;
}

function succeeded(value: Value): Ended {
  return { state: "succeeded", value };
}

function yielded(outcome: Outcome): Value {
  return outcome.state === "succeeded" ? outcome.value : undefined;
}

function withoutAbsent(outcome: Ended): { state: "succeeded" | "failed"; output?: Json; error?: RunError } {
  if (outcome.state === "failed") return outcome;
  const output = jsonOf(outcome.value);
  return output === undefined ? { state: "succeeded" } : { state: "succeeded", output };
}
