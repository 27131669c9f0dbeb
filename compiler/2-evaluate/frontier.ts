/** Promises and what their awaiting waits for. The only code that moves a frontier. */
import type { Span } from "../diagnostics/diagnostic.ts";
import type { NodeDraft } from "./builder.ts";
import { type Evaluation, report, type Thread } from "./evaluation.ts";
import { type PromiseValue, STUCK, type Value } from "./values.ts";

export function newPromise(thread: Thread, value: Value, starts: ReadonlySet<NodeDraft>, ends: ReadonlySet<NodeDraft>, span: Span): PromiseValue {
  const promise: PromiseValue = { kind: "promise", value, starts, ends, block: thread.block, awaited: false, span };
  thread.block.promises.push(promise);
  return promise;
}

/** The promise of a node that was just made in `thread`. */
export function promiseOf(thread: Thread, node: NodeDraft, value: Value, span: Span): PromiseValue {
  return newPromise(thread, value, node.after, new Set([node]), span);
}

/** `await promise`: the thread goes on when everything that the promise stands for has ended. */
export function awaitPromise(ev: Evaluation, thread: Thread, promise: PromiseValue, span: Span): Value {
  if (promise.block !== thread.block) {
    // An outer promise that was awaited before this block began is just its value.
    if (promise.awaited) return promise.value;
    promise.awaited = true;
    report(ev, "TR2014", {}, span, [{ span: promise.span, message: "started here, outside the block" }]);
    return STUCK;
  }
  promise.awaited = true;
  thread.awaited = true;
  join(thread, promise.starts, promise.ends);
  return promise.value;
}

/** `Promise.all`: one promise that ends when all have ended. Its parts count as awaited once it is. */
export function allOf(thread: Thread, promises: readonly PromiseValue[], value: Value, span: Span): PromiseValue {
  const starts = new Set<NodeDraft>();
  const ends = new Set<NodeDraft>();
  for (const promise of promises) {
    promise.awaited = true;
    for (const node of promise.starts) starts.add(node);
  }
  for (const promise of promises) for (const node of promise.ends) ends.add(node);
  // What every part left behind is superseded; what one of them still waits for (an already ended promise) is kept.
  return newPromise(thread, value, starts, ends, span);
}

/**
 * Adds `ends`, and drops what they descend from: a node of `starts` that is no longer in `ends` has been replaced by a descendant. This
 * keeps `after` free of transitive repeats without ever searching the graph.
 */
export function join(thread: Thread, starts: ReadonlySet<NodeDraft>, ends: ReadonlySet<NodeDraft>): void {
  for (const node of starts) if (!ends.has(node)) thread.frontier.delete(node);
  for (const node of ends) thread.frontier.add(node);
}
