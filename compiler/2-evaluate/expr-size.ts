/**
 * How large an expression is when it is written out. `x = x && y` in a known loop makes it deep, `x = [x, x]` makes a small graph that unfolds to
 * billions of parts; later passes walk the unfolded form.
 */
import type { Expr } from "../ir/types.ts";

interface Size {
  readonly parts: number;
  readonly depth: number;
}

const MOST: Size = { parts: 10_000, depth: 200 };

const sizes: WeakMap<Expr, Size> = new WeakMap();

export function isTooLarge(expr: Expr): boolean {
  const { parts, depth } = sizeOf(expr);
  return parts > MOST.parts || depth > MOST.depth;
}

/** Each part is measured once, when the expression around it is made, so this never goes deep. */
export function sizeOf(expr: Expr): Size {
  const known = sizes.get(expr);
  if (known !== undefined) return known;
  let parts = 1;
  let depth = 0;
  for (const inner of partsOf(expr)) {
    const size = sizeOf(inner);
    parts += size.parts;
    depth = Math.max(depth, size.depth);
  }
  const size = { parts, depth: depth + 1 };
  sizes.set(expr, size);
  return size;
}

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "literal":
    case "absent":
    case "ref":
      return [];
    case "call":
      return expr.args;
    case "list":
      // A long flat list is data, not structure.
      return expr.items.filter((item) => item.kind !== "literal");
    case "record":
      return Object.values(expr.fields).filter((field) => field.kind !== "literal");
    case "comprehension":
      return [expr.items, expr.each, ...(expr.where === undefined ? [] : [expr.where])];
  }
}
