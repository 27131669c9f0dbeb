/** Laying out Python: calls and lists on one line where they fit, else one argument a line, as the common formatters do. */
import type { Argument } from "./model.ts";

const WIDTH = 110;

/** `name = Operator(a=1, b=2)`, with `before` up to the parenthesis and `after` behind it. */
export function layOutCall(before: string, args: readonly Argument[], after: string, indent: string): string {
  const parts = args.map(([name, source]) => `${name}=${source}`);
  const line = `${indent}${before}(${parts.join(", ")})${after}`;
  if (line.length <= WIDTH && !line.includes("\n")) return line;
  return `${indent}${before}(\n${parts.map((part) => `${indent}    ${part},\n`).join("")}${indent})${after}`;
}

/** `[a, b]`, filled over several lines when too long; of one name, the name. */
export function layOutList(names: readonly string[], indent: string): string {
  if (names.length === 1) return names[0] ?? "";
  const line = `[${names.join(", ")}]`;
  if (indent.length + line.length <= WIDTH) return line;
  const rows: string[] = [];
  let row = `${indent}   `;
  for (const name of names) {
    if (row.length + name.length + 2 > WIDTH) {
      rows.push(row);
      row = `${indent}   `;
    }
    row += ` ${name},`;
  }
  return `[\n${[...rows, row].join("\n")}\n${indent}]`;
}

/** One `a >> b`. `from` is empty for a task without upstream. */
interface Edge {
  readonly from: readonly string[];
  readonly to: string;
}

/** Dependencies as lines of `a >> b >> [c, d]`: chains are joined, and tasks with the same single upstream are one list. */
export function layOutEdges(edges: readonly Edge[], indent: string): string[] {
  const followers = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const [only] = from;
    if (from.length > 1 || only === undefined) continue;
    const known = followers.get(only);
    if (known) known.push(to);
    else followers.set(only, [to]);
  }
  const lines: string[] = [];
  const lineOf = new Map<string, number>();
  const append = (head: string, from: string | undefined, to: readonly string[]): void => {
    const last = to.length === 1 ? to[0] : undefined;
    const index = from === undefined ? undefined : lineOf.get(from);
    const tail = ` >> ${layOutList(to, indent)}`;
    if (index !== undefined && (lines[index]?.length ?? 0) + tail.length <= WIDTH) {
      lines[index] += tail;
      if (last !== undefined) lineOf.set(last, index);
    } else {
      lines.push(`${indent}${head}${tail}`);
      if (last !== undefined) lineOf.set(last, lines.length - 1);
    }
    if (from !== undefined) lineOf.delete(from);
  };
  for (const { from, to } of edges) {
    const [only] = from;
    if (only === undefined) continue;
    if (from.length > 1) {
      append(layOutList(from, indent), undefined, [to]);
      continue;
    }
    const all = followers.get(only);
    if (all) append(only, only, all);
    followers.delete(only);
  }
  return lines;
}
