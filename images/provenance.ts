/** What a step image says of itself: labels, written by `plan`, read back from a registry. Never the commit: another commit of the same sources is the same image. */
import type { Descriptor } from "./base-image.ts";
import { parseReference, type Reference } from "./reference.ts";
import type { Registry } from "./registry.ts";
import { registryError } from "./registry-error.ts";

/** The first two are the OCI image specification's own (1.1). */
export const LABELS = {
  baseName: "org.opencontainers.image.base.name",
  baseDigest: "org.opencontainers.image.base.digest",
  runtime: "dev.twinrail.runtime",
  sources: "dev.twinrail.sources",
  requirements: "dev.twinrail.requirements",
} as const;

export interface Provenance {
  readonly image: string;
  readonly platform: string;
  readonly base: { readonly name: string; readonly digest: string };
  /** Version and digest of the runtime's layer. */
  readonly runtime: { readonly version: string; readonly digest: string };
  /** Digest of the layer of sources, uncompressed (its `diff_id`). */
  readonly sources: string;
  /** The requirements file and its sha256, when there are wheels in the image. */
  readonly requirements?: { readonly file: string; readonly digest: string };
}

/** Errors are `RegistryError`s; `TR7060` when the image is none of Twinrail's. */
export async function readProvenance(image: string, registry: (host: string) => Registry): Promise<Provenance> {
  const reference = parseReference(image);
  if ("problem" in reference) throw registryError("TR7010", { image, reason: reference.problem });
  const client = registry(reference.host);
  const manifest = await client.manifest(reference.repository, reference.digest ?? reference.tag ?? "latest");
  if (manifest === undefined) throw registryError("TR7042", { image });
  const { config } = parsed<{ config?: Descriptor }>(manifest.bytes);
  if (typeof config?.digest !== "string") throw registryError("TR7060", { image });
  const text = parsed<ImageConfig>(await client.blob(reference.repository, config));
  const labels = text.config?.Labels ?? {};
  const [version = "", digest = ""] = (labels[LABELS.runtime] ?? "").split(" ");
  const sources = labels[LABELS.sources];
  if (sources === undefined || digest === "") throw registryError("TR7060", { image });
  const [file, requirements] = (labels[LABELS.requirements] ?? "").split(" ");
  return {
    image: named(reference, manifest.digest),
    platform: `${text.os}/${text.architecture}`,
    base: { name: labels[LABELS.baseName] ?? "", digest: labels[LABELS.baseDigest] ?? "" },
    runtime: { version, digest },
    sources,
    ...(file !== undefined && requirements !== undefined ? { requirements: { file, digest: requirements } } : {}),
  };
}

interface ImageConfig {
  readonly os?: string;
  readonly architecture?: string;
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
}

function named({ host, repository }: Reference, digest: string): string {
  return `${host}/${repository}@${digest}`;
}

function parsed<T extends object>(bytes: Uint8Array): Partial<T> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Partial<T>) : {};
  } catch {
    return {};
  }
}
