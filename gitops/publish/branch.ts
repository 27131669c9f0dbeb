/** A branch that only ever grows by commits of ours on top of what is there: compare-and-swap, never a forced push. */
import { setTimeout as wait } from "node:timers/promises";
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { TreeEntry, TreeSource } from "../tree/tree.ts";

export interface Edit {
  readonly path: string;
  /** A new content, an object that the repository has already, or nothing: the file is deleted. */
  readonly to: { readonly content: Uint8Array } | { readonly sha: string } | undefined;
}

export interface DeployBranch extends TreeSource {
  readonly name: string;
  /** `undefined`: there is no such branch yet. */
  head(): Promise<string | undefined>;
  /** Makes the commit; nothing points to it yet. */
  commit(parent: string | undefined, edits: readonly Edit[], message: string): Promise<string>;
  /** @returns false when the branch is no longer at `from`: nothing has happened then. */
  advance(from: string | undefined, to: string): Promise<boolean>;
}

export type Decision =
  | { readonly kind: "commit"; readonly edits: readonly Edit[]; readonly message: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "stop"; readonly diagnostics: readonly Diagnostic[] };

export interface Moved {
  readonly status: "committed" | "unchanged" | "stopped";
  readonly commit?: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly attempts: number;
}

const ATTEMPTS = 10;

/** Decides from what is on the branch now; where somebody else was faster, from what is there then. */
export async function move(
  branch: DeployBranch,
  decide: (head: string | undefined, entries: readonly TreeEntry[]) => Promise<Decision>,
  sleep: (milliseconds: number) => Promise<unknown> = wait,
): Promise<Moved> {
  let stale: string | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const head = await branch.head();
    // GitHub may show the old place of a branch for a while after it has moved.
    if (stale !== undefined && head === stale && attempt < ATTEMPTS) {
      await sleep(backoff(attempt));
      stale = attempt % 4 === 0 ? undefined : stale;
      continue;
    }
    const entries = head === undefined ? [] : await branch.list(head);
    const decision = await decide(head, entries);
    if (decision.kind === "nothing") return { status: "unchanged", diagnostics: [], attempts: attempt };
    if (decision.kind === "stop") return { status: "stopped", diagnostics: decision.diagnostics, attempts: attempt };
    const commit = await branch.commit(head, decision.edits, decision.message);
    if (await branch.advance(head, commit)) return { status: "committed", commit, diagnostics: [], attempts: attempt };
    stale = head;
    await sleep(backoff(attempt));
  }
  return {
    status: "stopped",
    diagnostics: [diagnostic("TR9108", { branch: branch.name, attempts: ATTEMPTS })],
    attempts: ATTEMPTS,
  };
}

/** Random, so that those who met do not meet again. */
function backoff(attempt: number): number {
  return Math.random() * 100 * 2 ** Math.min(attempt, 5);
}
