/** From drafts to IR: every node gets its name, and `after` and references follow. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnostic } from "../diagnostics/diagnostic.ts";
import { assertNever } from "../invariant.ts";
import type { Block, Node, Ref } from "../ir/types.ts";
import type { BlockDraft, Naming, NodeDraft } from "./builder.ts";
import { MAX_NAME_LENGTH } from "./names.ts";

export function finishPipeline(body: BlockDraft): { block: Block; diagnostics: Diagnostic[] } {
  const diagnostics = nameNodes(body);
  return { block: finishBlock(body), diagnostics };
}

/**
 * Names tasks, then compounds after their first node (`each-train`, `if-publish`). A task inside a loop over known items carries the item's
 * key; where an explicit name or a group differs per item, it replaces the key.
 */
function nameNodes(body: BlockDraft): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const drafts = [...draftsOf(body)];
  const short = new Map<string, number>();
  for (const draft of drafts) {
    if (!("naming" in draft) || isRethrow(draft)) continue;
    const name = nameOf(draft, false);
    short.set(name, (short.get(name) ?? 0) + 1);
  }
  const taken = new Map<string, NodeDraft>();
  const claim = (draft: NodeDraft, name: string): void => {
    setName(draft, name);
    const other = taken.get(name);
    if (other !== undefined) {
      const related = [{ span: other.origin.span, message: "the first one" }];
      diagnostics.push(
        diagnostic("TR2064", { name, kind: draft.kind === "fail" ? "throw" : "call" }, draft.origin, related),
      );
    } else if (name.length > MAX_NAME_LENGTH)
      diagnostics.push(diagnostic("TR2065", { name, limit: String(MAX_NAME_LENGTH) }, draft.origin));
    taken.set(name, draft);
  };
  for (const draft of drafts) {
    if (!("naming" in draft) || isRethrow(draft)) continue;
    const name = nameOf(draft, false);
    claim(draft, short.get(name) === 1 ? name : nameOf(draft, true));
  }
  nameCompounds(body, claim);
  return diagnostics;
}

/** Groups before the name, keys after it. Without `all`, keys that a deeper group or explicit name stands for are left out. */
function nameOf(draft: NodeDraft & { readonly naming: Naming }, all: boolean): string {
  const { path, base, explicit } = draft.naming;
  const lastGroup = path.findLastIndex((segment) => segment.kind === "group");
  const groups = path.flatMap((segment) => (segment.kind === "group" ? [segment.text] : []));
  const keys = path.flatMap((segment, index) =>
    segment.kind === "key" && (all || (!explicit && index > lastGroup)) ? [segment.text] : [],
  );
  return [...groups, base, ...keys].join("-");
}

function nameCompounds(block: BlockDraft, claim: (draft: NodeDraft, name: string) => void): void {
  for (const draft of block.nodes) {
    // What is thrown again is an error of an earlier or an outer node.
    if (isRethrow(draft)) claim(draft, nameOfRethrow(draft));
    if ("naming" in draft) continue;
    const inner = blocksOf(draft);
    // A handler may throw the error of its `try` again.
    const [own, later] = draft.kind === "try" ? [inner.slice(0, 1), inner.slice(1)] : [inner, []];
    for (const blockInside of own) nameCompounds(blockInside, claim);
    const first = inner.flatMap((blockInside) => blockInside.nodes)[0];
    claim(draft, compoundName(PREFIX[draft.kind], first));
    for (const blockInside of later) nameCompounds(blockInside, claim);
  }
}

type Rethrow = NodeDraft & { readonly kind: "fail"; readonly rethrows: Ref };

function isRethrow(draft: NodeDraft): draft is Rethrow {
  return draft.kind === "fail" && draft.rethrows !== undefined;
}

/** `fail-try-first`, of what `try-first` has caught. */
function nameOfRethrow({ rethrows: { source } }: Rethrow): string {
  return "node" in source ? `fail-${source.node}` : "fail";
}

/** `if-publish`, `if-if-publish`, and `if3-publish` where guards follow each other: it counts how deep, not which. */
function compoundName(prefix: string, first: NodeDraft | undefined): string {
  if (first === undefined) return `${prefix}-nothing`;
  if ("naming" in first) return `${prefix}-${first.id}`;
  const [, depth, rest] = new RegExp(`^${prefix}(\\d+)-(.*)$`).exec(first.id) ?? [];
  if (depth !== undefined) return `${prefix}${Number(depth) + 1}-${rest}`;
  const twice = `${prefix}-${prefix}-`;
  return first.id.startsWith(twice) ? `${prefix}3-${first.id.slice(twice.length)}` : `${prefix}-${first.id}`;
}

const PREFIX = { branch: "if", forEach: "each", try: "try" } as const;

function blocksOf(draft: NodeDraft): BlockDraft[] {
  switch (draft.kind) {
    case "task":
    case "fail":
      return [];
    case "branch":
      return [draft.then, draft.else];
    case "forEach":
      return [draft.body];
    case "try":
      return [draft.body, ...(draft.handler ? [draft.handler] : []), ...(draft.finally ? [draft.finally] : [])];
    default:
      return assertNever(draft);
  }
}

function* draftsOf(block: BlockDraft): Generator<NodeDraft> {
  for (const draft of block.nodes) {
    yield draft;
    for (const inner of blocksOf(draft)) yield* draftsOf(inner);
  }
}

function setName(draft: NodeDraft, name: string): void {
  draft.id = name;
  for (const source of [draft.output, draft.item, draft.index, draft.error]) source.node = name;
}

function finishBlock(block: BlockDraft): Block {
  return { nodes: block.nodes.map(finishNode), result: block.result };
}

function finishNode(draft: NodeDraft): Node {
  const base = {
    id: draft.id,
    after: [...draft.after].sort((a, b) => a.order - b.order).map((node) => node.id),
    origin: draft.origin,
  };
  switch (draft.kind) {
    case "task":
      return { ...base, kind: "task", step: draft.step, inputs: draft.inputs };
    case "fail":
      return {
        ...base,
        kind: "fail",
        message: draft.message,
        ...(draft.rethrows === undefined ? {} : { error: draft.rethrows }),
      };
    case "branch":
      return {
        ...base,
        kind: "branch",
        condition: draft.condition,
        then: finishBlock(draft.then),
        else: finishBlock(draft.else),
        type: draft.type,
      };
    case "forEach":
      return {
        ...base,
        kind: "forEach",
        items: draft.items,
        itemType: draft.itemType,
        mode: draft.mode,
        ...(draft.concurrency === undefined ? {} : { concurrency: draft.concurrency }),
        ...(draft.key === undefined ? {} : { key: draft.key }),
        settle: draft.settle,
        body: finishBlock(draft.body),
        type: draft.type,
      };
    case "try":
      return {
        ...base,
        kind: "try",
        body: finishBlock(draft.body),
        ...(draft.handler === undefined ? {} : { handler: finishBlock(draft.handler) }),
        ...(draft.finally === undefined ? {} : { finally: finishBlock(draft.finally) }),
        type: draft.type,
      };
    default:
      return assertNever(draft);
  }
}
