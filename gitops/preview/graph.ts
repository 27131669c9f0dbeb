/** A pipeline as boxes and lines: columns by how far a node is from the start, each compound node's inside as a group of its own rows. */
import type { Block, Node } from "../../compiler/ir/types.ts";
import { blocksOf } from "../../compiler/ir/walk.ts";
import type { PipelineSnapshot } from "../snapshot.ts";

export interface Graph {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number }[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly textX: number;
  readonly textY: number;
  readonly label: string;
  readonly kind: string;
  readonly state: "same" | "added" | "removed" | "changed";
}

const CELL = { width: 190, height: 44, gapX: 36, gapY: 16 };

/** `other` is the pipeline on the other side: what differs from it is coloured. */
export function graphOf(one: PipelineSnapshot, other: PipelineSnapshot | undefined, side: "base" | "head"): Graph {
  const others = new Map(flat(other?.pipeline.body).map((node) => [node.id, node]));
  const boxes: Box[] = [];
  const lines: Graph["lines"][number][] = [];
  const state = (node: Node): Box["state"] => {
    const twin = others.get(node.id);
    if (twin === undefined) return side === "head" ? "added" : "removed";
    const step = (of: PipelineSnapshot | undefined, { ...it }: Node) =>
      it.kind === "task" ? JSON.stringify([of?.pipeline.steps[it.step], of?.images[it.step]]) : "";
    return shallow(node) === shallow(twin) && step(one, node) === step(other, twin) ? "same" : "changed";
  };
  /** @returns the columns and rows that the block took. */
  const place = (block: Block, column: number, row: number): { columns: number; rows: number } => {
    const starts = new Map<string, { end: number; y: number; out: number }>();
    const free = new Map<number, number>();
    let [columns, rows] = [0, 0];
    for (const node of block.nodes) {
      const start = Math.max(0, ...node.after.map((id) => starts.get(id)?.end ?? 0));
      const blocks = blocksOf(node).filter(({ nodes }) => nodes.length > 0);
      const own = Math.max(0, ...[...free].filter(([at]) => at >= start).map(([, used]) => used));
      let [wide, high] = [1, 1];
      let inside = own + 1;
      for (const inner of blocks) {
        const size = place(inner, column + start, row + inside);
        wide = Math.max(wide, size.columns);
        inside += size.rows;
      }
      high = Math.max(high, inside - own);
      const [x, y] = [(column + start) * (CELL.width + CELL.gapX) + 10, (row + own) * (CELL.height + CELL.gapY) + 10];
      const label = node.id.length > 24 ? `${node.id.slice(0, 23)}…` : node.id;
      boxes.push({ x, y, ...CELL, textX: x + 10, textY: y + 27, label, kind: node.kind, state: state(node) });
      for (const id of node.after) {
        const from = starts.get(id);
        if (from) lines.push({ x1: from.out, y1: from.y, x2: x, y2: y + CELL.height / 2 });
      }
      starts.set(node.id, { end: start + wide, y: y + CELL.height / 2, out: x + CELL.width });
      for (let at = start; at < start + wide; at++) free.set(at, own + high);
      columns = Math.max(columns, start + wide);
      rows = Math.max(rows, own + high);
    }
    return { columns, rows };
  };
  const { columns, rows } = place(one.pipeline.body, 0, 0);
  return {
    width: columns * (CELL.width + CELL.gapX) + 20,
    height: rows * (CELL.height + CELL.gapY) + 20,
    boxes,
    lines,
  };
}

function flat(block: Block | undefined): Node[] {
  return (block?.nodes ?? []).flatMap((node) => [node, ...blocksOf(node).flatMap(flat)]);
}

/** The node without what is inside it. */
function shallow(node: Node): string {
  return JSON.stringify(node, (key, value) =>
    ["body", "then", "else", "handler", "finally", "block"].includes(key) ? undefined : value,
  );
}
