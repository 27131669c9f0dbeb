/**
 * A target's support table says of every node kind, operator and option what the engine does with it. The entry is the lowering: a refused
 * construct has no code, and an honoured one cannot lack it. Documentation and refusal tests are made from these tables.
 */
export type Support<F> =
  | { readonly honour: F }
  /** The engine has no such thing, but the same meaning can be built; `how` says from what. */
  | { readonly emulate: F; readonly how: string }
  | { readonly refuse: string; readonly instead: string };

export function supported<F>(entry: Support<F>): F | undefined {
  if ("honour" in entry) return entry.honour;
  if ("emulate" in entry) return entry.emulate;
  return undefined;
}
