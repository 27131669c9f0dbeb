/** Where each node stands: the compound nodes around it, and which of its siblings' blocks hold what. */
import { invariant } from "../../compiler/invariant.ts";
import type { Block, Branch, ForEach, Node, NodeId, Try } from "../../compiler/ir/types.ts";
import { blocksOf } from "../../compiler/ir/walk.ts";

export type Compound = Branch | ForEach | Try;

export interface Place {
  readonly node: Node;
  /** Outermost first. */
  readonly owners: readonly { readonly node: Compound; readonly block: Block }[];
  /** The loops among `owners`, outermost first. */
  readonly loops: readonly NodeId[];
}

export type Places = ReadonlyMap<NodeId, Place>;

export function placesOf(body: Block): Places {
  const places = new Map<NodeId, Place>();
  const visit = (block: Block, owners: Place["owners"]): void => {
    for (const node of block.nodes) {
      const loops = owners.flatMap((owner) => (owner.node.kind === "forEach" ? [owner.node.id] : []));
      places.set(node.id, { node, owners, loops });
      for (const inner of blocksOf(node)) {
        invariant(node.kind === "branch" || node.kind === "forEach" || node.kind === "try", `${node.id} in a region`);
        visit(inner, [...owners, { node, block: inner }]);
      }
    }
  };
  visit(body, []);
  return places;
}

export function placeOf(places: Places, id: NodeId): Place {
  const place = places.get(id);
  invariant(place, `node ${id} is referenced and is not there`);
  return place;
}

/** A `try` that catches nothing is a block in a block: nest.ts makes them. */
export function isGroup(node: Node): node is Try {
  return node.kind === "try" && node.handler === undefined && node.finally === undefined;
}

/**
 * Whether a value of `id` leaves a `try` on its way to `reader`. Argo gives no outputs of a DAG that failed, so what is made in a body that may fail
 * is handed over in the store.
 */
export function leavesTry(id: NodeId, reader: NodeId | undefined, places: Places): boolean {
  const around = new Set(reader === undefined ? [] : placeOf(places, reader).owners.map(({ block }) => block));
  return placeOf(places, id).owners.some(
    ({ node, block }) => node.kind === "try" && !isGroup(node) && !around.has(block),
  );
}

/** The direct member of `block` that is or holds node `id`, if any. */
export function memberOf(block: Block, places: Places, id: NodeId): Node | undefined {
  const place = placeOf(places, id);
  for (const candidate of [place.node, ...place.owners.map((owner) => owner.node)]) {
    if (block.nodes.includes(candidate)) return candidate;
  }
  return undefined;
}
