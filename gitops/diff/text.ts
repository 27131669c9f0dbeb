/** The third level of a diff: lines. */
import { createTwoFilesPatch } from "diff";
import type { Snapshot } from "../snapshot.ts";
import { changedFiles, logicalText, textOf } from "./files.ts";

export interface TextChange {
  readonly path: string;
  readonly action: "added" | "removed" | "changed";
  /** A unified diff, or why there is none. */
  readonly patch: string;
  readonly added: number;
  readonly removed: number;
}

/** Of one file: above, a diff of lines costs more than anybody reads. */
const MOST_CHARACTERS = 400_000;

export function diffText(base: Snapshot, head: Snapshot): readonly TextChange[] {
  const cache = new Map<string, Omit<TextChange, "path" | "action">>();
  return changedFiles(base, head).flatMap(({ path, before, after }) => {
    const action = before === undefined ? "added" : after === undefined ? "removed" : "changed";
    const key = `${before} ${after}`;
    const known =
      cache.get(key) ?? patchOf(logicalText(textOf(base, before)), logicalText(textOf(head, after)), before, after);
    cache.set(key, known);
    return action === "changed" && known.patch === "" ? [] : [{ path, action, ...known }];
  });
}

function patchOf(
  before: string | undefined,
  after: string | undefined,
  beforeHash: string | undefined,
  afterHash: string | undefined,
): Omit<TextChange, "path" | "action"> {
  const nothing = { added: 0, removed: 0 };
  if ((before === undefined && beforeHash !== undefined) || (after === undefined && afterHash !== undefined))
    return { patch: "binary", ...nothing };
  if ((before?.length ?? 0) + (after?.length ?? 0) > MOST_CHARACTERS)
    return { patch: "too large to compare", ...nothing };
  const whole = createTwoFilesPatch("a", "b", before ?? "", after ?? "", "", "", { context: 3, timeout: 2000 }) as
    | string
    | undefined;
  if (whole === undefined) return { patch: "too different to compare", ...nothing };
  const lines = whole.split("\n").slice(3);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { patch: lines.join("\n").trimEnd(), added: count("+"), removed: count("-") };
}
