/** base image + layers → manifest and configuration of a new image: pure, so that the digest is known before anything is pushed. */
import type { Range } from "../compiler/config/json.ts";
import type { BaseImage, Descriptor, Insertion, LabelSite } from "./base-image.ts";
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

/** `labels` say what the image was made of; they may hold nothing that the same sources would not give again, such as a commit. */
export function stepImage(
  base: BaseImage,
  added: readonly AddedLayer[],
  labels: Readonly<Record<string, string>> = {},
): ImageBytes {
  const config = extendConfig(base, added, labels);
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
 * The base's configuration with one more `diff_id` and history entry a layer, and labels. Edited as text: parsed and written again, large
 * integers would lose digits and keys like `"8080"` would move.
 */
function extendConfig(base: BaseImage, added: readonly AddedLayer[], labels: Readonly<Record<string, string>>): string {
  const diffIds = added.map((layer) => JSON.stringify(layer.diffId));
  const history = added.map(({ comment }) =>
    JSON.stringify({ created: CREATED, created_by: `twinrail: ${comment}`, comment: "twinrail" }),
  );
  const edits = [append(base.diffIds, diffIds), ...labelEdits(base.labels, labels)];
  if (base.history !== undefined) edits.push(append(base.history, history));
  // From the back, so that an edit does not move the place of the next.
  edits.sort((a, b) => b.start - a.start);
  return edits.reduce((text, { start, end, by }) => text.slice(0, start) + by + text.slice(end), base.configText);
}

interface Edit extends Range {
  readonly by: string;
}

function append({ at, isEmpty }: Insertion, items: readonly string[]): Edit {
  return { start: at, end: at, by: `${isEmpty || items.length === 0 ? "" : ","}${items.join(",")}` };
}

function labelEdits({ values, at, before, after }: LabelSite, labels: Readonly<Record<string, string>>): Edit[] {
  const edits: Edit[] = [];
  const fresh: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    const known = values.get(name);
    if (known === undefined) fresh.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
    else edits.push({ ...known, by: JSON.stringify(value) });
  }
  return fresh.length === 0 ? edits : [...edits, { ...at, by: before + fresh.join(",") + after }];
}
