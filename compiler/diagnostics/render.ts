/** Diagnostics for people, with the lines that they speak of, and for programs. */
import picocolors from "picocolors";
import type { Diagnostic, Severity, Span } from "./diagnostic.ts";
import { type Lines, lineAt, linesOf, positionOf } from "./render-lines.ts";
import { visible, visibleLines, widthOf } from "./render-text.ts";

export interface RenderOptions {
  /** Texts by file, as spans name them. A span of a file that is not here is shown without its line. */
  readonly sources: ReadonlyMap<string, string>;
  readonly color?: boolean;
  /** Default 50; how many were left out is said. */
  readonly limit?: number;
}

/**
 *     error[TR2010]: a variable is changed inside a loop that only runs on the engine
 *       churn.pipeline.ts:24:7
 *        23 |     for (const fold of folds) {
 *        24 |       best = score.auc > best ? score.auc : best;
 *           |       ^^^^
 *        12 |   let best = 0;
 *           |       ---- declared outside the loop
 *       help: collect the results, then reduce them in a step
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  const { limit = 50 } = options;
  const renderer = new Renderer(options);
  const sorted = sortDiagnostics(diagnostics);
  const parts = sorted.slice(0, limit).map((diagnostic) => renderer.diagnostic(diagnostic));
  if (sorted.length > limit) parts.push(`... and ${sorted.length - limit} more\n`);
  return parts.join("\n");
}

/** `2 errors, 1 warning`; empty when there is nothing to count. */
export function renderCounts(diagnostics: readonly Diagnostic[]): string {
  const severities: readonly Severity[] = ["error", "warning", "info"];
  return severities
    .map((severity) => [severity, sortDiagnostics(diagnostics).filter((d) => d.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}${count === 1 || severity === "info" ? "" : "s"}`)
    .join(", ");
}

/** One JSON document, ending with a newline. Lines and columns count from 1, columns in UTF-16 units; `start` and `end` are offsets. */
export function renderJson(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>): string {
  const place = (span: Span) => {
    const text = sources.get(span.file);
    if (text === undefined) return span;
    const lines = linesOf(text);
    const { line, column } = positionOf(lines, span.start);
    const end = positionOf(lines, span.end);
    return { ...span, line, column, endLine: end.line, endColumn: end.column };
  };
  const items = sortDiagnostics(diagnostics).map(({ code, severity, message, help, span, related }) => ({
    ...{ code, severity, message },
    ...(help === undefined ? {} : { help }),
    ...(span === undefined ? {} : place(span)),
    related: related.map((item) => ({ message: item.message, ...place(item.span) })),
  }));
  return `${JSON.stringify({ version: 1, diagnostics: items }, null, 2)}\n`;
}

/** By file and position, those of no file first; the same thing said twice counts once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const keyed = diagnostics.map((diagnostic) => {
    const { span, code, message } = diagnostic;
    return { diagnostic, file: span?.file ?? "", start: span?.start ?? 0, rest: `${code}\n${message}` };
  });
  keyed.sort((a, b) => compare(a.file, b.file) || a.start - b.start || compare(a.rest, b.rest));
  return keyed
    .filter(({ file, start, rest }, i) => {
      const before = keyed[i - 1];
      return before?.file !== file || before.start !== start || before.rest !== rest;
    })
    .map(({ diagnostic }) => diagnostic);
}

/** Code units: the same order on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Excerpts are at most this wide: a generated file may be one line of a megabyte. */
const WIDTH = 140;

class Renderer {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #lines = new Map<string, Lines>();
  readonly #colors: ReturnType<typeof picocolors.createColors>;

  constructor({ sources, color = false }: RenderOptions) {
    this.#sources = sources;
    this.#colors = picocolors.createColors(color);
  }

  diagnostic({ code, severity, message, help, span, related }: Diagnostic): string {
    const { bold, cyan, dim, red, yellow } = this.#colors;
    const paint = { error: red, warning: yellow, info: cyan }[severity];
    const [first = "", ...rest] = visibleLines(message).split("\n");
    const numbers = [span, ...related.map((item) => item.span)].map(
      (at) => (at ? this.#position(at)?.line : undefined) ?? 1,
    );
    const gutter = String(Math.max(...numbers)).length + 2;
    const lines = [`${bold(paint(`${severity}[${code}]`))}${bold(`: ${first}`)}`, ...rest.map((line) => `  ${line}`)];
    if (span) {
      lines.push(dim(`  ${this.#placeName(span)}`));
      lines.push(...this.#excerpt(span, gutter, (marks) => paint(marks.replaceAll("-", "^")), "", true));
    }
    for (const { span: at, message: text } of related) {
      // Lines of the same file need no heading: their numbers say where they are.
      if (at.file !== span?.file) lines.push(dim(`  ${this.#placeName(at)}`));
      const excerpt = this.#excerpt(at, gutter, cyan, visible(text), false);
      lines.push(...(excerpt.length > 0 ? excerpt : [`  ${this.#placeName(at)}: ${visible(text)}`]));
    }
    if (help !== undefined) lines.push(`  ${bold("help:")} ${visibleLines(help).replaceAll("\n", "\n        ")}`);
    return `${lines.join("\n")}\n`;
  }

  #excerpt(span: Span, gutter: number, paint: (marks: string) => string, label: string, before: boolean): string[] {
    const lines = this.#linesOf(span.file);
    if (lines === undefined) return [];
    const { line, column } = this.#position(span) ?? { line: 1, column: 1 };
    const text = lineAt(lines, line) ?? "";
    const length = Math.max(1, Math.min(span.end - span.start, text.length - column + 1));
    const { shown, lead, marks } = windowOf(text, column - 1, length);
    const row = (number: string, content: string) =>
      `${this.#colors.dim(`${number.padStart(gutter + 2)} |`)} ${content}`.trimEnd();
    const previous = before && line > 1 ? lineAt(lines, line - 1) : undefined;
    return [
      ...(previous?.trim() ? [row(String(line - 1), windowOf(previous, 0, 0).shown)] : []),
      row(String(line), shown),
      row("", `${" ".repeat(lead)}${paint("-".repeat(marks))}${label === "" ? "" : ` ${label}`}`),
    ];
  }

  #placeName(span: Span): string {
    const at = this.#position(span);
    return at === undefined ? visible(span.file) : `${visible(span.file)}:${at.line}:${at.column}`;
  }

  #position(span: Span): { readonly line: number; readonly column: number } | undefined {
    const lines = this.#linesOf(span.file);
    return lines === undefined ? undefined : positionOf(lines, span.start);
  }

  #linesOf(file: string): Lines | undefined {
    const known = this.#lines.get(file);
    if (known) return known;
    const text = this.#sources.get(file);
    if (text === undefined) return undefined;
    const lines = linesOf(text);
    this.#lines.set(file, lines);
    return lines;
  }
}

/** The part of a line around a span, as it is shown, with the columns before the marks and of the marks. */
function windowOf(text: string, start: number, length: number): { shown: string; lead: number; marks: number } {
  const from = start + length <= WIDTH ? 0 : Math.max(0, start - WIDTH / 4);
  const to = Math.min(text.length, from + WIDTH);
  const end = Math.min(start + length, to);
  const [left, right] = [from > 0 ? "..." : "", to < text.length ? "..." : ""];
  const lead = left + visible(text.slice(from, start));
  const marked = visible(text.slice(start, end));
  return {
    shown: lead + marked + visible(text.slice(end, to)) + right,
    lead: widthOf(lead),
    marks: Math.max(1, widthOf(marked)),
  };
}
