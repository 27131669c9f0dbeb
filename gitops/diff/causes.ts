/** Changes that only follow from another one, told once as their cause: a file of Python, a base image, the runtime, the configuration. */
import type { PipelineSnapshot, Snapshot } from "../snapshot.ts";
import type { Change } from "./change.ts";
import { fields } from "./pipelines.ts";
import { list, say, type Words } from "./say.ts";

/** `pairs`: pipelines that exist on both sides. */
export function causesOf(
  base: Snapshot,
  head: Snapshot,
  pairs: readonly (readonly [string, PipelineSnapshot, PipelineSnapshot])[],
): Change[] {
  const python = changedPython(base, head);
  const changes: Change[] = [];
  const all = pairs.map(([name]) => name);
  const add = (group: Change["group"], words: Words, pipelines: readonly string[] = all) =>
    changes.push({ group, words, pipelines });
  if (base.compiler !== head.compiler) add("code", say`Twinrail ${base.compiler} -> ${head.compiler}`);
  if (base.runtime !== head.runtime)
    add("code", say`the runtime's layer ${tail(base.runtime)} -> ${tail(head.runtime)}`);
  for (const { path, from, to } of fields(configOf(base), configOf(head)))
    add("pipeline", say`twinrail.json: ${path} ${from} -> ${to}`);
  for (const [name, before, after] of pairs) {
    for (const [step, image] of Object.entries(after.images)) {
      const old = before.images[step];
      if (old === undefined || old === image) continue;
      add(
        "code",
        say`image ${tail(old)} -> ${tail(image)} of step ${step} because ${because(base, head, after, step, python)}`,
        [name],
      );
    }
    for (const [step, { run }] of Object.entries(after.pipeline.steps)) {
      if (after.images[step] !== undefined || !python.includes(run.file)) continue;
      add("code", say`step ${step} runs new code because ${run.file} changed`, [name]);
    }
    if (JSON.stringify(dagFiles(before)) !== JSON.stringify(dagFiles(after)))
      add("code", say`runs in flight keep the code they started with; new runs get the new version`, [name]);
  }
  return changes;
}

function because(
  base: Snapshot,
  head: Snapshot,
  pipeline: PipelineSnapshot,
  step: string,
  python: readonly string[],
): Words {
  const reasons: Words[] = [];
  const written = pipeline.pipeline.steps[step]?.options.image ?? head.project?.sharedImage;
  if (written !== undefined && base.locked[written] !== head.locked[written])
    reasons.push(say`${written} is now ${tail(head.locked[written])}`);
  if (base.runtime !== head.runtime) reasons.push(["the runtime changed"]);
  if (python.length > 0) reasons.push(say`${list(python)} changed`);
  if (reasons.length === 0) return ["it is built on another image or pushed to another registry"];
  return reasons.flatMap((reason, index) => (index === 0 ? reason : [", and ", ...reason]));
}

function changedPython(base: Snapshot, head: Snapshot): string[] {
  return [...new Set([...Object.keys(base.python), ...Object.keys(head.python)])]
    .filter((path) => base.python[path] !== head.python[path])
    .sort();
}

/** Of what a pipeline can reach, `privileges.ts` speaks. */
function configOf({ project }: Snapshot): unknown {
  return { target: project?.target, project: project?.project, airflow: project?.airflow, gpus: gpusOf(project) };
}

function gpusOf(project: Snapshot["project"]): unknown {
  return Object.fromEntries(
    Object.entries(project?.clusters ?? {}).map(([name, { gpus, labels }]) => [name, { gpus, labels }]),
  );
}

function dagFiles({ files }: PipelineSnapshot): unknown {
  return Object.entries(files).filter(([path]) => path.startsWith("airflow/"));
}

/** `…ab12cd34` of a digest or an image. */
export function tail(digest: string | undefined): string {
  return digest === undefined ? "none" : `…${digest.slice(-8)}`;
}
