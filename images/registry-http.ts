/**
 * HTTP to one registry: authentication (OCI distribution specification 1.1; the token protocol of distribution), redirects, repeated attempts.
 * Credentials go to the registry, and to the token service that it names, and nowhere else.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Credentials } from "./credentials.ts";
import { apiHost } from "./reference.ts";
import { RegistryError, registryError } from "./registry-error.ts";

export interface HttpOptions {
  readonly credentials: Credentials;
  /** Hosts beside loopback that are spoken to without TLS. */
  readonly insecure?: readonly string[];
  readonly fetch?: typeof fetch;
  /** Between attempts, in milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

export interface Call {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** A path of the registry's API (`/v2/…`), or the address that an upload was told to go to. */
  readonly to: string | URL;
  readonly repository: string;
  /** What the call needs to be allowed; `mountFrom` also reads another repository. */
  readonly action: "pull" | "push";
  readonly mountFrom?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called once an attempt. */
  readonly body?: () => Uint8Array | ReadableStream<Uint8Array>;
  /** For the whole answer, in milliseconds; absent for blobs, where only silence counts (undici's 5 minutes). */
  readonly timeout?: number;
}

const ATTEMPTS = 4;
const REDIRECTS = 4;
const TOKEN_TIMEOUT = 60_000;

export class RegistryHttp {
  readonly host: string;
  readonly #origin: string;
  readonly #options: HttpOptions;
  readonly #authorization = new Map<string, string>();

  constructor(host: string, options: HttpOptions) {
    this.host = host;
    this.#origin = new URL(`${isPlain(host, options.insecure) ? "http" : "https"}://${apiHost(host)}`).origin;
    this.#options = options;
  }

  /** The answer, whatever its status but 401, 403, redirects, and those that repeating may cure. */
  async call(call: Call): Promise<Response> {
    const url = new URL(call.to, this.#origin);
    const response = await this.#authorized(call, url);
    if (response.status !== 401 && response.status !== 403) return response;
    await drain(response);
    throw registryError("TR7041", {
      host: this.host,
      repository: call.repository,
      action: call.action,
      anonymous: this.#options.credentials(this.host) === undefined,
    });
  }

  /** Where an answer's Location leads: an upload may stay on the registry or go to another host by TLS. */
  location(response: Response, base: string | URL): URL {
    const url = this.#follow(response, new URL(base, this.#origin));
    // Registries behind a proxy often state the scheme that they see themselves.
    if (url.protocol === "http:" && this.#origin === `https://${url.host}`) url.protocol = "https:";
    return this.#checked(url);
  }

  async #authorized(call: Call, url: URL): Promise<Response> {
    const scope = scopesOf(call).join(" ");
    const first = await this.#redirected(call, url, this.#authorization.get(scope));
    if (first.status !== 401 || url.origin !== this.#origin) return first;
    const challenge = first.headers.get("www-authenticate") ?? "";
    await drain(first);
    const authorization = await this.#answer(challenge, call);
    if (authorization === undefined) return first;
    this.#authorization.set(scope, authorization);
    return this.#redirected(call, url, authorization);
  }

  /** The `Authorization` header for a challenge, or nothing when there is none to give. */
  async #answer(challenge: string, call: Call): Promise<string | undefined> {
    const basic = this.#options.credentials(this.host);
    const bearer = /\bbearer\s+(.*)/i.exec(challenge)?.[1];
    if (bearer === undefined) return /\bbasic\b/i.test(challenge) ? basic : undefined;
    const { realm, service } = parameters(bearer);
    if (realm === undefined || !URL.canParse(realm, this.#origin)) {
      throw registryError("TR7045", {
        host: this.host,
        request: call.method,
        answer: "a login challenge without an address",
      });
    }
    const url = this.#checked(new URL(realm, this.#origin));
    if (service !== undefined) url.searchParams.set("service", service);
    for (const scope of scopesOf(call)) url.searchParams.append("scope", scope);
    const { repository, action } = call;
    const response = await this.#attempts(
      { method: "GET", to: url, repository, action, timeout: TOKEN_TIMEOUT },
      url,
      basic,
      false,
    );
    if (response.status === 401 || response.status === 403) return undefined;
    const text = response.ok ? await response.text() : "";
    const token = tokenIn(text);
    if (token === undefined)
      throw registryError("TR7045", {
        host: url.host,
        request: `GET ${url.pathname}`,
        answer: `status ${response.status} and no token`,
      });
    return `Bearer ${token}`;
  }

  /** Follows redirects of reads (blobs often live in an object store); the login stays with the registry. */
  async #redirected(call: Call, start: URL, authorization: string | undefined): Promise<Response> {
    let url = start;
    for (let hops = 0; hops <= REDIRECTS; hops++) {
      const own = url.origin === this.#origin;
      const response = await this.#attempts(call, url, own ? authorization : undefined, own);
      if (response.status < 300 || response.status > 399 || (call.method !== "GET" && call.method !== "HEAD"))
        return response;
      await drain(response);
      url = this.#checked(this.#follow(response, url));
    }
    throw registryError("TR7045", {
      host: this.host,
      request: `${call.method} ${start.pathname}`,
      answer: `more than ${REDIRECTS} redirects`,
    });
  }

  async #attempts(call: Call, url: URL, authorization: string | undefined, own: boolean): Promise<Response> {
    const send = this.#options.fetch ?? fetch;
    const wait = this.#options.wait ?? sleep;
    for (let attempt = 1; ; attempt++) {
      const body = call.body?.();
      let response: Response;
      try {
        response = await send(url.href, {
          method: call.method,
          redirect: "manual",
          headers: {
            ...(own ? call.headers : pick(call.headers, "accept", "content-type", "content-length")),
            ...(authorization === undefined ? {} : { authorization }),
          },
          ...(body === undefined ? {} : { body, duplex: "half" as const }),
          ...(call.timeout === undefined ? {} : { signal: AbortSignal.timeout(call.timeout) }),
        });
      } catch (error) {
        if (error instanceof Error && error.cause instanceof RegistryError) throw error.cause; // our own body threw it
        if (attempt >= ATTEMPTS) throw registryError("TR7040", { host: url.host, reason: reasonOf(error) });
        await wait(200 * 4 ** (attempt - 1));
        continue;
      }
      if (attempt >= ATTEMPTS || ![429, 500, 502, 503, 504].includes(response.status)) return response;
      const after = Number(response.headers.get("retry-after"));
      await drain(response);
      await wait(Number.isFinite(after) && after > 0 ? Math.min(after * 1000, 30_000) : 200 * 4 ** (attempt - 1));
    }
  }

  #follow(response: Response, base: URL): URL {
    const location = response.headers.get("location");
    if (location !== null && URL.canParse(location, base.href)) return new URL(location, base);
    throw registryError("TR7045", {
      host: base.host,
      request: base.pathname,
      answer: `status ${response.status} without an address`,
    });
  }

  /** Refuses what a hostile registry could point a machine inside a company's network to. */
  #checked(url: URL): URL {
    const refuse = (reason: string) =>
      registryError("TR7046", { host: this.host, target: `${url.protocol}//${url.host}${url.pathname}`, reason });
    if (url.username !== "" || url.password !== "") throw refuse("the address holds a login");
    if (url.origin === this.#origin) return url;
    if (/^(169\.254\.|\[fe80:|\[::ffff:a9fe:|metadata\.)/.test(url.hostname))
      throw refuse("link-local addresses belong to the machine's own network");
    if (url.protocol !== "https:" && !isPlain(url.host, this.#options.insecure)) throw refuse("it is not TLS");
    if (isLoopback(url.hostname) && !isLoopback(new URL(this.#origin).hostname))
      throw refuse("loopback addresses belong to this machine");
    return url;
  }
}

function scopesOf({ repository, action, mountFrom }: Call): string[] {
  const own = `repository:${repository}:${action === "push" ? "pull,push" : "pull"}`;
  return mountFrom === undefined ? [own] : [own, `repository:${mountFrom}:pull`];
}

function isPlain(host: string, insecure: readonly string[] = []): boolean {
  return insecure.includes(host) || isLoopback(new URL(`http://${host}`).hostname);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function parameters(challenge: string): { realm?: string; service?: string } {
  return Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value]) => [key.toLowerCase(), value]),
  );
}

function tokenIn(text: string): string | undefined {
  try {
    const { token, access_token } = JSON.parse(text) as { token?: unknown; access_token?: unknown };
    const found = token ?? access_token;
    return typeof found === "string" && found !== "" ? found : undefined;
  } catch {
    return undefined;
  }
}

function pick(headers: Readonly<Record<string, string>> = {}, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));
}

/** Why a request failed, without addresses: those may hold signatures. */
export function reasonOf(error: unknown): string {
  const { cause, name, message } = error as Error;
  if (name === "TimeoutError") return "no answer in time";
  const { code, message: inner } = (cause ?? {}) as { code?: string; message?: string };
  return code ?? inner ?? message;
}

async function drain(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
