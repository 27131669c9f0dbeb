/** Inputs become keyword arguments: a name that Python cannot spell is refused. */
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Pipeline } from "../ir/types.ts";

export function stepNames(pipeline: Pipeline): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const step of Object.values(pipeline.steps)) {
    for (const name of Object.keys(step.inputs)) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        found.push(diagnostic("TR3001", { step: step.id, input: name }, step.origin));
    }
  }
  return found;
}
