/** The few calls of the OCI distribution API (1.1) that locking and pushing need. What arrives is checked against its digest. */
import { createHash } from "node:crypto";
import { type Descriptor, IMAGE_FORMATS } from "./base-image.ts";
import { sha256 } from "./layer.ts";
import { RegistryError, registryError } from "./registry-error.ts";
import { type HttpOptions, RegistryHttp, reasonOf } from "./registry-http.ts";

export interface FetchedManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export const INDEX_TYPES: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
/** All of them at once: a registry answers 404 for a tag whose type is not asked for. */
const ACCEPT = [...INDEX_TYPES, ...IMAGE_FORMATS.map(({ manifest }) => manifest)].join(", ");

/** The distribution specification's recommended limit. */
const MANIFEST_LIMIT = 4 * 2 ** 20;
const CONFIG_LIMIT = 8 * 2 ** 20;
const TIMEOUT = 60_000;

export class Registry {
  readonly #http: RegistryHttp;

  constructor(host: string, options: HttpOptions) {
    this.#http = new RegistryHttp(host, options);
  }

  get host(): string {
    return this.#http.host;
  }

  /** `reference` is a tag or a digest; nothing when the registry has no such image. */
  async manifest(repository: string, reference: string): Promise<FetchedManifest | undefined> {
    const to = `/v2/${repository}/manifests/${reference}`;
    const response = await this.#http.call({
      method: "GET",
      to,
      repository,
      action: "pull",
      headers: { accept: ACCEPT },
      timeout: TIMEOUT,
    });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw this.#unexpected("GET", to, response);
    const bytes = await this.#read(response, MANIFEST_LIMIT, to);
    const digest = sha256(bytes);
    // Not compared with Docker-Content-Digest: many registries fill it wrongly, and the bytes are what counts.
    if (reference.startsWith("sha256:") && digest !== reference)
      throw mismatch(`The manifest of ${this.host}/${repository}`, reference, digest);
    return { digest, mediaType: mediaTypeOf(bytes, response.headers.get("content-type") ?? ""), bytes };
  }

  /** The digest of a tag, or whether a digest exists; nothing when it does not. */
  async manifestDigest(repository: string, reference: string): Promise<string | undefined> {
    const to = `/v2/${repository}/manifests/${reference}`;
    const response = await this.#http.call({
      method: "HEAD",
      to,
      repository,
      action: "push",
      headers: { accept: ACCEPT },
      timeout: TIMEOUT,
    });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw this.#unexpected("HEAD", to, response);
    return response.headers.get("docker-content-digest") ?? (await this.manifest(repository, reference))?.digest;
  }

  /** A blob small enough to hold: a configuration. */
  async blob(repository: string, descriptor: Descriptor): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    if (descriptor.size > CONFIG_LIMIT) throw this.#tooLarge(`/v2/${repository}/blobs/${descriptor.digest}`);
    for await (const chunk of await this.openBlob(repository, descriptor)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** A blob's bytes as they arrive. Ends with an error when they are not what `descriptor` says. */
  async openBlob(repository: string, descriptor: Descriptor): Promise<AsyncIterable<Uint8Array>> {
    const to = `/v2/${repository}/blobs/${descriptor.digest}`;
    const response = await this.#http.call({ method: "GET", to, repository, action: "pull" });
    if (response.status === 404)
      throw registryError("TR7042", { image: `${this.host}/${repository}@${descriptor.digest}` });
    if (response.status !== 200 || response.body === null) throw this.#unexpected("GET", to, response);
    return checked(this.#body(response), descriptor, `A blob of ${this.host}/${repository}`);
  }

  async hasBlob(repository: string, digest: string): Promise<boolean> {
    const to = `/v2/${repository}/blobs/${digest}`;
    const response = await this.#http.call({ method: "HEAD", to, repository, action: "push", timeout: TIMEOUT });
    if (response.status !== 200 && response.status !== 404) throw this.#unexpected("HEAD", to, response);
    return response.status === 200;
  }

  /** Whether the registry took over a blob of another of its repositories. */
  async mountBlob(repository: string, digest: string, from: string): Promise<boolean> {
    const to = `/v2/${repository}/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
    try {
      const response = await this.#http.call({
        method: "POST",
        to,
        repository,
        action: "push",
        mountFrom: from,
        timeout: TIMEOUT,
      });
      // Anything but "created" is a registry's way to say: upload it. The session that it may have opened ends by itself.
      return response.status === 201;
    } catch (error) {
      if (error instanceof RegistryError) return false; // e.g. not allowed to read there; uploading shows what really is wrong
      throw error;
    }
  }

  async uploadBlob(
    repository: string,
    descriptor: { digest: string; size: number },
    content: () => Uint8Array | ReadableStream<Uint8Array>,
  ): Promise<void> {
    const start = `/v2/${repository}/blobs/uploads/`;
    const opened = await this.#http.call({
      method: "POST",
      to: start,
      repository,
      action: "push",
      headers: { "content-length": "0" },
      timeout: TIMEOUT,
    });
    if (opened.status !== 202) throw this.#unexpected("POST", start, opened);
    const to = this.#http.location(opened, start);
    to.searchParams.set("digest", descriptor.digest);
    const headers = { "content-type": "application/octet-stream", "content-length": String(descriptor.size) };
    const stored = await this.#http.call({ method: "PUT", to, repository, action: "push", headers, body: content });
    if (stored.status !== 201) throw this.#unexpected("PUT", to.pathname, stored, await complaint(stored));
  }

  async putManifest(repository: string, reference: string, mediaType: string, manifest: Uint8Array): Promise<void> {
    const to = `/v2/${repository}/manifests/${reference}`;
    const headers = { "content-type": mediaType };
    const response = await this.#http.call({
      method: "PUT",
      to,
      repository,
      action: "push",
      headers,
      body: () => manifest,
      timeout: TIMEOUT,
    });
    if (response.status !== 201) throw this.#unexpected("PUT", to, response, await complaint(response));
    const stored = response.headers.get("docker-content-digest");
    const digest = sha256(manifest);
    if (stored !== null && stored !== digest)
      throw mismatch(`The manifest that was pushed to ${this.host}/${repository}`, digest, stored);
  }

  async #read(response: Response, limit: number, to: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.#body(response)) {
      size += chunk.length;
      if (size > limit) throw this.#tooLarge(to);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async *#body(response: Response): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of response.body ?? []) yield chunk;
    } catch (error) {
      throw registryError("TR7040", {
        host: this.host,
        reason: `the connection broke in the middle (${reasonOf(error)})`,
      });
    }
  }

  #tooLarge(to: string): Error {
    return registryError("TR7045", {
      host: this.host,
      request: `GET ${to}`,
      answer: "more bytes than a manifest or configuration has",
    });
  }

  #unexpected(method: string, to: string, response: Response, detail = ""): Error {
    return registryError("TR7045", {
      host: this.host,
      request: `${method} ${to}`,
      answer: `status ${response.status}${detail === "" ? "" : `: ${detail}`}`,
    });
  }
}

/** One client a host, made when first needed: tokens are kept for the whole command. */
export function registries(options: HttpOptions): (host: string) => Registry {
  const clients = new Map<string, Registry>();
  return (host) => {
    const client = clients.get(host) ?? new Registry(host, options);
    clients.set(host, client);
    return client;
  };
}

async function* checked(
  body: AsyncIterable<Uint8Array>,
  descriptor: Descriptor,
  what: string,
): AsyncIterable<Uint8Array> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > descriptor.size) throw mismatch(what, `${descriptor.size} bytes`, "more");
    hash.update(chunk);
    yield chunk;
  }
  if (size !== descriptor.size) throw mismatch(what, `${descriptor.size} bytes`, `${size} bytes`);
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== descriptor.digest) throw mismatch(what, descriptor.digest, actual);
}

/** What a registry says is wrong: `{"errors": [{"code", "message"}]}` by the specification, anything in practice. */
async function complaint(response: Response): Promise<string> {
  const text = (await response.text().catch(() => "")).slice(0, 2000);
  const messages = [...text.matchAll(/"message"\s*:\s*"([^"]*)"/g)].map(([, message = ""]) => message);
  return (messages.length > 0 ? messages.join("; ") : text)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, 300);
}

function mismatch(what: string, expected: string, actual: string): Error {
  return registryError("TR7043", { what, expected, actual });
}

function mediaTypeOf(bytes: Uint8Array, contentType: string): string {
  try {
    const { mediaType } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { mediaType?: unknown };
    if (typeof mediaType === "string") return mediaType;
  } catch {
    // Not JSON: whoever reads the manifest says so.
  }
  return contentType.split(";")[0]?.trim() ?? "";
}
