/** An option that can have no effect is a mistake: `backoff` is the delay before a retry. */
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Pipeline } from "../ir/types.ts";

export function idleBackoff(pipeline: Pipeline): Diagnostic[] {
  return Object.values(pipeline.steps)
    .filter(({ options }) => options.backoff !== undefined && (options.retries ?? 0) === 0)
    .map((step) => diagnostic("TR3001", { step: step.id }, step.origins.backoff ?? step.origin));
}
