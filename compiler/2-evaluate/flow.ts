/**
 * What is still to be run, as a list: statements, and marks where functions, loops, turns and `switch`es end. Known jumps drop a part of the list;
 * a jump under a run-time condition moves a part of it into an arm (decide.ts).
 */
import type { Statement } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { BlockDraft, NameSegment } from "./builder.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Scope } from "./scope.ts";
import type { SymbolicValue, Value } from "./values.ts";

/** Where something ends. A jump goes to one; a run stops at one. */
export interface Mark {
  readonly kind: "function" | "loop" | "turn" | "switch" | "join" | "try" | "handler" | "finally";
  /** Of a turn: its loop runs on the engine, and cannot be left from inside. */
  readonly engine?: boolean;
  /** Of a function: a promise that it returns is awaited by whoever awaits its own. */
  readonly async?: boolean;
  readonly block?: BlockDraft | undefined;
  /** Of a `try` and a handler: what is returned there has to have ended there. */
  readonly holds?: boolean;
  /** In force behind it. */
  readonly naming: readonly NameSegment[];
}

export type Item =
  /** A statement, where its names are looked up. */
  | { readonly kind: "statement"; readonly statement: Statement; readonly scope: Scope }
  | { readonly kind: "mark"; readonly mark: Mark }
  /** A statement under a condition that has been evaluated. */
  | { readonly kind: "guard"; readonly test: Value; readonly then: Item; readonly span: Span }
  /** Goes on as something else has ended. */
  | { readonly kind: "resume"; readonly done: Completion; readonly span: Span }
  /** Says what comes next when it is reached: the turns of a loop. */
  | { readonly kind: "more"; readonly more: (rest: Rest) => Rest }
  /** What no statement stands for. */
  | { readonly kind: "do"; readonly work: (next: Rest, stop: Mark) => Step };

export type Rest = { readonly item: Item; readonly next: Rest } | undefined;

/** How a list that was run up to a mark came to an end. */
export type Completion =
  /** At the mark. */
  | { readonly kind: "end" }
  /** By a jump to it, or beyond it. */
  | { readonly kind: "jump"; readonly to: Mark; readonly value: Value }
  /** One way or another: known only at run time. */
  | {
      readonly kind: "either";
      readonly test: SymbolicValue;
      readonly yes: Completion;
      readonly no: Completion;
    }
  /** Not at all: it throws. */
  | { readonly kind: "dead" };

export const END: Completion = { kind: "end" };
export const DEAD: Completion = { kind: "dead" };

/** The next of the list, or how the list ended. */
export type Step = { readonly rest: Rest } | { readonly done: Completion };

export function newMark(ev: Evaluation, kind: Mark["kind"], more: Pick<Mark, "engine" | "async" | "holds"> = {}): Mark {
  return { kind, naming: [...ev.naming], block: ev.thread?.block, ...more };
}

export function before(item: Item, next: Rest): Rest {
  return { item, next };
}

export function marked(mark: Mark, next?: Rest): Rest {
  return { item: { kind: "mark", mark }, next };
}

export function inScope(statement: Statement, scope: Scope): Item {
  return { kind: "statement", statement, scope };
}

export function setNaming(ev: Evaluation, naming: readonly NameSegment[]): void {
  ev.naming.length = 0;
  for (const segment of naming) ev.naming.push(segment);
}

/** The first mark that `wanted` says yes to, and the list from there; `passed` are those before it. */
export function findMark(
  rest: Rest,
  wanted: (mark: Mark) => boolean,
): { readonly mark: Mark; readonly rest: Rest; readonly passed: readonly Mark[] } | undefined {
  const passed: Mark[] = [];
  for (let at = rest; at !== undefined; at = at.next) {
    if (at.item.kind !== "mark") continue;
    if (wanted(at.item.mark)) return { mark: at.item.mark, rest: at, passed };
    passed.push(at.item.mark);
  }
  return undefined;
}

/** Every way in which it may end. */
export function* leavesOf(done: Completion): Generator<Exclude<Completion, { kind: "either" }>> {
  if (done.kind !== "either") {
    yield done;
    return;
  }
  yield* leavesOf(done.yes);
  yield* leavesOf(done.no);
}

/** A jump of the surrounding list: the code that stands for `return`, `break` and `continue` alike. */
export function goTo(to: Mark, value: Value, rest: Rest, stop: Mark): Step {
  if (to.kind === "function") return { done: { kind: "jump", to, value } };
  const found = findMark(rest, (mark) => mark === to || mark === stop);
  if (found?.mark === to) return { rest: found.rest };
  return { done: { kind: "jump", to, value } };
}
