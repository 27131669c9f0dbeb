/** A file's text as lines, for people: lines and columns count from 1, columns in UTF-16 units. */

export interface Lines {
  readonly text: string;
  /** Offsets at which lines start. */
  readonly starts: readonly number[];
}

/** A line ends with `\n`, `\r\n` or `\r`, as in TypeScript. */
export function linesOf(text: string): Lines {
  const starts = [0];
  for (const end of text.matchAll(/\r\n|\r|\n/g)) starts.push(end.index + end[0].length);
  return { text, starts };
}

/** An offset past the end counts as the end of the text. */
export function positionOf(
  { text, starts }: Lines,
  offset: number,
): { readonly line: number; readonly column: number } {
  const at = Math.min(offset, text.length);
  let line = starts.findIndex((start) => start > at);
  if (line === -1) line = starts.length;
  return { line, column: at - (starts[line - 1] ?? 0) + 1 };
}

/** Without its line end; undefined when there is no such line. */
export function lineAt({ text, starts }: Lines, line: number): string | undefined {
  const start = starts[line - 1];
  return start === undefined ? undefined : text.slice(start, starts[line] ?? text.length).replace(/[\r\n]+$/, "");
}
