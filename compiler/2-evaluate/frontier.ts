/** Promises and what their awaiting waits for. The only code that moves a frontier. */
import type { Span } from "../diagnostics/diagnostic.ts";
import { type BlockDraft, isInside, type NodeDraft } from "./builder.ts";
import { type Evaluation, report, type Thread } from "./evaluation.ts";
import { type PromiseValue, STUCK, type Value } from "./values.ts";

type PromiseParts = Pick<PromiseValue, "value" | "ends" | "span"> &
  Partial<Pick<PromiseValue, "forks" | "throws" | "made">>;

export function newPromise(thread: Thread, parts: PromiseParts): PromiseValue {
  const promise: PromiseValue = {
    kind: "promise",
    forks: [],
    throws: false,
    made: [...parts.ends],
    ...parts,
    block: thread.block,
    awaited: false,
  };
  thread.block.promises.push(promise);
  return promise;
}

/** The promise of a node that was just made in `thread`. */
export function promiseOf(thread: Thread, node: NodeDraft, value: Value, span: Span): PromiseValue {
  return newPromise(thread, { value, ends: new Set([node]), span });
}

/** `await promise`: the thread goes on when everything that the promise stands for has ended. */
export function awaitPromise(ev: Evaluation, thread: Thread, promise: PromiseValue, span: Span): Value {
  if (isSettled(promise)) return report(ev, "TR2059", {}, span, [{ span: promise.span, message: "started here" }]);
  if (promise.block !== thread.block) {
    if (!reachable(thread, promise)) {
      promise.awaited = true;
      return report(ev, "TR2014", {}, span, [{ span: promise.span, message: "started here, outside the block" }]);
    }
  } else waitFor(thread, promise.ends);
  promise.awaited = true;
  joinForks(thread, promise.forks);
  if (!promise.throws) return promise.value;
  thread.dead = true;
  return STUCK;
}

/** Whether `Promise.allSettled` has taken what it stands for (settled.ts): a failure of it is a value then. */
export function isSettled({ ends, block }: PromiseValue): boolean {
  for (const node of ends) if (node.block !== block) return true;
  return false;
}

/** `Promise.all`: one promise that ends when all have ended. Its parts count as awaited once it is. */
export function allOf(thread: Thread, promises: readonly PromiseValue[], value: Value, span: Span): PromiseValue {
  const ends = new Set<NodeDraft>();
  for (const promise of promises) {
    promise.awaited = true;
    for (const node of promise.ends) ends.add(node);
  }
  const forks = promises.flatMap((promise) => promise.forks);
  const made = [...new Set(promises.flatMap((promise) => promise.made))].sort((a, b) => a.order - b.order);
  return newPromise(thread, { value, ends, span, forks, made, throws: promises.some((promise) => promise.throws) });
}

/**
 * Whether a block can read an outer promise: it was awaited before the block began, or the decision that the block is an arm of can wait for it
 * in the block's stead, because nothing has run in it yet.
 */
export function reachable(thread: Thread, promise: PromiseValue): boolean {
  if (!isInside(thread.block, promise.block)) return false;
  let outer: Thread | null = thread;
  while (outer !== null && outer.block !== promise.block) outer = outer.parent;
  if (outer === null) return false;
  if (hasEnded(outer.frontier, promise.ends)) return true;
  let outermost: BlockDraft = thread.block;
  for (let block = thread.block; block !== promise.block; ) {
    if (block.waits === undefined || block.nodes.length > 0 || block.parent === null) return false;
    outermost = block;
    block = block.parent;
  }
  outermost.waits?.push(promise);
  return true;
}

/** Whether a thread that has awaited `frontier` comes after all of `ends`. */
export function hasEnded(frontier: ReadonlySet<NodeDraft>, ends: ReadonlySet<NodeDraft>): boolean {
  const missing = new Set(ends);
  for (const node of ends) if (frontier.has(node)) missing.delete(node);
  if (missing.size === 0) return true;
  let least = Number.POSITIVE_INFINITY;
  for (const node of missing) least = Math.min(least, node.depth);
  for (const node of ancestors(frontier, least)) missing.delete(node);
  return missing.size === 0;
}

/** What the nodes come after, up to chains of the length `least`. */
function* ancestors(nodes: Iterable<NodeDraft>, least: number): Generator<NodeDraft> {
  const seen = new Set<NodeDraft>();
  const waiting = [...nodes];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at.depth <= least) continue;
    for (const before of at.after) {
      if (before.depth < least || seen.has(before)) continue;
      seen.add(before);
      waiting.push(before);
      yield before;
    }
  }
}

/** Adds to what the thread has awaited. `after` names no node that another one in it comes after already. */
export function waitFor(thread: Thread, ends: ReadonlySet<NodeDraft>): void {
  thread.awaited = true;
  const { frontier } = thread;
  for (const node of ends) frontier.add(node);
  if (frontier.size < 2) return;
  let least = Number.POSITIVE_INFINITY;
  for (const node of frontier) least = Math.min(least, node.depth);
  for (const before of ancestors([...frontier], least)) frontier.delete(before);
}

/** Forks that have been awaited run no more: what they have read may change again. */
function joinForks(thread: Thread, forks: readonly Thread[]): void {
  for (const fork of forks) {
    if (fork.parent === thread) fork.joined = true;
    else thread.adopted.push(fork);
  }
}
