/** Checks of the finished IR that need no engine: a list of rules, one a file. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Pipeline } from "../ir/types.ts";
import { idleBackoff } from "./idle-backoff.ts";

export type Rule = (pipeline: Pipeline) => readonly Diagnostic[];

const rules: readonly Rule[] = [idleBackoff];

export function checkPipeline(pipeline: Pipeline): Diagnostic[] {
  return rules.flatMap((rule) => rule(pipeline));
}
