/** Pipelines without placement or targets, for commands that need only what they say. */
import { diskHost } from "../compiler/1-read/host.ts";
import { readProgram } from "../compiler/1-read/read.ts";
import { frontEnd } from "../compiler/compile.ts";
import type { Project } from "../compiler/config/project.ts";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { StepDefinition } from "../compiler/ir/step.ts";
import type { Pipeline } from "../compiler/ir/types.ts";
import type { LoadedProject } from "./project.ts";

export function readPipelines(loaded: LoadedProject): {
  readonly pipelines: readonly Pipeline[];
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
} {
  const read = readProgram(diskHost(loaded.root), { entries: loaded.entries });
  const { pipelines, diagnostics } = frontEnd(read);
  return {
    pipelines: pipelines.filter(loaded.select),
    diagnostics,
    sources: new Map([...loaded.texts, ...read.sources]),
  };
}

/** Steps whose images have to be locked: shared ones run in a container only when everything goes to Kubernetes. */
export function containerSteps(pipelines: readonly Pipeline[], project: Project): StepDefinition[] {
  return pipelines
    .flatMap((pipeline) => Object.values(pipeline.steps))
    .filter((step) => step.placement === "isolated" || project.sharedImage !== undefined);
}
