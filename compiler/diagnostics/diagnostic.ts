/** A problem is a value. Passes return what they made and the problems they met; nothing is thrown for a user's mistake. */
import { type Code, catalog, type ParamsOf } from "./catalog.ts";

/** UTF-16 offsets into a file; `file` is relative to the project root, with `/`. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** Where something was written, and through which calls of helper functions it came to be (innermost first). */
export interface Origin {
  readonly span: Span;
  readonly via?: readonly Span[];
}

export type Severity = "error" | "warning" | "info";

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  /** What to write instead. */
  readonly help?: string;
  readonly span?: Span;
  readonly related: readonly { readonly span: Span; readonly message: string }[];
}

export function diagnostic<C extends Code>(
  code: C,
  params: ParamsOf<C>,
  at?: Span | Origin,
  related: Diagnostic["related"] = [],
): Diagnostic {
  const entry = catalog[code] as unknown as {
    severity: Severity;
    message: (params: ParamsOf<C>) => string;
    help?: (params: ParamsOf<C>) => string;
  };
  const origin = at === undefined ? undefined : "span" in at ? at : { span: at };
  const help = entry.help?.(params);
  return {
    code,
    severity: entry.severity,
    message: entry.message(params),
    ...(help === undefined ? {} : { help }),
    ...(origin === undefined ? {} : { span: origin.span }),
    related: [...related, ...(origin?.via ?? []).map((span) => ({ span, message: "called from here" }))],
  };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}
