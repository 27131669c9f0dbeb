/**
 * Did two ways of running a pipeline do the same? Plain Node does not know the names of tasks (they come from variables), so calls are matched
 * by what both know: the Python function, the inputs, and how it ended. Equal calls are matched by their number.
 */
import { wireText } from "./encode.ts";
import type { Trace } from "./trace.ts";
import type { Json } from "./types.ts";

/** `sdk/record.ts`'s Recording is one. */
export interface ComparableRun {
  readonly state: "succeeded" | "failed";
  readonly output?: Json;
  readonly error?: { readonly attempt?: number; readonly message: string };
  readonly calls: readonly ComparableCall[];
}

export interface ComparableCall {
  readonly run: string;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly attempts: number;
  readonly state: "succeeded" | "failed";
  readonly output?: Json;
}

export function comparable({ executions, ...trace }: Trace): ComparableRun {
  return { ...trace, calls: executions };
}

/** In words, what only one of the two did; empty when they agree. */
export function compareRuns(
  left: ComparableRun,
  right: ComparableRun,
  names: readonly [string, string],
): readonly string[] {
  const differences: string[] = [];
  const counts = new Map<string, number>();
  for (const call of left.calls) counts.set(callText(call), (counts.get(callText(call)) ?? 0) + 1);
  for (const call of right.calls) counts.set(callText(call), (counts.get(callText(call)) ?? 0) - 1);
  for (const [text, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (count !== 0)
      differences.push(
        `only ${names[count > 0 ? 0 : 1]}: ${text}${Math.abs(count) > 1 ? ` (${Math.abs(count)} times)` : ""}`,
      );
  }
  const [leftEnd, rightEnd] = [endText(left), endText(right)];
  if (leftEnd !== rightEnd) differences.push(`${names[0]} ${leftEnd}, but ${names[1]} ${rightEnd}`);
  return differences;
}

function callText({ run, inputs, attempts, state, output }: ComparableCall): string {
  return `${run} ${wireText(inputs)} ${state} after ${attempts}${output === undefined ? "" : ` with ${wireText(output)}`}`;
}

function endText({ state, output, error }: ComparableRun): string {
  if (state === "succeeded") return output === undefined ? state : `${state} with ${wireText(output)}`;
  return `${state} with ${JSON.stringify(error?.message)}${error?.attempt === undefined ? "" : ` at attempt ${error.attempt}`}`;
}
