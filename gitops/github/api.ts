/** GitHub's REST API, with what its documentation asks of a client: wait as long as it says, try again what may be tried again. */
import { setTimeout as wait } from "node:timers/promises";
import { Octokit } from "@octokit/rest";

export type Api = Octokit;

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

export interface ApiOptions {
  readonly token?: string;
  /** `https://api.github.com`, or a GitHub Enterprise Server's. */
  readonly baseUrl: string;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  readonly onRetry?: (message: string) => void;
}

/** An answer that ends what was being done; `status` 0: there was none. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const ATTEMPTS = 5;
/** Longer than this a job does not wait. */
const LONGEST_WAIT = 120_000;

export function openApi({ token, baseUrl, sleep = wait, onRetry = () => {} }: ApiOptions): Api {
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const api = new Octokit({ baseUrl, userAgent: "twinrail", log: silent, ...(token ? { auth: token } : {}) });
  api.hook.wrap("request", async (request, options) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await request(options);
      } catch (error) {
        const failure = readFailure(error);
        const what = `${options.method} ${new URL(options.url, baseUrl).pathname}`;
        const delay = attempt < ATTEMPTS ? delayOf(failure, options.method, what, attempt) : undefined;
        if (delay === undefined) throw new ApiError(failure.status, `GitHub: ${what}: ${failure.message}`);
        onRetry(`${what}: ${failure.message}; again in ${Math.ceil(delay / 1000)} s`);
        await sleep(delay);
      }
    }
  });
  return api;
}

interface Failure {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

function readFailure(error: unknown): Failure {
  const { status, message, response } = error as {
    status?: number;
    message?: string;
    response?: { headers?: Record<string, string>; data?: { message?: string; errors?: unknown } };
  };
  const { data, headers = {} } = response ?? {};
  const details = data?.errors === undefined ? "" : ` ${JSON.stringify(data.errors)}`;
  const text = `${data?.message ?? message ?? String(error)}${details}`;
  // Octokit gives a broken connection the status 500, and no response.
  return {
    status: response === undefined ? 0 : (status ?? 0),
    message: `${status ?? "no answer"} ${text}`.slice(0, 600),
    headers,
  };
}

/** Milliseconds until the next attempt; none: there must be no other. */
function delayOf(
  { status, headers, message }: Failure,
  method: string,
  what: string,
  attempt: number,
): number | undefined {
  const limited = status === 429 || (status === 403 && /rate limit/i.test(message));
  if (limited) {
    const after = Number(headers["retry-after"]);
    const reset = Number(headers["x-ratelimit-reset"]) * 1000 - Date.now();
    const delay = after > 0 ? after * 1000 : headers["x-ratelimit-remaining"] === "0" ? Math.max(reset, 1000) : 60_000;
    return delay <= LONGEST_WAIT ? delay : undefined;
  }
  if (status !== 0 && status < 500) return undefined;
  // What made something may have made it before the answer was lost. Git's objects are named after their content: made twice they are one.
  const repeatable = method === "GET" || method === "DELETE" || /\/git\/(?:blobs|trees|commits)$/.test(what);
  return repeatable ? 500 * 2 ** (attempt - 1) : undefined;
}
