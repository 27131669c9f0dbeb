/** Which cluster an isolated step runs on: the one it names, or the only one there is. */
import type { Project } from "../config/project.ts";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { StepDefinition } from "../ir/step.ts";

export function clusterOf(step: StepDefinition, project: Project, diagnostics: Diagnostic[]): string | undefined {
  const names = Object.keys(project.clusters).sort();
  const { cluster } = step.options;
  if (cluster !== undefined) {
    if (Object.hasOwn(project.clusters, cluster)) return cluster;
    diagnostics.push(diagnostic("TR4002", { cluster, has: names.join(", ") }, step.origins.cluster ?? step.origin));
    return undefined;
  }
  if (names.length === 1) return names[0];
  diagnostics.push(diagnostic("TR4003", { step: step.id, has: names.join(", ") }, step.origin));
  return undefined;
}
