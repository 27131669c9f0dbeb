/** The first line in which two texts differ (1-based), or nothing when they are equal or one of them is no text. */
export function firstDifference(
  left: Uint8Array,
  right: Uint8Array,
): { readonly line: number; readonly left: string; readonly right: string } | undefined {
  const [one, other] = [left, right].map((bytes) => Buffer.from(bytes).toString("utf8"));
  if (one === undefined || other === undefined || one.includes("\0") || other.includes("\0")) return undefined;
  const lines = one.split("\n");
  const others = other.split("\n");
  for (let line = 0; line < Math.max(lines.length, others.length); line++) {
    if (lines[line] !== others[line]) return { line: line + 1, left: lines[line] ?? "", right: others[line] ?? "" };
  }
  return undefined;
}
