/** Which run-time block has changed which outer variable, and whether something can still fail after it. */
import type { BlockDraft } from "./builder.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Cell } from "./scope.ts";

/**
 * Every run-time block between here and the variable keeps the value from before. False: a run-time loop's body is among them. Whether something can
 * fail after the write is the innermost block's to know; the others hear of it when that block's arms meet.
 *
 * @param safe When the value comes from a block that has ended: nothing in it could fail after the write.
 */
export function noteWrite(ev: Evaluation, cell: Cell, safe = true): boolean {
  const { owner } = cell;
  if (owner === null || ev.thread === null) return true;
  const innermost = ev.journals.length - 1;
  let depth = innermost;
  for (let block = ev.thread.block; block !== owner.block && block.parent !== null; block = block.parent) {
    const journal = ev.journals[depth];
    if (journal === "refuse") return false;
    if (journal !== undefined && !journal.before.has(cell)) journal.before.set(cell, cell.value);
    if (journal !== undefined && depth === innermost) {
      const now = safe && isQuiet(block) ? block.nodes.length : -1;
      // An earlier value is what a failure between the two leaves.
      journal.at.set(cell, (journal.at.get(cell) ?? now) === now ? now : -1);
    }
    depth--;
  }
  return true;
}

/** Nothing that was started in it is still under way. */
function isQuiet(block: BlockDraft): boolean {
  return block.promises.every((promise) => promise.awaited);
}
