/** Two locks → what is not the same, for `lock --check`, and which entries nobody uses. */
import { type Diagnostic, diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Lock } from "./lock.ts";

export interface LockChange {
  /** An image reference, `runtime`, a requirements file. */
  readonly name: string;
  /** Digests. Absent: it was not there, or is not used any more. */
  readonly locked?: string;
  readonly now?: string;
}

export function lockChanges(before: Lock | undefined, now: Lock): readonly LockChange[] {
  const old = before === undefined ? {} : digestsOf(before);
  const fresh = digestsOf(now);
  const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])].sort();
  return names
    .filter((name) => old[name] !== fresh[name])
    .map((name) => ({
      name,
      ...(old[name] === undefined ? {} : { locked: old[name] }),
      ...(fresh[name] === undefined ? {} : { now: fresh[name] }),
    }));
}

function digestsOf(lock: Lock): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(
      Object.entries({ ...lock.images, ...lock.requirements }).map(([name, { digest }]) => [name, digest]),
    ),
    runtime: lock.runtime.digest,
  };
}

/** Error TR7006: what is locked and not used. `references` are those of all pipelines. */
export function staleEntries(lock: Lock, references: ReadonlyMap<string, unknown>): readonly Diagnostic[] {
  const names = Object.keys(lock.images).filter((name) => !references.has(name));
  return names.length === 0 ? [] : [diagnostic("TR7006", { names })];
}
