/**
 * IR → IR: a block that is too long for one DAG becomes blocks in blocks. Only what cannot couple failures that the pipeline keeps apart goes into one:
 * steps in strict series, and siblings that wait for the same and for which the same wait. Each such group can stand for its members: whoever waits for
 * one of them waits for all of them anyway, and it itself waits for what each of them waits for.
 *
 * A group is a `try` that catches nothing, which is a block (places.ts); references go through it as they go through every block.
 */
import { invariant } from "../../compiler/invariant.ts";
import type { Block, Node, NodeId } from "../../compiler/ir/types.ts";
import { type Places, placesOf } from "./places.ts";
import { dependenciesOf, type Plan } from "./plan.ts";

/** Of the CRD: `dag.tasks` and `templates` take this many. */
export const LIMIT = 200;
/** Of steps in one group: the controller looks at all tasks of a running DAG again whenever something happened. */
const GROUP = 50;

/** A part of a block: one node, or parts one after the other or side by side, however deep. */
interface Part {
  /** In source order. */
  readonly nodes: readonly Node[];
  readonly kind: "node" | "series" | "parallel";
  /** Of a series or of siblings; none of them of the same kind. */
  readonly parts: readonly Part[];
}

export function nest(body: Block, waits: Plan["waits"]): Block {
  const nester = new Nester(body, waits);
  return nester.block(body);
}

class Nester {
  readonly #places: Places;
  readonly #waits: Plan["waits"];
  readonly #taken: Set<NodeId>;

  constructor(body: Block, waits: Plan["waits"]) {
    this.#places = placesOf(body);
    this.#waits = waits;
    this.#taken = new Set(this.#places.keys());
  }

  block(block: Block): Block {
    const inside = new Map(block.nodes.map((node) => [node.id, this.#inside(node)]));
    const nodes = [...inside.values()];
    if (nodes.length <= LIMIT) return { ...block, nodes };
    const before = dependenciesOf(block, { places: this.#places, waits: this.#waits });
    const parts = partsOf(nodes, before);
    return { ...block, nodes: parts.length > LIMIT ? nodes : this.#content(parts) };
  }

  #inside(node: Node): Node {
    switch (node.kind) {
      case "branch":
        return { ...node, then: this.block(node.then), else: this.block(node.else) };
      case "forEach":
        return { ...node, body: this.block(node.body) };
      case "try":
        return {
          ...node,
          body: this.block(node.body),
          ...(node.handler ? { handler: this.block(node.handler) } : {}),
          ...(node.finally ? { finally: this.block(node.finally) } : {}),
        };
      default:
        return node;
    }
  }

  /** The DAG of these parts: as much of what is in them as it can hold, the rest in groups. */
  #content(parts: readonly Part[]): readonly Node[] {
    const list = [...parts];
    for (;;) {
      const largest = list.reduce((most, part, at) => (sizeAt(list, most) < part.nodes.length ? at : most), 0);
      const inner = list[largest]?.parts ?? [];
      if (inner.length === 0 || list.length - 1 + inner.length > Math.max(GROUP, parts.length)) break;
      list.splice(largest, 1, ...inner);
    }
    const [only, ...others] = list;
    return only && others.length === 0 ? this.#runs(only) : list.map((part) => this.#group(part));
  }

  /** More parts than a DAG should hold: neighbours together. */
  #runs(part: Part): readonly Node[] {
    if (part.kind === "node") return part.nodes;
    const groups = runsOf(part.parts, GROUP, ({ nodes }) => nodes.length).map((run) =>
      this.#group({ nodes: run.flatMap(({ nodes }) => nodes), kind: part.kind, parts: run }),
    );
    if (groups.length <= LIMIT) return groups;
    return runsOf(groups, Math.ceil(groups.length / LIMIT), () => 1).map((run) => this.#made(run, run));
  }

  #group(part: Part): Node {
    const [only, ...others] = part.nodes;
    return only && others.length === 0 ? only : this.#made(part.nodes, this.#content([part]));
  }

  /** Named after its first and last step, such as `clean-to-train`. */
  #made(nodes: readonly Node[], content: readonly Node[]): Node {
    const [first, last] = [nodes[0], nodes.at(-1)];
    invariant(first && last, "a group of nothing");
    const [from, to] = [first.id.split("-to-")[0] ?? "", last.id.split("-to-").at(-1) ?? ""];
    let id = `${from}-to-${to}`;
    if (id.length > 100) id = `${from.slice(0, 80)}-and-on`;
    while (this.#taken.has(id)) id += "-x";
    this.#taken.add(id);
    const nothing = { kind: "absent" } as const;
    return {
      kind: "try",
      id,
      after: [],
      origin: first.origin,
      body: { nodes: content, result: nothing },
      type: nothing,
    };
  }
}

function sizeAt(parts: readonly Part[], at: number): number {
  return parts[at]?.nodes.length ?? 0;
}

/** Neighbours together, as many as make up `size`; what is larger alone stays alone. */
function runsOf<T>(items: readonly T[], size: number, sizeOf: (item: T) => number): readonly (readonly T[])[] {
  const runs: T[][] = [];
  let filled = 0;
  for (const item of items) {
    const run = runs.at(-1);
    filled += sizeOf(item);
    if (run && filled <= size) run.push(item);
    else {
      runs.push([item]);
      filled = sizeOf(item);
    }
  }
  return runs;
}

/** The members of a block in as few parts as there are without coupling anything, each behind what it waits for. */
export function partsOf(nodes: readonly Node[], before: ReadonlyMap<NodeId, readonly NodeId[]>): readonly Part[] {
  const graph = new Graph(nodes, before);
  while (graph.joinSiblings() || graph.joinSeries()) {
    // Each makes the other one possible, and the graph smaller.
  }
  return graph.parts();
}

class Graph {
  readonly #parts = new Map<number, Part>();
  readonly #before = new Map<number, Set<number>>();
  readonly #behind = new Map<number, Set<number>>();

  constructor(nodes: readonly Node[], before: ReadonlyMap<NodeId, readonly NodeId[]>) {
    const at = new Map(nodes.map((node, index) => [node.id, index]));
    for (const [index, node] of nodes.entries()) {
      this.#parts.set(index, { nodes: [node], kind: "node", parts: [] });
      this.#before.set(index, new Set());
      this.#behind.set(index, new Set());
    }
    for (const [index, node] of nodes.entries()) {
      for (const other of before.get(node.id) ?? []) {
        const from = at.get(other);
        if (from === undefined) continue;
        setOf(this.#before, index).add(from);
        setOf(this.#behind, from).add(index);
      }
    }
  }

  /** By their first nodes that is an order of the whole: a part's first node waits for all that the part waits for. */
  parts(): readonly Part[] {
    const done = new Set<number>();
    const ordered: Part[] = [];
    const waiting = [...this.#parts.keys()].sort((a, b) => b - a);
    for (let index = waiting.at(-1); index !== undefined; index = waiting.at(-1)) {
      const missing = [...setOf(this.#before, index)].filter((other) => !done.has(other)).sort((a, b) => b - a);
      if (missing.length > 0 && !done.has(index)) {
        waiting.push(...missing);
        continue;
      }
      waiting.pop();
      const part = this.#parts.get(index);
      if (part && !done.has(index)) ordered.push(part);
      done.add(index);
    }
    return ordered;
  }

  /** Parts that wait for the same ones, and for which the same ones wait. */
  joinSiblings(): boolean {
    const alike = new Map<string, number[]>();
    for (const index of this.#parts.keys()) {
      const key = [this.#before, this.#behind].map((sets) => [...setOf(sets, index)].sort((a, b) => a - b).join());
      const siblings = alike.get(key.join("|"));
      if (siblings) siblings.push(index);
      else alike.set(key.join("|"), [index]);
    }
    let joined = false;
    for (const [first, ...others] of alike.values()) {
      if (first === undefined || others.length === 0) continue;
      this.#join("parallel", [first, ...others]);
      joined = true;
    }
    return joined;
  }

  /** Parts of which each but the first waits for the one before it alone, and nobody else waits for that one. */
  joinSeries(): boolean {
    let joined = false;
    for (const index of [...this.#parts.keys()]) {
      if (!this.#parts.has(index) || this.#next(this.#previous(index)) === index) continue;
      const chain = [index];
      for (let next = this.#next(index); next !== undefined; next = this.#next(next)) chain.push(next);
      if (chain.length < 2) continue;
      this.#join("series", chain);
      joined = true;
    }
    return joined;
  }

  /** The only one behind, if it waits for nothing else. */
  #next(index: number | undefined): number | undefined {
    if (index === undefined) return undefined;
    const [next, ...others] = setOf(this.#behind, index);
    return next !== undefined && others.length === 0 && setOf(this.#before, next).size === 1 ? next : undefined;
  }

  #previous(index: number): number | undefined {
    const [previous, ...others] = setOf(this.#before, index);
    return others.length === 0 ? previous : undefined;
  }

  #join(kind: "series" | "parallel", members: readonly number[]): void {
    const parts = members.map((index) => this.#parts.get(index)).filter((part) => part !== undefined);
    const [first, last] = [members[0], members.at(-1)];
    invariant(first !== undefined && last !== undefined, "nothing to join");
    // What comes in comes in at the first, what goes out goes out at the last; siblings have both in common.
    const before = setOf(this.#before, first);
    const behind = setOf(this.#behind, last);
    const gone = new Set(members);
    for (const other of before) {
      const sets = setOf(this.#behind, other);
      for (const index of gone) sets.delete(index);
      sets.add(first);
    }
    for (const other of behind) {
      const sets = setOf(this.#before, other);
      for (const index of gone) sets.delete(index);
      sets.add(first);
    }
    for (const index of members) {
      this.#parts.delete(index);
      this.#before.delete(index);
      this.#behind.delete(index);
    }
    const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
    this.#parts.set(first, { nodes: parts.flatMap(({ nodes }) => nodes), kind, parts: flat });
    this.#before.set(first, before);
    this.#behind.set(first, behind);
  }
}

function setOf(sets: ReadonlyMap<number, Set<number>>, index: number): Set<number> {
  const found = sets.get(index);
  invariant(found, `part ${index} is not in the graph`);
  return found;
}
