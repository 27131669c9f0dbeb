/** The one writer of compiled output. Only files that an index says are ours are ever replaced or deleted. */
import { mkdirSync, realpathSync } from "node:fs";
import { type Diagnostic, hasErrors } from "../diagnostics/diagnostic.ts";
import { commit, writeProblem } from "./commit.ts";
import { readOwnership } from "./disk.ts";
import { type Plan, planTrees, type Tree } from "./plan.ts";

export type { Tree } from "./plan.ts";

export interface WriteOptions {
  /** Made when it does not exist. May itself be a link; nothing inside may be. */
  readonly outDir: string;
  readonly trees: readonly Tree[];
  /** The compiler's version, for the index. */
  readonly compiler: string;
  /** Overwrite and delete also what is foreign or was changed by hand. */
  readonly force?: boolean;
  /** `trees` are all pipelines of the project: what others left in the folder is removed. */
  readonly complete?: boolean;
}

export interface WriteResult {
  /** Sorted, below the output folder. Empty, all three, when there are errors: then nothing has changed. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  /** Not touched, so that their times stay. */
  readonly unchanged: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Errors: TR9001 to TR9008; all that are found, before anything is written. */
export function writeTrees({ outDir, trees, compiler, force = false, complete = false }: WriteOptions): WriteResult {
  const failed = (diagnostics: readonly Diagnostic[]) => ({ written: [], removed: [], unchanged: [], diagnostics });
  let root = outDir;
  let plan: Plan;
  try {
    mkdirSync(outDir, { recursive: true });
    root = realpathSync(outDir);
    plan = planTrees({ outDir: root, trees, compiler, force, complete }, readOwnership(root));
  } catch (error) {
    return failed([writeProblem(error, root, outDir)]);
  }
  if (hasErrors(plan.problems)) return failed(plan.problems);

  const changes = [plan.write.size, plan.remove.length, plan.ownWrite.size, plan.ownRemove.length, plan.indexes.length];
  const problem = changes.some((count) => count > 0) ? commit(root, plan) : undefined;
  if (problem) return failed([problem]);
  return {
    written: [...plan.write.keys()].sort(),
    removed: plan.remove,
    unchanged: [...plan.unchanged].sort(),
    diagnostics: plan.problems,
  };
}
