/** base image + layers → manifest and configuration of a new image: pure, so that the digest is known before anything is pushed. */
import type { BaseImage, Descriptor, Insertion } from "./base-image.ts";
import { type LayerInfo, sha256 } from "./layer.ts";

export interface AddedLayer extends LayerInfo {
  /** What `docker history` shows. */
  readonly comment: string;
}

export interface ImageBytes {
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: string;
  readonly config: string;
  readonly configDigest: string;
}

/** A fixed time: the same sources give the same image whenever they are compiled. */
const CREATED = "1970-01-01T00:00:00Z";

export function stepImage(base: BaseImage, added: readonly AddedLayer[]): ImageBytes {
  const config = extendConfig(base, added);
  const configDigest = sha256(config);
  const layers: Descriptor[] = [
    ...base.layers,
    ...added.map(({ digest, size }) => ({ mediaType: base.format.layer, digest, size })),
  ];
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: base.format.manifest,
    config: { mediaType: base.config.mediaType, digest: configDigest, size: Buffer.byteLength(config) },
    layers,
    // Docker's format has no annotations; the digest of the base is in the lock file anyway.
    ...(base.format.name === "OCI" ? { annotations: { "org.opencontainers.image.base.digest": base.digest } } : {}),
  });
  return { digest: sha256(manifest), mediaType: base.format.manifest, manifest, config, configDigest };
}

/**
 * The base's configuration with one more `diff_id` and history entry a layer. Edited as text: parsed and written again, large integers would
 * lose digits and keys like `"8080"` would move.
 */
function extendConfig(base: BaseImage, added: readonly AddedLayer[]): string {
  const diffIds = added.map((layer) => JSON.stringify(layer.diffId));
  const history = added.map(({ comment }) =>
    JSON.stringify({ created: CREATED, created_by: `twinrail: ${comment}`, comment: "twinrail" }),
  );
  const edits: [Insertion, string[]][] = [
    [base.diffIds, diffIds],
    ...(base.history ? [[base.history, history] as [Insertion, string[]]] : []),
  ];
  // From the back, so that an edit does not move the place of the next.
  edits.sort(([a], [b]) => b.at - a.at);
  return edits.reduce(
    (text, [{ at, isEmpty }, items]) => `${text.slice(0, at)}${isEmpty ? "" : ","}${items.join(",")}${text.slice(at)}`,
    base.configText,
  );
}
