/** A locked base image as data: what has to be known of it to put layers on top. */
import { type JsonDocument, parseJson, pointer, type Range } from "../compiler/config/json.ts";
import type { LockedImage } from "./lock.ts";

/** Part of a manifest: where a blob is and what it is. Fields that are not ours (`annotations`, `urls`) are kept as they are. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface ImageFormat {
  readonly name: "OCI" | "Docker";
  readonly manifest: string;
  /** Of gzipped layers. */
  readonly layer: string;
}

export const OCI: ImageFormat = {
  name: "OCI",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};
export const DOCKER: ImageFormat = {
  name: "Docker",
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
};
export const IMAGE_FORMATS: readonly ImageFormat[] = [OCI, DOCKER];

export interface BaseImage {
  readonly format: ImageFormat;
  readonly digest: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly configText: string;
  /** Where in `configText` the closing brackets of these lists are, and whether the list is empty. */
  readonly diffIds: Insertion;
  /** Absent: the base has no history. */
  readonly history?: Insertion;
  readonly labels: LabelSite;
}

/** Where labels are written in `configText`. */
export interface LabelSite {
  /** Values of labels that the base has, by name. */
  readonly values: ReadonlyMap<string, Range>;
  /** What stands around new labels when the base has none, and what is replaced by it (`"Labels": null`). */
  readonly at: Range;
  readonly before: string;
  readonly after: string;
}

export interface Insertion {
  readonly at: number;
  readonly isEmpty: boolean;
}

/** The reason when no layer can be put on the image. */
export function readBaseImage(locked: LockedImage): BaseImage | { readonly problem: string } {
  const format = IMAGE_FORMATS.find(({ manifest }) => manifest === locked.mediaType);
  if (format === undefined) return { problem: `its manifest is of type ${locked.mediaType}` };
  const manifest = parseJson(locked.manifest);
  const parsed = parseJson(locked.config);
  if ("error" in manifest || "error" in parsed) return { problem: "its manifest or configuration is not JSON" };
  if (parsed.document.duplicates.length > 0) return { problem: "its configuration writes a key twice" };
  const { config, layers } = manifest.document.value as { config?: unknown; layers?: unknown };
  if (!isDescriptor(config) || !Array.isArray(layers) || !layers.every(isDescriptor))
    return { problem: "its manifest lists no configuration and layers" };
  const foreign = layers.find((layer) => /foreign|nondistributable/.test(layer.mediaType));
  if (foreign !== undefined) return { problem: "it has a layer that may not be copied to another registry" };

  const { value, values } = parsed.document;
  const { rootfs, history } = value as { rootfs?: { diff_ids?: unknown }; history?: unknown };
  const diffIds = rootfs?.diff_ids;
  if (!Array.isArray(diffIds) || diffIds.length !== layers.length)
    return { problem: "its configuration does not name as many layers as its manifest" };
  const insertion = (list: readonly unknown[], range: Range | undefined): Insertion => ({
    at: (range?.end ?? 0) - 1,
    isEmpty: list.length === 0,
  });
  return {
    format,
    digest: locked.digest,
    config,
    layers,
    configText: locked.config,
    diffIds: insertion(diffIds, values.get("/rootfs/diff_ids")),
    ...(Array.isArray(history) ? { history: insertion(history, values.get("/history")) } : {}),
    labels: labelSite(parsed.document),
  };
}

/** A configuration may have no `config`, or one without `Labels`, or `null` in either's place. */
function labelSite({ value, values }: JsonDocument): LabelSite {
  const { config } = value as { config?: Readonly<Record<string, unknown>> | null };
  const labels = config?.Labels;
  const known = new Map<string, Range>();
  if (typeof labels === "object" && labels !== null) {
    for (const name of Object.keys(labels)) {
      const range = values.get(pointer("/config/Labels", name));
      if (range !== undefined) known.set(name, range);
    }
    return { values: known, ...insideOf(values.get("/config/Labels"), known.size === 0) };
  }
  const isNull = (range: Range | undefined) => range !== undefined && { at: range, before: "", after: "" };
  const whole = isNull(values.get("/config/Labels"));
  if (whole) return { values: known, ...whole, before: "{", after: "}" };
  if (typeof config === "object" && config !== null) {
    const site = insideOf(values.get("/config"), Object.keys(config).length === 0);
    return { values: known, at: site.at, before: `${site.before}"Labels":{`, after: "}" };
  }
  const noConfig = isNull(values.get("/config"));
  if (noConfig) return { values: known, ...noConfig, before: '{"Labels":{', after: "}}" };
  return { values: known, at: insideOf(values.get(""), false).at, before: ',"config":{"Labels":{', after: "}}" };
}

/** Just before an object's closing brace. */
function insideOf(object: Range | undefined, isEmpty: boolean): Omit<LabelSite, "values"> {
  const at = (object?.end ?? 0) - 1;
  return { at: { start: at, end: at }, before: isEmpty ? "" : ",", after: "" };
}

function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== "object" || value === null) return false;
  const { mediaType, digest, size } = value as Partial<Descriptor>;
  return typeof mediaType === "string" && /^sha256:[0-9a-f]{64}$/.test(String(digest)) && Number.isSafeInteger(size);
}

/** `3.11`, when the image says which Python it has: the official images do, and those made from them. */
export function pythonOf(config: string): string | undefined {
  const parsed = parseJson(config);
  const { config: inner } = ("error" in parsed ? {} : (parsed.document.value ?? {})) as { config?: { Env?: unknown } };
  const env = Array.isArray(inner?.Env) ? inner.Env : [];
  const found = env.map((entry) => /^PYTHON_VERSION=(3\.\d+)(?:\.|$)/.exec(String(entry))?.[1]);
  return found.find((version) => version !== undefined);
}

/** `linux/amd64`, from an image's configuration. */
export function platformOf(config: string): string {
  const parsed = parseJson(config);
  if ("error" in parsed) return "unknown";
  const { os, architecture } = (parsed.document.value ?? {}) as { os?: unknown; architecture?: unknown };
  return `${String(os ?? "unknown")}/${String(architecture ?? "unknown")}`;
}
