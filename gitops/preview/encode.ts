/** Text of strangers in Markdown: it may not format, link, mention, hide or close anything. One encoder for each place where it lands. */
import { visible } from "../../compiler/diagnostics/render-text.ts";
import type { Words } from "../diff/say.ts";

/** A code span: a fence longer than any run of backticks inside. In one, GitHub mentions nobody and links nothing. */
export function codeSpan(text: string): string {
  const shown = visible(text.replace(/[\r\n]+/g, " "));
  if (shown.trim() === "") return "` `";
  const fence = "`".repeat(longestRun(shown) + 1);
  const pad = shown.startsWith("`") || shown.endsWith("`") ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** A fenced block; `language` is ours. */
export function codeBlock(text: string, language = ""): string {
  const shown = text
    .split(/\r\n|\r|\n/)
    .map(visible)
    .join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}${language}\n${shown}\n${fence}`;
}

/** Running text: every character that Markdown or GitHub gives a meaning to stands for itself. */
export function prose(text: string): string {
  return visible(text.replace(/[\r\n]+/g, " "))
    .replace(/[\\`*_{}[\]()<>#+!|~&:$-]/g, (char) => `&#${char.codePointAt(0)};`)
    .replace(/@/g, "&#64;&#8203;")
    .replace(/www\./gi, (text) => `${text.slice(0, 3)}&#46;`);
}

export function markdown(words: Words): string {
  return words.map((word) => (typeof word === "string" ? word : codeSpan(word.code))).join("");
}

/** Inside HTML tags of ours, such as `<summary>`. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"'`@]/g, (char) => `&#${char.codePointAt(0)};`);
}

export function bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
