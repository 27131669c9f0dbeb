/** Text of strangers on a terminal: nothing in it may move the cursor, change the colour or turn the reading direction. */

/** What has no picture of its own: control characters, and the format characters of Unicode (bidirectional marks, zero-width, tags). */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line; invisible characters as `<U+202E>`, a tab as two spaces. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (char) => (char === "\t" ? "  " : codePoint(char)));
}

/** Several lines stay several; everything else as in `visible`. */
export function visibleLines(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(visible)
    .join("\n");
}

/** Columns that the text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += /\p{M}/u.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

/** East Asian wide and full-width characters and emoji, near enough for a caret to stand below the right word. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

function codePoint(char: string): string {
  return `<U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`;
}
