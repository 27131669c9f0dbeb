/** Which image each step runs in, computed without a network: locked base + runtime layer + the project's sources. */
import type { Project } from "../compiler/config/project.ts";
import { type Diagnostic, diagnostic, type Origin } from "../compiler/diagnostics/diagnostic.ts";
import type { StepDefinition } from "../compiler/ir/step.ts";
import type { SourceFile } from "../targets/target.ts";
import { type Descriptor, platformOf, readBaseImage } from "./base-image.ts";
import { buildLayer, type LayerInfo } from "./layer.ts";
import type { Lock } from "./lock.ts";
import { LABELS } from "./provenance.ts";
import { parseReference, type Reference } from "./reference.ts";
import { type RuntimeLayer, SOURCE_FOLDER } from "./runtime-layer.ts";
import { type ImageBytes, stepImage } from "./step-image.ts";

/** The only platform that the runtime layer is built for. */
export const PLATFORM = "linux/amd64";

/** An image that `push` can make exist. */
export interface StepImage extends ImageBytes {
  /** `registry.acme.com/churn/steps@sha256:…` */
  readonly reference: string;
  readonly target: Reference;
  /** Where the base's layers are copied from. */
  readonly base: { readonly source: Reference; readonly layers: readonly Descriptor[] };
  readonly added: readonly (LayerInfo & { read(): Uint8Array })[];
}

export interface ImagePlan {
  /** Step id → the image that it runs in, by digest. */
  readonly references: Readonly<Record<string, string>>;
  /** Each once: steps with the same base share an image. */
  readonly images: readonly StepImage[];
  /** What of the lock went into them, for the index: digests by image reference, and `runtime`. */
  readonly locked: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
}

export interface PlanInput {
  readonly project: Project;
  /** Absent: there is no lock file. */
  readonly lock: Lock | undefined;
  readonly runtimeLayer: RuntimeLayer;
  /** The steps that run in a container: isolated ones, or all when everything goes to Kubernetes. */
  readonly steps: readonly StepDefinition[];
  readonly sources: readonly SourceFile[];
}

export function planImages({ project, lock, runtimeLayer, steps, sources }: PlanInput): ImagePlan {
  const diagnostics: Diagnostic[] = [];
  const bases = new Map<string, { origin: Origin; steps: string[] }>();
  for (const step of steps) {
    const image = imageOf(step, project);
    if (image === undefined)
      diagnostics.push(diagnostic("TR7011", { step: step.id, placement: step.placement }, step.origin));
    else if (bases.has(image)) bases.get(image)?.steps.push(step.id);
    else bases.set(image, { origin: step.origins.image ?? step.origin, steps: [step.id] });
  }
  const first = steps[0];
  if (first !== undefined && project.registry === undefined)
    diagnostics.push(diagnostic("TR7012", { step: first.id }, first.origin));
  if (lock !== undefined && bases.size > 0) diagnostics.push(...runtimeProblems(lock, runtimeLayer));
  const sourceLayer = buildLayer(sources.map(({ path, content }) => ({ path: `${SOURCE_FOLDER}/${path}`, content })));

  const references: Record<string, string> = {};
  const images: StepImage[] = [];
  const used: Record<string, string> = lock === undefined || bases.size === 0 ? {} : { runtime: lock.runtime.digest };
  for (const [written, { origin, steps: users }] of bases) {
    const source = parseReference(written);
    if ("problem" in source) {
      diagnostics.push(diagnostic("TR7010", { image: written, reason: source.problem }, origin));
      continue;
    }
    const locked = lock !== undefined && Object.hasOwn(lock.images, written) ? lock.images[written] : undefined;
    if (locked === undefined) {
      diagnostics.push(diagnostic("TR7001", { image: written, lockMissing: lock === undefined }, origin));
      continue;
    }
    used[written] = locked.digest;
    const platform = platformOf(locked.config);
    if (platform !== PLATFORM) {
      diagnostics.push(diagnostic("TR7013", { image: written, platform }, origin));
      continue;
    }
    const base = readBaseImage(locked);
    if ("problem" in base) {
      diagnostics.push(diagnostic("TR7014", { image: written, reason: base.problem }, origin));
      continue;
    }
    if (project.registry === undefined) continue;
    const bytes = stepImage(
      base,
      [
        { ...runtimeLayer, comment: `runtime ${runtimeLayer.version}` },
        { ...sourceLayer, comment: "sources" },
      ],
      {
        [LABELS.baseName]: written,
        [LABELS.baseDigest]: locked.digest,
        [LABELS.runtime]: `${runtimeLayer.version} ${runtimeLayer.digest}`,
        [LABELS.sources]: sourceLayer.diffId,
      },
    );
    const repository = `${project.registry}/steps`;
    const reference = `${repository}@${bytes.digest}`;
    for (const step of users) references[step] = reference;
    images.push({
      ...bytes,
      reference,
      target: parseRepository(repository, bytes.digest),
      base: { source, layers: base.layers },
      added: [
        runtimeLayer,
        {
          digest: sourceLayer.digest,
          diffId: sourceLayer.diffId,
          size: sourceLayer.size,
          read: () => sourceLayer.bytes,
        },
      ],
    });
  }
  return { references, images, locked: used, diagnostics };
}

/** The images that have to be locked: each reference once, with the place that names it first. */
export function imageReferences(project: Project, steps: readonly StepDefinition[]): ReadonlyMap<string, Origin> {
  const found = new Map<string, Origin>();
  for (const step of steps) {
    const image = imageOf(step, project);
    if (image !== undefined && !found.has(image)) found.set(image, step.origins.image ?? step.origin);
  }
  return found;
}

function imageOf(step: StepDefinition, project: Project): string | undefined {
  return step.options.image ?? (step.placement === "shared" ? project.sharedImage : undefined);
}

function runtimeProblems(lock: Lock, { version, digest }: RuntimeLayer): Diagnostic[] {
  if (lock.runtime.digest === digest) return [];
  return [
    diagnostic("TR7004", { locked: lock.runtime.version, version, sameVersion: lock.runtime.version === version }),
  ];
}

/** twinrail.json's schema has checked that the first part is a host. */
function parseRepository(repository: string, digest: string): Reference {
  const slash = repository.indexOf("/");
  return { host: repository.slice(0, slash), repository: repository.slice(slash + 1), digest };
}
