/**
 * twinrail.lock.json: which image each reference means, with the very manifest and configuration, so that an image on top of it can be
 * computed without a network; and which runtime layer goes into it. Made by `twinrail lock`, reviewed and merged like source.
 */
import { type JsonDocument, parseJson, pointer } from "../compiler/config/json.ts";
import { type Diagnostic, diagnostic, hasErrors } from "../compiler/diagnostics/diagnostic.ts";
import type { LayerInfo } from "./layer.ts";
import { sha256 } from "./layer.ts";

export const LOCK_FILE = "twinrail.lock.json";
export const LOCK_VERSION = 1;

export interface Lock {
  readonly version: typeof LOCK_VERSION;
  /** The Twinrail that wrote it. */
  readonly twinrail: string;
  /** npm's integrity of that package (`sha512-…`), so that `verify` can fetch it later. Absent when npm did not install it. */
  readonly integrity?: string;
  /** By reference, as written in the pipelines or in twinrail.json. */
  readonly images: Readonly<Record<string, LockedImage>>;
  /** Layers of wheels, by `requirementsKey`. */
  readonly requirements?: Readonly<Record<string, LockedRequirements>>;
  readonly runtime: LockedRuntime;
}

export interface LockedImage {
  /** Of the platform's manifest, not of an index. */
  readonly digest: string;
  readonly platform: string;
  readonly mediaType: string;
  /** The registry's bytes, as text: the digest is over them. */
  readonly manifest: string;
  readonly config: string;
}

export interface LockedRuntime extends LayerInfo {
  readonly version: string;
}

export interface LockedRequirements extends LayerInfo {
  /** sha256 of what the file means (`requirementsDigest`). */
  readonly source: string;
}

/** The same file is another layer for another platform or Python. */
export function requirementsKey(file: string, platform: string, python: string): string {
  return `${file} ${platform} python${python}`;
}

/** The bytes of a lock: sorted, so that two people's additions merge. */
export function formatLock(lock: Lock): string {
  const images = Object.entries(lock.images).sort(([a], [b]) => (a < b ? -1 : 1));
  const ordered = {
    version: lock.version,
    twinrail: lock.twinrail,
    ...(lock.integrity === undefined ? {} : { integrity: lock.integrity }),
    images: Object.fromEntries(
      images.map(([reference, { digest, platform, mediaType, manifest, config }]) => [
        reference,
        { digest, platform, mediaType, manifest, config },
      ]),
    ),
    ...(lock.requirements === undefined || Object.keys(lock.requirements).length === 0
      ? {}
      : {
          requirements: Object.fromEntries(
            Object.entries(lock.requirements)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, { source, digest, diffId, size }]) => [key, { source, digest, diffId, size }]),
          ),
        }),
    runtime: {
      version: lock.runtime.version,
      digest: lock.runtime.digest,
      diffId: lock.runtime.diffId,
      size: lock.runtime.size,
    },
  };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

/** `file` is the name that diagnostics point at. A lock whose texts do not have the digests that they are locked to is refused. */
export function parseLock(
  text: string,
  file: string = LOCK_FILE,
): { readonly lock?: Lock; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = parseJson(text);
  if ("error" in parsed) {
    const { expected, found, at } = parsed.error;
    const what = text.includes("<<<<<<<") ? "a merge conflict" : found;
    return {
      diagnostics: [
        diagnostic("TR7002", { path: "", expects: `JSON: expected ${expected}, found ${what}` }, { file, ...at }),
      ],
    };
  }
  const reader = new LockReader(parsed.document, file);
  const lock = reader.lock();
  return hasErrors(reader.diagnostics) || lock === undefined
    ? { diagnostics: reader.diagnostics }
    : { lock, diagnostics: reader.diagnostics };
}

class LockReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #document: JsonDocument;
  readonly #file: string;

  constructor(document: JsonDocument, file: string) {
    this.#document = document;
    this.#file = file;
  }

  lock(): Lock | undefined {
    for (const { key, again } of this.#document.duplicates) {
      this.diagnostics.push(
        diagnostic("TR7002", { path: key, expects: "written once" }, { file: this.#file, ...again }),
      );
    }
    const root = this.#object(this.#document.value, "");
    if (root === undefined) return undefined;
    if (root.version !== LOCK_VERSION) {
      if (typeof root.version === "number" && root.version > LOCK_VERSION)
        this.diagnostics.push(diagnostic("TR7005", { version: String(root.version) }, this.#span("/version")));
      else this.#refuse("/version", `${LOCK_VERSION}`);
      return undefined;
    }
    const runtime = this.#object(root.runtime, "/runtime") ?? {};
    const images = this.#object(root.images, "/images") ?? {};
    const requirements = root.requirements === undefined ? undefined : this.#object(root.requirements, "/requirements");
    return {
      version: LOCK_VERSION,
      twinrail: this.#text(root, "", "twinrail"),
      ...(root.integrity === undefined ? {} : { integrity: this.#text(root, "", "integrity") }),
      images: Object.fromEntries(
        Object.keys(images).map((reference) => [reference, this.#image(images[reference], reference)]),
      ),
      ...(requirements && {
        requirements: Object.fromEntries(
          Object.keys(requirements).map((key) => [key, this.#requirements(requirements[key], key)]),
        ),
      }),
      runtime: { version: this.#text(runtime, "/runtime", "version"), ...this.#layer(runtime, "/runtime") },
    };
  }

  #requirements(value: unknown, key: string): LockedRequirements {
    const path = pointer("/requirements", key);
    const entry = this.#object(value, path) ?? {};
    return { source: this.#digest(entry, path, "source"), ...this.#layer(entry, path) };
  }

  #layer(entry: Readonly<Record<string, unknown>>, path: string): LayerInfo {
    return {
      digest: this.#digest(entry, path, "digest"),
      diffId: this.#digest(entry, path, "diffId"),
      size: this.#size(entry, path, "size"),
    };
  }

  #image(value: unknown, reference: string): LockedImage {
    const path = pointer("/images", reference);
    const entry = this.#object(value, path) ?? {};
    const image: LockedImage = {
      digest: this.#digest(entry, path, "digest"),
      platform: this.#text(entry, path, "platform"),
      mediaType: this.#text(entry, path, "mediaType"),
      manifest: this.#text(entry, path, "manifest"),
      config: this.#text(entry, path, "config"),
    };
    if (hasErrors(this.diagnostics)) return image;
    for (const { part, locked, actual } of alterations(image)) {
      this.diagnostics.push(
        diagnostic("TR7003", { image: reference, part, locked, actual }, this.#span(`${path}/${part}`)),
      );
    }
    return image;
  }

  #object(value: unknown, path: string): Readonly<Record<string, unknown>> | undefined {
    if (isRecord(value)) return value;
    this.#refuse(path, "an object");
    return undefined;
  }

  #text(owner: Readonly<Record<string, unknown>>, path: string, key: string): string {
    const value = owner[key];
    if (typeof value === "string" && value !== "") return value;
    this.#refuse(`${path}/${key}`, "a text");
    return "";
  }

  #digest(owner: Readonly<Record<string, unknown>>, path: string, key: string): string {
    const value = owner[key];
    if (typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value)) return value;
    this.#refuse(`${path}/${key}`, "`sha256:` and 64 hexadecimal digits");
    return "";
  }

  #size(owner: Readonly<Record<string, unknown>>, path: string, key: string): number {
    const value = owner[key];
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    this.#refuse(`${path}/${key}`, "a number of bytes");
    return 0;
  }

  #refuse(path: string, expects: string): void {
    const shown = path
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
      .join(" › ");
    this.diagnostics.push(diagnostic("TR7002", { path: shown, expects }, this.#span(path)));
  }

  /** The value, or the key or value of the nearest object around it. */
  #span(path: string): { file: string; start: number; end: number } {
    for (let at = path; ; at = at.slice(0, at.lastIndexOf("/"))) {
      const range = at === path ? this.#document.values.get(at) : this.#document.keys.get(at);
      if (range !== undefined) return { file: this.#file, ...range };
      if (at === "") return { file: this.#file, start: 0, end: 0 };
    }
  }
}

/** Which of a locked image's texts do not have the digest that the lock, or the manifest, states. */
export function alterations(image: LockedImage): { part: "manifest" | "config"; locked: string; actual: string }[] {
  const actual = sha256(image.manifest);
  if (actual !== image.digest) return [{ part: "manifest", locked: image.digest, actual }];
  const manifest: unknown = JSON.parse(image.manifest);
  const stated = isRecord(manifest) && isRecord(manifest.config) ? String(manifest.config.digest) : "none";
  const config = sha256(image.config);
  return config === stated ? [] : [{ part: "config", locked: stated, actual: config }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
