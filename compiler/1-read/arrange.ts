/** Diagnostics in the order of reading, without repetition. */
import type { Diagnostic, Span } from "../diagnostics/diagnostic.ts";

/** What TypeScript says about the inside of something that was refused as a whole is left out. */
export function withoutNoise(diagnostics: readonly Diagnostic[], refused: readonly Span[]): readonly Diagnostic[] {
  return diagnostics.filter(({ span }) => span === undefined || !refused.some((whole) => contains(whole, span)));
}

function contains(outer: Span, inner: Span): boolean {
  return outer.file === inner.file && outer.start <= inner.start && inner.end <= outer.end;
}

/** By file and position; a problem that was met twice is told once. */
export function arrange(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = new Map(diagnostics.map((problem) => [keyOf(problem), problem]));
  return [...unique.values()].sort(
    (a, b) =>
      compare(a.span?.file ?? "", b.span?.file ?? "") ||
      (a.span?.start ?? 0) - (b.span?.start ?? 0) ||
      (a.span?.end ?? 0) - (b.span?.end ?? 0) ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  );
}

function keyOf({ code, span, message }: Diagnostic): string {
  return JSON.stringify([code, span?.file, span?.start, span?.end, message]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
