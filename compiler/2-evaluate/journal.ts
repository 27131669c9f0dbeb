/** Which run-time block has changed which outer variable, and whether something can still fail after it. */
import type { BlockDraft } from "./builder.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Cell } from "./scope.ts";

/**
 * Every run-time block between here and the variable keeps the value from before. False: a run-time loop's body is among them.
 *
 * @param safe When the value comes from a block that has ended: nothing in it could fail after the write.
 */
export function noteWrite(ev: Evaluation, cell: Cell, safe = true): boolean {
  const { owner } = cell;
  if (owner === null || ev.thread === null) return true;
  let depth = ev.journals.length - 1;
  for (let block = ev.thread.block; block !== owner.block && block.parent !== null; block = block.parent) {
    const journal = ev.journals[depth--];
    if (journal === "refuse") return false;
    if (journal === undefined) continue;
    if (!journal.before.has(cell)) journal.before.set(cell, cell.value);
    journal.at.set(cell, safe && isQuiet(block) ? block.nodes.length : -1);
  }
  return true;
}

/** Nothing that was started in it is still under way. */
function isQuiet(block: BlockDraft): boolean {
  return block.promises.every((promise) => promise.awaited);
}
