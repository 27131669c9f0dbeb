/** Image references → lock: asks each registry what a tag means today, and keeps the platform's manifest and configuration. */
import type { Project } from "../compiler/config/project.ts";
import { type Diagnostic, diagnostic, hasErrors, type Origin } from "../compiler/diagnostics/diagnostic.ts";
import { type Descriptor, platformOf, pythonOf, readBaseImage } from "./base-image.ts";
import { mapConcurrently } from "./concurrency.ts";
import { LOCK_VERSION, type Lock, type LockedImage, type LockedRequirements, requirementsKey } from "./lock.ts";
import { PLATFORM, type WantedRequirements } from "./plan.ts";
import { parseReference, type Reference } from "./reference.ts";
import { type FetchedManifest, INDEX_TYPES, type Registry } from "./registry.ts";
import { RegistryError, registryError } from "./registry-error.ts";
import { type RequirementsFiles, requirementsDigest, unpinned } from "./requirements.ts";
import { requirementsLayer } from "./requirements-layer.ts";
import type { RuntimeLayer } from "./runtime-layer.ts";

export interface LockInput {
  /** What to lock, with the place that names it (`imageReferences` in plan.ts). */
  readonly references: ReadonlyMap<string, Origin | undefined>;
  /** The lock so far: what is in it stays as it is, unless `update` says otherwise. */
  readonly previous?: Lock;
  readonly update?: "all" | readonly string[];
  readonly runtimeLayer: RuntimeLayer;
  /** Which requirements go onto which image, the files, and what is known of images. */
  readonly wheels?: {
    readonly wanted: readonly WantedRequirements[];
    readonly files: RequirementsFiles;
    readonly project: Project;
  };
  /** Version of Twinrail. */
  readonly twinrail: string;
  /** npm's, of that package. */
  readonly integrity?: string;
  readonly registry: (host: string) => Registry;
}

/** `lock` is absent when there are errors. An image that the project no longer names is left out. */
export async function lockImages(
  input: LockInput,
): Promise<{ readonly lock?: Lock; readonly diagnostics: readonly Diagnostic[] }> {
  const { previous, update = [], runtimeLayer } = input;
  const diagnostics: Diagnostic[] = [];
  const images: Record<string, LockedImage> = {};
  for (const name of update === "all" ? [] : update) {
    if (!input.references.has(name) && !input.wheels?.wanted.some(({ file }) => file === name))
      diagnostics.push(diagnostic("TR7007", { name, has: [...input.references.keys()] }));
  }
  await mapConcurrently([...input.references], 4, async ([written, origin]) => {
    const kept =
      previous !== undefined && Object.hasOwn(previous.images, written) ? previous.images[written] : undefined;
    if (kept !== undefined && update !== "all" && !update.includes(written)) {
      images[written] = kept;
      return;
    }
    const reference = parseReference(written);
    if ("problem" in reference) {
      diagnostics.push(diagnostic("TR7010", { image: written, reason: reference.problem }, origin));
      return;
    }
    try {
      const locked = await resolveImage(input.registry(reference.host), reference, written);
      const base = readBaseImage(locked);
      if ("problem" in base) diagnostics.push(diagnostic("TR7014", { image: written, reason: base.problem }, origin));
      images[written] = locked;
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      diagnostics.push(error.at(origin));
    }
  });
  if (hasErrors(diagnostics)) return { diagnostics };
  const requirements = lockRequirements(input, images, diagnostics);
  if (hasErrors(diagnostics)) return { diagnostics };
  const { version, digest, diffId, size } = runtimeLayer;
  return {
    lock: {
      version: LOCK_VERSION,
      twinrail: input.twinrail,
      ...(input.integrity === undefined ? {} : { integrity: input.integrity }),
      images,
      ...(Object.keys(requirements).length === 0 ? {} : { requirements }),
      runtime: { version, digest, diffId, size },
    },
    diagnostics,
  };
}

/** Asks uv for the wheels of each file that is new or has changed, and keeps the digest of their layer. */
function lockRequirements(
  { wheels, previous, update = [] }: LockInput,
  images: Readonly<Record<string, LockedImage>>,
  diagnostics: Diagnostic[],
): Readonly<Record<string, LockedRequirements>> {
  const locked: Record<string, LockedRequirements> = {};
  for (const { image, file, origin } of wheels?.wanted ?? []) {
    const base = images[image];
    const requirements = wheels?.files.get(file);
    if (base === undefined || requirements === undefined) continue;
    const python = pythonOf(base.config) ?? wheels?.project.images?.[image]?.python;
    const loose = unpinned(requirements);
    diagnostics.push(...loose);
    if (python === undefined) diagnostics.push(diagnostic("TR7034", { image, file }, origin));
    if (python === undefined || loose.length > 0) continue;
    const key = requirementsKey(file, base.platform, python);
    const source = requirementsDigest(requirements);
    const kept = previous?.requirements?.[key];
    if (kept?.source === source && update !== "all" && !update.includes(file)) {
      locked[key] = kept;
      continue;
    }
    try {
      const { digest, diffId, size } = requirementsLayer(requirements, { platform: base.platform, python });
      locked[key] = { source, digest, diffId, size };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      diagnostics.push(error.at(origin));
    }
  }
  return locked;
}

async function resolveImage(registry: Registry, reference: Reference, written: string): Promise<LockedImage> {
  const named = await registry.manifest(reference.repository, reference.digest ?? reference.tag ?? "latest");
  if (named === undefined) throw registryError("TR7042", { image: written });
  const manifest = INDEX_TYPES.includes(named.mediaType)
    ? await platformManifest(registry, reference, named, written)
    : named;
  const described = parsed<{ config?: Partial<Descriptor> }>(manifest.bytes, written).config;
  if (typeof described?.digest !== "string" || typeof described.size !== "number") {
    throw registryError("TR7014", {
      image: written,
      reason: `its manifest, of type ${manifest.mediaType}, names no configuration`,
    });
  }
  const config = text(
    await registry.blob(reference.repository, { mediaType: "", digest: described.digest, size: described.size }),
    written,
  );
  const platform = platformOf(config);
  if (platform !== PLATFORM) throw registryError("TR7013", { image: written, platform });
  return {
    digest: manifest.digest,
    platform,
    mediaType: manifest.mediaType,
    manifest: text(manifest.bytes, written),
    config,
  };
}

interface IndexEntry {
  readonly digest?: unknown;
  readonly platform?: { readonly os?: unknown; readonly architecture?: unknown; readonly variant?: unknown };
}

/** An index lists a manifest a platform (and attestations, as platform `unknown`). */
async function platformManifest(
  registry: Registry,
  reference: Reference,
  index: FetchedManifest,
  written: string,
): Promise<FetchedManifest> {
  const { manifests = [] } = parsed<{ manifests?: readonly IndexEntry[] }>(index.bytes, written);
  const nameOf = ({ platform }: IndexEntry) => `${String(platform?.os)}/${String(platform?.architecture)}`;
  const fitting = manifests.filter((entry) => nameOf(entry) === PLATFORM);
  // A variant (`v3`) asks for more than every amd64 node has.
  const entry = fitting.find(({ platform }) => platform?.variant === undefined) ?? fitting[0];
  if (typeof entry?.digest !== "string") {
    const has = [...new Set(manifests.map(nameOf))].filter(
      (name) => !name.includes("unknown") && !name.includes("undefined"),
    );
    throw registryError("TR7044", { image: written, platform: PLATFORM, has });
  }
  const manifest = await registry.manifest(reference.repository, entry.digest);
  if (manifest === undefined) throw registryError("TR7042", { image: `${written}@${entry.digest}` });
  return manifest;
}

function parsed<T extends object>(bytes: Uint8Array, image: string): T {
  try {
    const value: unknown = JSON.parse(text(bytes, image));
    if (typeof value === "object" && value !== null) return value as T;
  } catch (error) {
    if (error instanceof RegistryError) throw error;
  }
  throw registryError("TR7014", { image, reason: "its manifest is not JSON" });
}

/** The lock holds bytes as text: they must come back as they were. */
function text(bytes: Uint8Array, image: string): string {
  const decoded = Buffer.from(bytes).toString("utf8");
  if (!Buffer.from(decoded).equals(bytes))
    throw registryError("TR7014", { image, reason: "its manifest or configuration is not UTF-8" });
  return decoded;
}
