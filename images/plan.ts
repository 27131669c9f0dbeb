/** Which image each step runs in, computed without a network: locked base + runtime layer + the project's sources. */
import type { Project } from "../compiler/config/project.ts";
import { type Diagnostic, diagnostic, type Origin } from "../compiler/diagnostics/diagnostic.ts";
import type { StepDefinition } from "../compiler/ir/step.ts";
import type { SourceFile } from "../targets/target.ts";
import { type BaseImage, type Descriptor, platformOf, pythonOf, readBaseImage } from "./base-image.ts";
import { buildLayer, type LayerInfo } from "./layer.ts";
import { type Lock, type LockedImage, type LockedRequirements, requirementsKey } from "./lock.ts";
import { LABELS } from "./provenance.ts";
import { parseReference, type Reference } from "./reference.ts";
import { registryError } from "./registry-error.ts";
import {
  containerRequirements,
  originOfRequirements,
  type RequirementsFiles,
  requirementsDigest,
  unpinned,
} from "./requirements.ts";
import type { RequirementsFile } from "./requirements-file.ts";
import { requirementsLayer } from "./requirements-layer.ts";
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
  readonly added: readonly (LayerInfo & { read(): Uint8Array | ReadableStream<Uint8Array> })[];
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
  /** The requirements files that the steps name. A file that is missing has been reported. */
  readonly requirements?: RequirementsFiles;
}

export function planImages(input: PlanInput): ImagePlan {
  const { project, lock, runtimeLayer, steps, sources } = input;
  const diagnostics: Diagnostic[] = [];
  const wanted = new Map<string, Wanted>();
  for (const step of steps) {
    const written = imageOf(step, project);
    const requirements = containerRequirements(step);
    if (written === undefined) {
      diagnostics.push(diagnostic("TR7011", { step: step.id, placement: step.placement }, step.origin));
      continue;
    }
    const key = JSON.stringify([written, requirements]);
    const known = wanted.get(key);
    if (known !== undefined) known.steps.push(step.id);
    else wanted.set(key, { written, step, steps: [step.id], ...(requirements === undefined ? {} : { requirements }) });
  }
  const first = steps[0];
  if (first !== undefined && project.registry === undefined)
    diagnostics.push(diagnostic("TR7012", { step: first.id }, first.origin));
  if (lock !== undefined && wanted.size > 0) diagnostics.push(...runtimeProblems(lock, runtimeLayer));
  const sourceLayer = buildLayer(sources.map(({ path, content }) => ({ path: `${SOURCE_FOLDER}/${path}`, content })));

  const references: Record<string, string> = {};
  const images: StepImage[] = [];
  const used: Record<string, string> = lock === undefined || wanted.size === 0 ? {} : { runtime: lock.runtime.digest };
  for (const one of wanted.values()) {
    const base = baseOf(one, lock, diagnostics);
    if (base === undefined) continue;
    used[one.written] = base.locked.digest;
    const wheels = one.requirements === undefined ? undefined : wheelsOf(one, base.locked, input, diagnostics);
    if (one.requirements !== undefined && wheels === undefined) continue;
    if (wheels !== undefined) used[wheels.key] = wheels.digest;
    if (project.registry === undefined) continue;
    const { digest, diffId, size, bytes: sourceBytes } = sourceLayer;
    const added = [
      { ...runtimeLayer, comment: `runtime ${runtimeLayer.version}` },
      ...(wheels === undefined ? [] : [{ ...wheels, comment: `requirements ${wheels.file.file}` }]),
      { digest, diffId, size, comment: "sources", read: () => sourceBytes },
    ];
    const bytes = stepImage(base.image, added, {
      [LABELS.baseName]: one.written,
      [LABELS.baseDigest]: base.locked.digest,
      [LABELS.runtime]: `${runtimeLayer.version} ${runtimeLayer.digest}`,
      ...(wheels === undefined ? {} : { [LABELS.requirements]: `${wheels.file.file} ${wheels.source}` }),
      [LABELS.sources]: diffId,
    });
    const repository = `${project.registry}/steps`;
    const reference = `${repository}@${bytes.digest}`;
    for (const step of one.steps) references[step] = reference;
    images.push({
      ...bytes,
      reference,
      target: parseRepository(repository, bytes.digest),
      base: { source: base.source, layers: base.image.layers },
      added,
    });
  }
  return { references, images, locked: used, diagnostics };
}

/** An image to make: a base, and the wheels on it. */
interface Wanted {
  readonly written: string;
  readonly requirements?: string;
  /** The first that needs it, for diagnostics. */
  readonly step: StepDefinition;
  readonly steps: string[];
}

interface Base {
  readonly locked: LockedImage;
  readonly source: Reference;
  readonly image: BaseImage;
}

function baseOf({ written, step }: Wanted, lock: Lock | undefined, diagnostics: Diagnostic[]): Base | undefined {
  const refuse = (problem: Diagnostic): undefined => {
    diagnostics.push(problem);
  };
  const origin = step.origins.image ?? step.origin;
  const source = parseReference(written);
  if ("problem" in source) return refuse(diagnostic("TR7010", { image: written, reason: source.problem }, origin));
  const locked = lock !== undefined && Object.hasOwn(lock.images, written) ? lock.images[written] : undefined;
  if (locked === undefined)
    return refuse(diagnostic("TR7001", { image: written, lockMissing: lock === undefined }, origin));
  const platform = platformOf(locked.config);
  if (platform !== PLATFORM) return refuse(diagnostic("TR7013", { image: written, platform }, origin));
  const image = readBaseImage(locked);
  if ("problem" in image) return refuse(diagnostic("TR7014", { image: written, reason: image.problem }, origin));
  return { locked, source, image };
}

interface Wheels extends LockedRequirements {
  readonly key: string;
  readonly file: RequirementsFile;
  read(): ReadableStream<Uint8Array>;
}

/** The locked layer of a step's requirements on this base. Its bytes are made only when a registry lacks them. */
function wheelsOf(
  { written, requirements = "", step }: Wanted,
  locked: LockedImage,
  { project, lock, requirements: files }: PlanInput,
  diagnostics: Diagnostic[],
): Wheels | undefined {
  const refuse = (problem: Diagnostic): undefined => {
    diagnostics.push(problem);
  };
  const file = files?.get(requirements);
  if (file === undefined) return undefined;
  const origin = originOfRequirements(step);
  const loose = unpinned(file);
  diagnostics.push(...loose);
  const python = pythonOf(locked.config) ?? project.images?.[written]?.python;
  if (python === undefined) return refuse(diagnostic("TR7034", { image: written, file: requirements }, origin));
  if (loose.length > 0) return undefined;
  const key = requirementsKey(requirements, locked.platform, python);
  const entry = lock?.requirements?.[key];
  const source = requirementsDigest(file);
  if (entry === undefined || entry.source !== source) {
    const changed = entry !== undefined;
    return refuse(diagnostic("TR7033", { file: requirements, platform: locked.platform, python, changed }, origin));
  }
  const read = (): ReadableStream<Uint8Array> => {
    const layer = requirementsLayer(file, { platform: locked.platform, python });
    if (layer.digest !== entry.digest)
      throw registryError("TR7037", { file: requirements, locked: entry.digest, actual: layer.digest });
    return layer.open();
  };
  return { ...entry, key, file, read };
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

export interface WantedRequirements {
  readonly image: string;
  readonly file: string;
  readonly origin: Origin;
}

/** Which requirements file goes onto which image. */
export function requirementsOnImages(
  project: Project,
  steps: readonly StepDefinition[],
): readonly WantedRequirements[] {
  const found = new Map<string, WantedRequirements>();
  for (const step of steps) {
    const image = imageOf(step, project);
    const file = containerRequirements(step);
    if (image !== undefined && file !== undefined)
      found.set(JSON.stringify([image, file]), { image, file, origin: originOfRequirements(step) });
  }
  return [...found.values()];
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
