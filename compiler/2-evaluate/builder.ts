/**
 * Builds the IR while the evaluator walks the source: the sole writer of `after` and of names.
 *
 * Nodes are drafts until the pipeline is finished, because a name may depend on what comes later: an explicit name inside a loop over known
 * items replaces the item's key only when it differs per item. All references to a node share its source objects, which get the final name
 * at the end.
 */
import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expr, NodeId, Ref, RefSource, Type } from "../ir/types.ts";
import type { PromiseValue } from "./values.ts";

/** Groups, loop keys and explicit names that surround a call, outermost first. */
export interface NameSegment {
  readonly kind: "group" | "key";
  readonly text: string;
}

export interface Naming {
  readonly path: readonly NameSegment[];
  readonly base: string;
  readonly explicit: boolean;
}

/** A reference's source whose node gets its name at the end. */
interface SourceOf<F extends RefSource["from"]> {
  readonly from: F;
  node: NodeId;
}

interface DraftBase {
  /** Position of creation, over the whole pipeline. */
  readonly order: number;
  /** Length of the longest chain of `after` up to here: whatever comes before a node has a smaller one. */
  readonly depth: number;
  after: ReadonlySet<NodeDraft>;
  readonly origin: Origin;
  block: BlockDraft;
  readonly output: SourceOf<"output">;
  readonly item: SourceOf<"item">;
  readonly index: SourceOf<"index">;
  readonly error: SourceOf<"error">;
  /** Set by naming. */
  id: NodeId;
}

export type NodeDraft = DraftBase &
  (
    | {
        readonly kind: "task";
        readonly naming: Naming;
        readonly step: string;
        readonly inputs: Readonly<Record<string, Expr>>;
      }
    | { readonly kind: "fail"; readonly naming: Naming; readonly message: Expr; readonly rethrows?: Ref }
    | {
        readonly kind: "branch";
        readonly condition: Expr;
        readonly then: BlockDraft;
        readonly else: BlockDraft;
        readonly type: Type;
      }
    | {
        readonly kind: "forEach";
        readonly items: Expr;
        readonly itemType: Type;
        readonly mode: "parallel" | "sequential";
        readonly concurrency?: number;
        readonly key?: Expr;
        settle: boolean;
        readonly body: BlockDraft;
        readonly type: Type;
      }
    | {
        readonly kind: "try";
        readonly body: BlockDraft;
        readonly handler?: BlockDraft;
        readonly finally?: BlockDraft;
        type: Type;
      }
  );

export interface BlockDraft {
  readonly parent: BlockDraft | null;
  readonly nodes: NodeDraft[];
  result: Expr;
  /** An arm of a decision, or a part of a `try`: the function that it is in goes on behind it. */
  arm?: true;
  /**
   * Of an arm that holds what follows an early end, and whose other arm runs nothing: what the whole decision waits for, so that outer
   * promises can be awaited as the first thing in the arm. Absent: they cannot.
   */
  waits?: PromiseValue[];
  /** Promises made in the block: each must have been awaited when it ends. */
  readonly promises: PromiseValue[];
}

type DraftParts<D> = D extends DraftBase
  ? Omit<D, "order" | "depth" | "output" | "item" | "index" | "error" | "id">
  : never;

export interface Builder {
  count: number;
}

export function newBlock(parent: BlockDraft | null): BlockDraft {
  return { parent, nodes: [], result: { kind: "absent" }, promises: [] };
}

/** Adds a node to its block. Source objects are shared by all references and renamed at the end. */
export function addNode(builder: Builder, parts: DraftParts<NodeDraft>, sources?: LoopSources): NodeDraft {
  let depth = 0;
  for (const before of parts.after) depth = Math.max(depth, before.depth + 1);
  const node: NodeDraft = {
    ...parts,
    order: builder.count++,
    depth,
    output: { from: "output", node: "" },
    item: sources?.item ?? { from: "item", node: "" },
    index: sources?.index ?? { from: "index", node: "" },
    error: sources?.error ?? { from: "error", node: "" },
    id: "",
  };
  parts.block.nodes.push(node);
  return node;
}

/** A loop's body and a handler refer to their node before it exists. */
export interface LoopSources {
  readonly item: SourceOf<"item">;
  readonly index: SourceOf<"index">;
  readonly error: SourceOf<"error">;
}

export function newSources(): LoopSources {
  return { item: { from: "item", node: "" }, index: { from: "index", node: "" }, error: { from: "error", node: "" } };
}

export function isInside(block: BlockDraft | null, outer: BlockDraft | null): boolean {
  for (let at = block; at !== null; at = at.parent) if (at === outer) return true;
  return outer === null;
}
