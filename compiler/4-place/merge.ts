/**
 * Which isolated neighbours become one region. Only those that cannot couple failures which the pipeline keeps apart: nodes in strict series
 * (the second waits for the first alone, and nobody else waits for the first), and siblings with the same `after` that every outside reader
 * joins together.
 */
import type { Node, NodeId } from "../ir/types.ts";

export interface Unit {
  /** Siblings in source order. */
  readonly nodes: readonly Node[];
  /** Set when the unit is isolated. */
  readonly cluster?: string;
}

export function mergeUnits(units: readonly Unit[]): Unit[] {
  const graph = new UnitGraph(units);
  while (graph.mergeSiblings() || graph.mergeSeries()) {
    // Each merge can make another one possible; every one makes the graph smaller.
  }
  return graph.units();
}

class UnitGraph {
  readonly #nodes = new Map<number, Unit>();
  readonly #before = new Map<number, Set<number>>();
  readonly #behind = new Map<number, Set<number>>();

  constructor(units: readonly Unit[]) {
    const at = new Map<NodeId, number>();
    units.forEach((unit, index) => {
      this.#nodes.set(index, unit);
      this.#before.set(index, new Set());
      this.#behind.set(index, new Set());
      for (const node of unit.nodes) at.set(node.id, index);
    });
    units.forEach((unit, index) => {
      for (const id of unit.nodes.flatMap((node) => node.after)) {
        const from = at.get(id);
        if (from !== undefined) this.#link(from, index);
      }
    });
  }

  /** In an order in which every unit stands behind what it waits for, as near to the source as that allows. */
  units(): Unit[] {
    const done = new Set<number>();
    const ordered: Unit[] = [];
    const visit = (index: number): void => {
      if (done.has(index)) return;
      done.add(index);
      for (const from of [...this.#of(this.#before, index)].sort((a, b) => a - b)) visit(from);
      const unit = this.#nodes.get(index);
      if (unit !== undefined) ordered.push(unit);
    };
    for (const index of [...this.#nodes.keys()].sort((a, b) => a - b)) visit(index);
    return ordered;
  }

  mergeSeries(): boolean {
    let merged = false;
    for (const [index, unit] of [...this.#nodes]) {
      if (!this.#nodes.has(index) || unit.cluster === undefined) continue;
      for (;;) {
        const [next, ...others] = this.#of(this.#behind, index);
        if (next === undefined || others.length > 0 || this.#of(this.#before, next).size !== 1) break;
        if (this.#nodes.get(next)?.cluster !== unit.cluster) break;
        this.#merge(index, next);
        merged = true;
      }
    }
    return merged;
  }

  mergeSiblings(): boolean {
    const alike = new Map<string, number[]>();
    for (const [index, unit] of this.#nodes) {
      if (unit.cluster === undefined) continue;
      const key = JSON.stringify([
        unit.cluster,
        sorted(this.#of(this.#before, index)),
        sorted(this.#of(this.#behind, index)),
      ]);
      alike.set(key, [...(alike.get(key) ?? []), index]);
    }
    let merged = false;
    for (const [first, ...others] of alike.values()) {
      if (first === undefined) continue;
      for (const other of others) this.#merge(first, other);
      merged ||= others.length > 0;
    }
    return merged;
  }

  #merge(into: number, from: number): void {
    const a = this.#nodes.get(into);
    const b = this.#nodes.get(from);
    if (a === undefined || b === undefined) return;
    this.#nodes.set(into, { ...a, nodes: [...a.nodes, ...b.nodes] });
    for (const index of this.#of(this.#before, from)) {
      this.#of(this.#behind, index).delete(from);
      if (index !== into) this.#link(index, into);
    }
    for (const index of this.#of(this.#behind, from)) {
      this.#of(this.#before, index).delete(from);
      if (index !== into) this.#link(into, index);
    }
    this.#nodes.delete(from);
    this.#before.delete(from);
    this.#behind.delete(from);
  }

  #link(from: number, to: number): void {
    this.#of(this.#behind, from).add(to);
    this.#of(this.#before, to).add(from);
  }

  #of(map: Map<number, Set<number>>, index: number): Set<number> {
    const found = map.get(index);
    if (found !== undefined) return found;
    const made = new Set<number>();
    map.set(index, made);
    return made;
  }
}

function sorted(numbers: ReadonlySet<number>): number[] {
  return [...numbers].sort((a, b) => a - b);
}
