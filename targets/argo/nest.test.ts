/** Nesting changes nothing: whatever fails, the same nodes run as without it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Block, Node, NodeId } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";
import { LIMIT, nest } from "./nest.ts";
import { placesOf } from "./places.ts";
import { dependenciesOf } from "./plan.ts";
import { ir } from "./testing.ts";

/** What each node waits for, groups for all that their members wait for. */
function waitsOf(body: Block): ReadonlyMap<NodeId, ReadonlySet<NodeId>> {
  const places = placesOf(body);
  const waits = new Map<NodeId, Set<NodeId>>();
  for (const node of nodesOf(body)) {
    for (const other of node.after) {
      for (const at of [node.id, ...(places.get(node.id)?.owners ?? []).map(({ node: { id } }) => id)])
        waits.set(at, (waits.get(at) ?? new Set()).add(other));
    }
  }
  return waits;
}

/** Nodes that run when those of `failing` fail, a DAG in a DAG as Argo runs it: it starts when all that it waits for succeeded. */
function ran(
  block: Block,
  all: Block,
  failing: ReadonlySet<NodeId>,
  into = new Set<NodeId>(),
): { ok: boolean; into: Set<NodeId> } {
  const before = dependenciesOf(block, { places: placesOf(all), waits: waitsOf(all) });
  const succeeded = new Set<NodeId>();
  for (const node of block.nodes) {
    if (!(before.get(node.id) ?? []).every((other) => succeeded.has(other))) continue;
    if (node.kind === "try") {
      if (ran(node.body, all, failing, into).ok) succeeded.add(node.id);
    } else {
      into.add(node.id);
      if (!failing.has(node.id)) succeeded.add(node.id);
    }
  }
  return { ok: succeeded.size === block.nodes.length, into };
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Series and siblings in each other, as `await` and `Promise.all` make them. */
function shape(size: number, next: (below: number) => number): Node[] {
  const nodes: Node[] = [];
  const make = (count: number, after: readonly NodeId[]): readonly NodeId[] => {
    if (count <= 1) {
      const id = `n${nodes.length}`;
      nodes.push(ir.task(id, after));
      return [id];
    }
    const parts = 2 + next(Math.min(count - 1, 40));
    const share = Math.max(1, Math.floor(count / parts));
    if (next(2) === 0) {
      let last = after;
      for (let part = 0; part < parts; part += 1) last = make(share, last);
      return last;
    }
    return Array.from({ length: parts }, () => make(share, after)).flat();
  };
  while (nodes.length < size) {
    const sinks = nodes.filter(({ id }) => !nodes.some(({ after }) => after.includes(id))).map(({ id }) => id);
    make(size - nodes.length, sinks);
  }
  return nodes;
}

function checked(nodes: readonly Node[], next: (below: number) => number): Block {
  const body = ir.block(nodes);
  const nested = nest(body, waitsOf(body));
  for (const { nodes: inside } of [
    nested,
    ...[...nodesOf(nested)].flatMap((node) => (node.kind === "try" ? [node.body] : [])),
  ])
    assert.ok(inside.length <= LIMIT, `${inside.length} in one DAG`);
  const tasks = (block: Block): NodeId[] =>
    [...nodesOf(block)]
      .filter(({ kind }) => kind === "task")
      .map(({ id }) => id)
      .sort();
  assert.deepEqual(tasks(nested), tasks(body));
  for (let round = 0; round < 4; round += 1) {
    const failing = new Set(Array.from({ length: round }, () => nodes[next(nodes.length)]?.id ?? ""));
    assert.deepEqual([...ran(nested, nested, failing).into].sort(), [...ran(body, body, failing).into].sort());
  }
  return nested;
}

test("whatever fails, the same nodes run", () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const next = random(seed);
    checked(shape(210 + next(300), next), next);
  }
});

test("a chain whose steps each fork one more is not nested too deep for Argo", () => {
  const nodes = Array.from({ length: 400 }, (_, at) =>
    ir.task(`n${at}`, at === 0 ? [] : [`n${at % 2 === 0 ? at - 2 : at - 1}`]),
  );
  const nested = checked(
    [
      ...nodes,
      ir.task(
        "end",
        nodes.filter((_, at) => at % 2 === 1).map(({ id }) => id),
      ),
    ],
    random(1),
  );
  const depth = (block: Block): number =>
    1 + Math.max(0, ...block.nodes.map((node) => (node.kind === "try" ? depth(node.body) : 0)));
  assert.ok(depth(nested) <= 20, `${depth(nested)} deep`);
});

test("what fits is left as it is", () => {
  const body = ir.block([ir.task("a"), ir.task("b", ["a"])]);
  assert.deepEqual(nest(body, waitsOf(body)), body);
});
