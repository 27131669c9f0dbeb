// The text of a documentation comment. TypeScript's own reading of it overlooks `{ /** Which day. */ day: string }` on one line, which is how
// people write short parameter lists.
import { type TS, ts } from "../typescript.ts";

/** Up to the first tag (`@default` and the like); `undefined` when there is none. */
export function docOf(node: TS.Node): string | undefined {
  const ast = node.getSourceFile();
  const { text } = ast;
  const start = node.getStart(ast);
  const onSameLine = (ts.getTrailingCommentRanges(text, node.pos) ?? []).filter(
    // A comment that a line end follows is about what stands before it.
    ({ end }) => !text.slice(end, start).includes("\n"),
  );
  const comment = [...onSameLine, ...(ts.getLeadingCommentRanges(text, node.pos) ?? [])]
    .map(({ pos, end }) => text.slice(pos, end))
    .findLast((candidate) => candidate.startsWith("/**") && candidate !== "/**/");
  return comment === undefined ? undefined : contentOf(comment);
}

function contentOf(comment: string): string | undefined {
  const lines = comment
    .slice("/**".length, -"*/".length)
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  const tag = lines.findIndex((line) => /^\s*@\w/.test(line));
  const content = (tag < 0 ? lines : lines.slice(0, tag)).join("\n").trim();
  return content === "" ? undefined : content;
}
