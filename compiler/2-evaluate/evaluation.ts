/** The state of one evaluation: fuel, problems, where in the source and in the IR we are. Passed to every handler, held by nobody else. */

import type { Code, ParamsOf } from "../diagnostics/catalog.ts";
import { type Diagnostic, diagnostic, type Origin, type Span } from "../diagnostics/diagnostic.ts";
import type { StepDefinition } from "../ir/step.ts";
import { type BlockDraft, type Builder, type NameSegment, type NodeDraft, newBlock } from "./builder.ts";
import type { Cell } from "./scope.ts";
import { STUCK, type StuckValue, type Value } from "./values.ts";

/** Bounds of one compilation (DESIGN §8): all count work, none reads a clock, so that a verdict never depends on the machine. */
export const LIMITS = {
  steps: 5_000_000,
  callDepth: 100,
  /** Far below what the host's stack holds. */
  nesting: 500,
  /** Decisions inside each other: each early end makes one. */
  arms: 150,
  valueDepth: 100,
  listLength: 100_000,
  stringLength: 1_048_576,
  nodes: 10_000,
} as const;

/**
 * One line of `await`s: a function that was called without being awaited at once is a fork with a thread of its own, and so is the inside
 * of a run-time block.
 */
export interface Thread {
  readonly parent: Thread | null;
  readonly block: BlockDraft;
  /** What has been awaited so far: siblings in `block` that the next call waits for. */
  readonly frontier: Set<NodeDraft>;
  /** A fork runs beside its parent; an inner block runs while its parent waits. */
  readonly fork: boolean;
  /** Past its first `await`: what it reads and writes from here, it does while others run. */
  awaited: boolean;
  /** Of a fork: its parent has awaited it. */
  joined: boolean;
  /** Forks of others that this one has awaited: they have ended when it has. */
  readonly adopted: Thread[];
  /** Nothing after this point runs: the pipeline has thrown. */
  dead: boolean;
}

/** What a run-time block has changed outside of it. `"refuse"` is a run-time loop's body. */
export type Journal = Writes | "refuse";

export class Writes {
  /** Values of outer variables before the block changed them. */
  readonly before: Map<Cell, Value> = new Map();
  /** Number of nodes in the block when the variable was written; `-1` when something could fail between two writes, or was under way then. */
  readonly at: Map<Cell, number> = new Map();
}

export interface Evaluation {
  readonly diagnostics: Diagnostic[];
  readonly reported: Set<string>;
  readonly builder: Builder;
  readonly steps: Map<string, StepDefinition>;
  thread: Thread | null;
  fuel: number;
  out: boolean;
  /** Of calls, and of expressions. */
  depth: number;
  nesting: number;
  /** Of decisions. */
  arms: number;
  readonly naming: NameSegment[];
  readonly journals: Journal[];
  /** Call sites of the user's helper functions, outermost first. */
  readonly calls: Span[];
  /** Functions being called, against recursion. */
  readonly active: Set<object>;
  /** Async functions that have read a variable, a list or an object while others ran (reads.ts). */
  readonly readers: WeakMap<object, Set<Thread>>;
  /** Names of comprehension variables in use. */
  readonly bound: Set<string>;
}

export function newEvaluation(): Evaluation {
  return {
    diagnostics: [],
    reported: new Set(),
    builder: { count: 0 },
    steps: new Map(),
    thread: null,
    fuel: LIMITS.steps,
    out: false,
    depth: 0,
    nesting: 0,
    arms: 0,
    naming: [],
    journals: [],
    calls: [],
    active: new Set(),
    readers: new WeakMap(),
    bound: new Set(),
  };
}

/** Reports once per place and text (a known loop meets the same line many times) and gives the value that stands for "already reported". */
export function report<C extends Code>(
  ev: Evaluation,
  code: C,
  params: ParamsOf<C>,
  span: Span,
  related: Diagnostic["related"] = [],
): StuckValue {
  const found = diagnostic(code, params, originOf(ev, span), related);
  const key = `${code} ${span.file}:${span.start} ${found.message}`;
  if (!ev.reported.has(key)) {
    ev.reported.add(key);
    ev.diagnostics.push(found);
  }
  return STUCK;
}

export function originOf(ev: Evaluation, span: Span): Origin {
  return ev.calls.length === 0 ? { span } : { span, via: ev.calls.toReversed() };
}

/** Takes one unit of work; false when the bound is reached (reported once). */
export function burn(ev: Evaluation, span: Span, amount = 1): boolean {
  ev.fuel -= amount;
  if (ev.fuel > 0) return true;
  if (!ev.out) {
    ev.out = true;
    report(ev, "TR2001", { what: `${LIMITS.steps.toLocaleString("en-US")} evaluation steps` }, span);
  }
  return false;
}

export function newThread(parent: Thread | null, block: BlockDraft, fork: boolean): Thread {
  const frontier = new Set(fork ? parent?.frontier : []);
  return { parent, block, frontier, fork, awaited: false, joined: false, adopted: [], dead: false };
}

/** Runs `body` inside a new run-time block and says what became of it. */
export function inBlock<T>(
  ev: Evaluation,
  journal: Journal,
  body: (thread: Thread) => T,
): { block: BlockDraft; thread: Thread; value: T } {
  const outer = ev.thread;
  const block = newBlock(outer?.block ?? null);
  const thread = newThread(outer, block, false);
  ev.thread = thread;
  ev.journals.push(journal);
  const naming = [...ev.naming];
  const value = body(thread);
  for (const promise of block.promises) {
    if (!promise.awaited && !thread.dead) {
      promise.awaited = true;
      report(ev, "TR2010", {}, promise.span);
    }
  }
  ev.naming.splice(0, ev.naming.length, ...naming);
  ev.journals.pop();
  ev.thread = outer;
  return { block, thread, value };
}
