/** The cluster in which a whole pipeline runs: the one that its steps name, or the only one that there is. */
import type { ClusterConfig, Project } from "../../compiler/config/project.ts";
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { Pipeline } from "../../compiler/ir/types.ts";

export interface Cluster {
  readonly name: string;
  readonly config: ClusterConfig;
}

export function clusterOf(
  pipeline: Pipeline,
  project: Project,
): { cluster?: Cluster; diagnostics: readonly Diagnostic[] } {
  const known = Object.keys(project.clusters);
  const named = new Map<string, Origin>();
  for (const step of Object.values(pipeline.steps)) {
    const name = step.options.cluster;
    if (name !== undefined && !named.has(name)) named.set(name, step.origins.cluster ?? step.origin);
  }
  const [first, second] = named;
  if (first && second) {
    const reason = `its steps name two clusters, \`${first[0]}\` and \`${second[0]}\``;
    return { diagnostics: [noCluster(reason, known, second[1])] };
  }
  const name = first?.[0] ?? (known.length === 1 ? known[0] : undefined);
  if (name === undefined) {
    const reason =
      known.length === 0 ? "twinrail.json has no cluster" : "no step names a cluster, and twinrail.json has several";
    return { diagnostics: [noCluster(reason, known, pipeline.origin)] };
  }
  return findCluster(name, project, first?.[1] ?? pipeline.origin);
}

export function findCluster(
  name: string,
  project: Project,
  at: Origin,
): { cluster?: Cluster; diagnostics: readonly Diagnostic[] } {
  const config = Object.hasOwn(project.clusters, name) ? project.clusters[name] : undefined;
  if (config) return { cluster: { name, config }, diagnostics: [] };
  return { diagnostics: [noCluster(`twinrail.json has no cluster \`${name}\``, Object.keys(project.clusters), at)] };
}

function noCluster(reason: string, known: readonly string[], at: Origin): Diagnostic {
  return diagnostic("TR6008", { reason, known: known.join(", ") || "none" }, at);
}
