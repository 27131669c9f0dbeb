/** What a pipeline may reach: each entry is something that a reviewer would want to be asked about. */
import type { PipelineSnapshot, Snapshot } from "../snapshot.ts";
import { say, type Words } from "./say.ts";

/** By a key that stays the same while the privilege does. */
export function privilegesOf(
  { pipeline, images }: PipelineSnapshot,
  { project }: Snapshot,
): ReadonlyMap<string, Words> {
  const found = new Map<string, Words>();
  const add = (words: Words) => found.set(JSON.stringify(words), words);
  const clusters = new Set<string>();
  for (const step of Object.values(pipeline.steps)) {
    const { options, placement, id } = step;
    for (const value of Object.values(options.env ?? {}))
      if (typeof value === "object") add(say`secret ${`${value.secret}/${value.key}`} in step ${id}`);
    if (options.serviceAccount !== undefined) add(say`service account ${options.serviceAccount} for step ${id}`);
    if (images[id] !== undefined || placement === "isolated") {
      const [only] = Object.keys(project?.clusters ?? {});
      const name = options.cluster ?? only;
      if (name !== undefined) clusters.add(name);
    }
    if (options.image !== undefined) add(say`images from ${hostOf(options.image)}`);
    for (const { key, value } of options.tolerations ?? []) add(say`nodes tainted ${`${key ?? "*"}=${value ?? ""}`}`);
  }
  for (const name of clusters) {
    const cluster = project?.clusters[name];
    if (cluster === undefined) continue;
    add(say`cluster ${name}: connection ${cluster.connection}, namespace ${cluster.namespace}`);
    if (cluster.serviceAccount !== undefined) add(say`service account ${cluster.serviceAccount} on cluster ${name}`);
    for (const value of Object.values(cluster.env))
      if (typeof value === "object")
        add(say`secret ${`${value.secret}/${value.key}`} in every step on cluster ${name}`);
  }
  if (project?.registry !== undefined && Object.keys(images).length > 0) add(say`pushes images to ${project.registry}`);
  if (project !== undefined) add(say`artifacts below ${project.artifactRoot}`);
  return found;
}

/** Docker's rule: a first part without `.`, `:` that is not `localhost` is a folder of docker.io. */
function hostOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}
