/**
 * What async functions read while others run. A function that is called without `await` is evaluated to its end at once, but in Node what follows
 * its first `await` happens later: a variable, list or object that it has read must not be changed before it has been awaited.
 */
import type { Span } from "../diagnostics/diagnostic.ts";
import { type Evaluation, report, type Thread } from "./evaluation.ts";
import type { Cell } from "./scope.ts";
import { isObject, type ListValue, type RecordValue, type Value } from "./values.ts";

type Holder = Cell | ListValue | RecordValue;

/** A variable is read, or a list's items, or an object's fields. What modules hold is frozen by now. */
export function noteRead(ev: Evaluation, holder: Holder): void {
  if (holder.owner === null) return;
  for (let at = ev.thread; at !== null && at !== holder.owner; at = at.parent) {
    if (!at.fork || !at.awaited) continue;
    const readers = ev.readers.get(holder);
    if (readers === undefined) ev.readers.set(holder, new Set([at]));
    else readers.add(at);
  }
}

export function noteReadOf(ev: Evaluation, value: Value): void {
  if (isObject(value, "list") || isObject(value, "record")) noteRead(ev, value);
}

/** Whether nobody who still runs has read it; otherwise that is reported. */
export function mayOverwrite(ev: Evaluation, holder: Holder, what: string, span: Span): boolean {
  for (const reader of ev.readers.get(holder) ?? []) {
    if (reader.joined || isWithin(ev.thread, reader)) continue;
    report(ev, "TR2069", { what }, span);
    return false;
  }
  return true;
}

function isWithin(thread: Thread | null, outer: Thread): boolean {
  for (let at = thread; at !== null; at = at.parent) if (at === outer) return true;
  return false;
}
