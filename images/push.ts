/** Makes planned images exist: uploads what the registry lacks, the manifest last, so that a reference never names half an image. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Diagnostic, hasErrors } from "../compiler/diagnostics/diagnostic.ts";
import type { Descriptor } from "./base-image.ts";
import { mapConcurrently } from "./concurrency.ts";
import type { StepImage } from "./plan.ts";
import type { Registry } from "./registry.ts";
import { RegistryError } from "./registry-error.ts";

export type PushEvent =
  | {
      readonly kind: "blob";
      readonly image: string;
      readonly digest: string;
      readonly size: number;
      readonly how: "present" | "mounted" | "copied" | "uploaded";
    }
  | { readonly kind: "image"; readonly image: string; readonly how: "present" | "pushed" };

export interface PushOptions {
  readonly registry: (host: string) => Registry;
  readonly onProgress?: (event: PushEvent) => void;
}

export interface PushResult {
  /** References that exist now. */
  readonly pushed: readonly string[];
  /** Bytes that this call sent. */
  readonly uploadedBytes: number;
  readonly diagnostics: readonly Diagnostic[];
}

const ATTEMPTS = 4;

/** Safe to run twice, and by two at once: every upload is of bytes under their own digest. */
export async function pushImages(images: readonly StepImage[], options: PushOptions): Promise<PushResult> {
  const diagnostics: Diagnostic[] = [];
  const pushed: string[] = [];
  let uploadedBytes = 0;
  const onProgress = (event: PushEvent) => {
    if (event.kind === "blob" && (event.how === "uploaded" || event.how === "copied")) uploadedBytes += event.size;
    options.onProgress?.(event);
  };
  const pusher = new Pusher({ ...options, onProgress });
  for (const image of images) {
    try {
      await pusher.push(image, ATTEMPTS);
      pushed.push(image.reference);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      diagnostics.push(error.at());
    }
  }
  return { pushed, uploadedBytes, diagnostics: hasErrors(diagnostics) ? distinct(diagnostics) : diagnostics };
}

class Pusher {
  readonly #options: Required<PushOptions>;
  /** Blobs that are known to be in a repository; images share most of theirs. */
  readonly #known = new Set<string>();

  constructor(options: Required<PushOptions>) {
    this.#options = options;
  }

  /**
   * While two push the same blob, some registries (distribution 2.8 on a file system) refuse a manifest for a blob that is being written once
   * more. Beginning again costs a few HEAD requests.
   */
  async push(image: StepImage, attempts: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(image);
      } catch (error) {
        if (!(error instanceof RegistryError) || error.code !== "TR7045" || attempt >= attempts) throw error;
        this.#known.clear();
        await sleep(100 * 3 ** (attempt - 1));
      }
    }
  }

  async #once(image: StepImage): Promise<void> {
    const { target } = image;
    const registry = this.#options.registry(target.host);
    // A tag, because many registries delete manifests that no tag points to.
    const tag = `twinrail-${image.digest.slice("sha256:".length, "sha256:".length + 20)}`;
    if ((await registry.manifestDigest(target.repository, tag)) === image.digest) {
      this.#options.onProgress({ kind: "image", image: image.reference, how: "present" });
      return;
    }
    await mapConcurrently(image.base.layers, 3, (layer) => this.#baseLayer(registry, image, layer));
    for (const { digest, size, read } of image.added) await this.#blob(registry, image, { digest, size }, read);
    const config = Buffer.from(image.config);
    await this.#blob(registry, image, { digest: image.configDigest, size: config.length }, () => config);
    await registry.putManifest(target.repository, tag, image.mediaType, Buffer.from(image.manifest));
    this.#options.onProgress({ kind: "image", image: image.reference, how: "pushed" });
  }

  async #blob(
    registry: Registry,
    image: StepImage,
    blob: { digest: string; size: number },
    read: () => Uint8Array | ReadableStream<Uint8Array>,
  ): Promise<void> {
    if (await this.#isThere(registry, image, blob)) return;
    await registry.uploadBlob(image.target.repository, blob, read);
    this.#done(image, blob, "uploaded");
  }

  /** Mounted when the base is in the same registry, else streamed from its own. */
  async #baseLayer(registry: Registry, image: StepImage, layer: Descriptor): Promise<void> {
    const { base, target } = image;
    if (await this.#isThere(registry, image, layer)) return;
    if (
      base.source.host === target.host &&
      (await registry.mountBlob(target.repository, layer.digest, base.source.repository))
    ) {
      this.#done(image, layer, "mounted");
      return;
    }
    const source = this.#options.registry(base.source.host);
    const content = async function* () {
      yield* await source.openBlob(base.source.repository, layer);
    };
    await registry.uploadBlob(target.repository, layer, () => ReadableStream.from(content()));
    this.#done(image, layer, "copied");
  }

  async #isThere(registry: Registry, image: StepImage, blob: { digest: string; size: number }): Promise<boolean> {
    const { repository, host } = image.target;
    if (this.#known.has(`${host}/${repository}@${blob.digest}`)) return true;
    if (!(await registry.hasBlob(repository, blob.digest))) return false;
    this.#done(image, blob, "present");
    return true;
  }

  #done(
    image: StepImage,
    blob: { digest: string; size: number },
    how: "present" | "mounted" | "copied" | "uploaded",
  ): void {
    const { repository, host } = image.target;
    this.#known.add(`${host}/${repository}@${blob.digest}`);
    this.#options.onProgress({ kind: "blob", image: image.reference, digest: blob.digest, size: blob.size, how });
  }
}

/** Ten images that a registry refuses for one reason are one problem. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [one.code + one.message, one])).values()];
}
