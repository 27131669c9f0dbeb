/** Everything that must be known before the first template is written: what each pod reads, what tasks compute ahead, what goes up through templates. */
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { invariant } from "../../compiler/invariant.ts";
import type { Block, Expr, NodeId } from "../../compiler/ir/types.ts";
import { blocksOf, exprsOf, nodesOf, refsInBlock, refsOf } from "../../compiler/ir/walk.ts";
import { Engine, type EngineExpr, type Extras } from "./engine.ts";
import { type Value, valueName } from "./names.ts";
import type { Mode } from "./parameters.ts";
import { isGroup, memberOf, type Places, placeOf, placesOf } from "./places.ts";
import { type Bodies, type Reads, readsOf } from "./reads.ts";
import { resolve } from "./resolve.ts";

export interface Plan {
  readonly body: Block;
  readonly places: Places;
  readonly mode: Mode;
  /** Of each branch. */
  readonly conditions: ReadonlyMap<NodeId, EngineExpr>;
  /** Of each loop. */
  readonly lengths: ReadonlyMap<NodeId, EngineExpr>;
  readonly extras: Extras;
  /** Of each task. */
  readonly reads: ReadonlyMap<NodeId, Reads>;
  /** Tasks whose wire the engine carries (others are only gathered, or not read at all). */
  readonly carried: ReadonlySet<NodeId>;
  /** Tasks that leave in the store how they ended: others fetch it. */
  readonly kept: ReadonlySet<NodeId>;
  /** What a compound node's template gives to the outside. */
  readonly exports: ReadonlyMap<NodeId, readonly Value[]>;
  /** What a node or anything in it waits for: ids at any depth. */
  readonly waits: ReadonlyMap<NodeId, ReadonlySet<NodeId>>;
}

export function planOf(
  body: Block,
  mode: Mode,
  outputs: readonly NodeId[],
  bodies: Bodies,
): { plan: Plan; diagnostics: readonly Diagnostic[] } {
  const places = placesOf(body);
  const engine = new Engine(places, mode);
  const diagnostics: Diagnostic[] = [];
  const conditions = new Map<NodeId, EngineExpr>();
  const lengths = new Map<NodeId, EngineExpr>();
  for (const node of nodesOf(body)) {
    if (node.kind === "branch") {
      const condition = engine.condition(resolve(node.condition, places), node.id);
      if (condition) conditions.set(node.id, condition);
      else diagnostics.push(diagnostic("TR6010", { id: node.id }, node.origin));
    } else if (node.kind === "forEach") {
      const length = engine.length(resolve(node.items, places), node.id);
      if (length) lengths.set(node.id, length);
      else diagnostics.push(diagnostic("TR6011", { id: node.id }, node.origin));
    }
  }
  const reads = new Map<NodeId, Reads>();
  for (const node of nodesOf(body)) {
    if (node.kind !== "task") continue;
    const inputs = Object.values(node.inputs).map((expr) => resolve(expr, places));
    // Expressions over the task's own result need no wire of it; over parameters they do.
    const own = [...(engine.extras.get(node.id)?.values() ?? [])].map((expr) => withoutOutput(expr, node.id));
    reads.set(node.id, readsOf([...inputs, ...own.flat()], node.id, places, bodies));
  }
  const uses = usesOf(reads, conditions, lengths, outputs);
  const waits = waitsOf(body, places, uses, reads);
  const plan: Plan = {
    body,
    places,
    mode,
    conditions,
    lengths,
    extras: engine.extras,
    reads,
    carried: new Set(uses.flatMap(({ value }) => (value.extra === undefined ? [value.node] : []))),
    kept: new Set([...reads.values()].flatMap(({ stored, ended }) => [...stored.keys(), ...ended])),
    exports: exportsOf(uses, places),
    waits,
  };
  return { plan, diagnostics };
}

/** A value and who reads it; `undefined` is the outside of the block. */
interface Use {
  readonly by: NodeId | undefined;
  readonly value: Value;
}

function usesOf(
  reads: ReadonlyMap<NodeId, Reads>,
  conditions: ReadonlyMap<NodeId, EngineExpr>,
  lengths: ReadonlyMap<NodeId, EngineExpr>,
  outputs: readonly NodeId[],
): readonly Use[] {
  return [
    ...[...reads].flatMap(([by, { wires }]) => [...wires].map((node) => ({ by, value: { node } }))),
    ...[...conditions, ...lengths].flatMap(([by, { values }]) => values.map((value) => ({ by, value }))),
    ...outputs.map((node) => ({ by: undefined, value: { node } })),
  ];
}

/** A value leaves every compound node that its producer is in and its reader is not. */
function exportsOf(uses: readonly Use[], places: Places): ReadonlyMap<NodeId, readonly Value[]> {
  const exports = new Map<NodeId, Map<string, Value>>();
  for (const { by, value } of uses) {
    const around = new Set(by === undefined ? [] : placeOf(places, by).owners.map(({ block }) => block));
    for (const { node, block } of placeOf(places, value.node).owners) {
      if (around.has(block)) continue;
      invariant(node.kind === "branch" || isGroup(node), `${value.node} is read from outside of ${node.id}`);
      const mine = exports.get(node.id) ?? new Map<string, Value>();
      exports.set(node.id, mine.set(valueName(value), value));
    }
  }
  return new Map([...exports].map(([id, values]) => [id, [...values.values()]]));
}

function waitsOf(
  body: Block,
  places: Places,
  uses: readonly Use[],
  reads: ReadonlyMap<NodeId, Reads>,
): ReadonlyMap<NodeId, ReadonlySet<NodeId>> {
  const waits = new Map<NodeId, Set<NodeId>>();
  const add = (id: NodeId, other: NodeId): void => {
    waits.set(id, (waits.get(id) ?? new Set()).add(other));
  };
  for (const node of nodesOf(body)) {
    for (const other of node.after) add(node.id, other);
    // As written: a branch that is read is waited for, although its value is made elsewhere.
    const exprs = [...exprsOf(node)].flatMap((expr) => [...refsOf(expr)]);
    for (const { source } of [...exprs, ...blocksOf(node).flatMap((block) => [...refsInBlock(block)])]) {
      if (source.from === "output") add(node.id, source.node);
    }
    const { gathers, stored } = reads.get(node.id) ?? {};
    for (const other of [...(gathers?.keys() ?? []), ...(stored?.keys() ?? [])]) add(node.id, other);
  }
  for (const { by, value } of uses) if (by !== undefined) add(by, value.node);
  // What a node in a block waits for, the nodes around it wait for.
  for (const [id, others] of [...waits]) {
    for (const { node } of placeOf(places, id).owners) for (const other of others) add(node.id, other);
  }
  return waits;
}

/**
 * The siblings that a node of `block` waits for, without those that are waited for anyway: a node runs only when all that it waits for succeeded, so
 * what they waited for did, too.
 */
export function dependenciesOf(
  block: Block,
  plan: Pick<Plan, "places" | "waits">,
): ReadonlyMap<NodeId, readonly NodeId[]> {
  const { nodes } = block;
  const order = new Map(nodes.map((node, position) => [node.id, position]));
  // One bit a node: sets of all that a node waits for would be the square of a long chain.
  const words = Math.ceil(nodes.length / 32);
  const all = nodes.map(() => new Uint32Array(words));
  const direct = new Map<NodeId, readonly NodeId[]>();
  for (const [position, node] of nodes.entries()) {
    const siblings = new Set<number>();
    for (const other of plan.waits.get(node.id) ?? []) {
      const member = order.get(other) ?? order.get(memberOf(block, plan.places, other)?.id ?? "");
      if (member !== undefined && member !== position) siblings.add(member);
    }
    const own = all[position] ?? new Uint32Array(words);
    for (const sibling of siblings) {
      for (const [word, bits] of all[sibling]?.entries() ?? []) own[word] = (own[word] ?? 0) | bits;
    }
    const isBeyond = (at: number): boolean => (((own[at >> 5] ?? 0) >>> (at & 31)) & 1) === 1;
    const near = [...siblings].filter((sibling) => !isBeyond(sibling)).sort((a, b) => a - b);
    direct.set(
      node.id,
      near.flatMap((at) => nodes[at]?.id ?? []),
    );
    for (const at of siblings) own[at >> 5] = (own[at >> 5] ?? 0) | (1 << (at & 31));
  }
  return direct;
}

function withoutOutput(expr: Expr, task: NodeId): readonly Expr[] {
  return [...refsOf(expr)].filter(
    ({ source }) => source.from !== "bound" && !(source.from === "output" && source.node === task),
  );
}
