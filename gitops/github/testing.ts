/**
 * A stand-in for GitHub's REST API, for tests: a local HTTP server that keeps commits in a real bare repository and follows the documented
 * behaviour of the calls that Twinrail makes (status codes, messages, pagination with `Link`, limits). Faults are put in front of it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly token: string;
  readonly host: string;
}

export interface StoredComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
}

type Handler = (call: Call, match: RegExpExecArray) => Answer;

export class FakeGitHub {
  readonly folder: string = mkdtempSync(join(tmpdir(), "twinrail-github-"));
  /** A bare repository: the remote that Airflow or a clone would read. */
  readonly remote: string = join(this.folder, "repository.git");
  readonly calls: Call[] = [];
  readonly comments: Map<number, StoredComment[]> = new Map();
  readonly pulls: {
    number: number;
    head: string;
    base: string;
    headRepo?: string;
    headRef?: string;
    state?: string;
    title?: string;
  }[] = [];
  /** Asked before each call; an answer takes its place. */
  fault: (call: Call) => Answer | undefined = () => undefined;
  /** Called after a call has had its effect, before it is answered. */
  after: (call: Call, answer: Answer) => Answer = (_, answer) => answer;
  /** A recursive listing holds at most so many entries. */
  truncateAt = 100_000;
  #server: Server | undefined;
  #nextId = 1;

  constructor() {
    this.git(["init", "-q", "--bare", "-b", "main", this.remote], undefined, this.folder);
  }

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      void read(request).then((call) => {
        this.calls.push(call);
        const answer = this.fault(call) ?? this.after(call, this.answer(call));
        response.writeHead(answer.status, { "content-type": "application/json; charset=utf-8", ...answer.headers });
        response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
    rmSync(this.folder, { recursive: true, force: true });
  }

  git(
    args: readonly string[],
    input?: string | Uint8Array,
    cwd: string = this.remote,
    env: NodeJS.ProcessEnv = {},
  ): string {
    const names = {
      GIT_AUTHOR_NAME: "GitHub",
      GIT_AUTHOR_EMAIL: "noreply@github.com",
      GIT_COMMITTER_NAME: "GitHub",
      GIT_COMMITTER_EMAIL: "noreply@github.com",
    };
    const done = spawnSync("git", args, {
      cwd,
      input: input ?? "",
      env: { ...process.env, ...names, ...env },
      maxBuffer: 2 ** 28,
    });
    if (done.status !== 0) throw new GitSaysNo(done.stderr.toString());
    return done.stdout.toString("utf8").trimEnd();
  }

  addComment(number: number, login: string, body: string): StoredComment {
    const comment = { id: this.#nextId++, body, user: { login, type: login.endsWith("[bot]") ? "Bot" : "User" } };
    this.comments.set(number, [...(this.comments.get(number) ?? []), comment]);
    return comment;
  }

  answer(call: Call): Answer {
    for (const [method, pattern, handler] of this.#routes) {
      const match = method === call.method ? pattern.exec(call.path) : null;
      if (match === null) continue;
      try {
        return handler(call, match);
      } catch (error) {
        if (error instanceof GitSaysNo) return problem(404, "Not Found");
        throw error;
      }
    }
    return problem(404, "Not Found");
  }

  readonly #routes: readonly (readonly [string, RegExp, Handler])[] = [
    ["GET", /^\/issues\/(\d+)\/comments$/, (call, [, n]) => page(call, this.comments.get(Number(n)) ?? [])],
    [
      "POST",
      /^\/issues\/(\d+)\/comments$/,
      (call, [, n]) => {
        const refused = refuseComment(call);
        return (
          refused ?? { status: 201, body: this.addComment(Number(n), loginOf(call.token), String(call.body.body)) }
        );
      },
    ],
    [
      "PATCH",
      /^\/issues\/comments\/(\d+)$/,
      (call, [, id]) => {
        const comment = [...this.comments.values()].flat().find((one) => one.id === Number(id));
        if (comment === undefined) return problem(404, "Not Found");
        const refused = refuseComment(call);
        if (refused !== undefined) return refused;
        comment.body = String(call.body.body);
        return { status: 200, body: comment };
      },
    ],
    [
      "DELETE",
      /^\/issues\/comments\/(\d+)$/,
      (_, [, id]) => {
        for (const [number, list] of this.comments)
          this.comments.set(
            number,
            list.filter((one) => one.id !== Number(id)),
          );
        return { status: 204 };
      },
    ],
    [
      "GET",
      /^\/pulls$/,
      (call) =>
        page(
          call,
          this.pulls
            .map((pull) => this.#pull(pull))
            .filter(
              ({ state, head }) =>
                state === "open" && (!call.query.get("head") || head.label === call.query.get("head")),
            ),
        ),
    ],
    [
      "GET",
      /^\/pulls\/(\d+)$/,
      (_, [, n]) => {
        const pull = this.pulls.find(({ number }) => number === Number(n));
        return pull === undefined ? problem(404, "Not Found") : { status: 200, body: this.#pull(pull) };
      },
    ],
    [
      "POST",
      /^\/pulls$/,
      ({ body }) => {
        const [head, base] = [body.head, body.base].map((name) =>
          this.git(["rev-parse", `refs/heads/${String(name)}`]),
        );
        const pull = {
          number: this.pulls.length + 1,
          head: head ?? "",
          base: base ?? "",
          headRef: String(body.head),
          title: String(body.title),
        };
        if (this.pulls.some((one) => one.headRef === pull.headRef && one.state !== "closed"))
          return problem(422, "Validation Failed", [
            {
              resource: "PullRequest",
              code: "custom",
              message: `A pull request already exists for acme:${pull.headRef}.`,
            },
          ]);
        this.pulls.push(pull);
        return { status: 201, body: this.#pull(pull) };
      },
    ],
    [
      "GET",
      /^\/compare\/([0-9a-f]+)\.\.\.([0-9a-f]+)$/,
      (_, [, base = "", head = ""]) => ({
        status: 200,
        body: {
          merge_base_commit: { sha: this.git(["merge-base", base, head]) },
          status: this.#isAncestor(base, head)
            ? base === head
              ? "identical"
              : "ahead"
            : this.#isAncestor(head, base)
              ? "behind"
              : "diverged",
        },
      }),
    ],
    [
      "GET",
      /^\/git\/ref\/(.+)$/,
      (_, [, ref = ""]) => {
        if (this.#isEmpty()) return problem(409, "Git Repository is empty.");
        return {
          status: 200,
          body: this.#ref(`refs/${ref}`, this.git(["rev-parse", "--verify", `refs/${ref}^{commit}`])),
        };
      },
    ],
    [
      "POST",
      /^\/git\/refs$/,
      (call) => {
        if (this.#isEmpty()) return problem(409, "Git Repository is empty.");
        const { ref, sha } = call.body as { ref: string; sha: string };
        try {
          this.git(["update-ref", ref, sha, "0".repeat(40)]);
        } catch {
          return problem(422, "Reference already exists");
        }
        return { status: 201, body: this.#ref(ref, sha) };
      },
    ],
    [
      "PATCH",
      /^\/git\/refs\/(.+)$/,
      (call, [, name = ""]) => {
        const ref = `refs/${name}`;
        const { sha, force } = call.body as { sha: string; force?: boolean };
        const old = this.git(["rev-parse", "--verify", ref]);
        if (force !== true && !this.#isAncestor(old, sha)) return problem(422, "Update is not a fast forward");
        try {
          this.git(["update-ref", ref, sha, old]);
        } catch {
          return problem(422, "Update is not a fast forward");
        }
        return { status: 200, body: this.#ref(ref, sha) };
      },
    ],
    ["GET", /^\/git\/commits\/([0-9a-f]+)$/, (_, [, sha = ""]) => ({ status: 200, body: this.#commit(sha) })],
    [
      "POST",
      /^\/git\/commits$/,
      ({ body }) => {
        const { message, tree, parents = [] } = body as { message: string; tree: string; parents?: string[] };
        const sha = this.git(["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])], message);
        return { status: 201, body: this.#commit(sha) };
      },
    ],
    [
      "GET",
      /^\/git\/blobs\/([0-9a-f]+)$/,
      (_, [, sha = ""]) => {
        const content = spawnSync("git", ["cat-file", "blob", sha], { cwd: this.remote, maxBuffer: 2 ** 28 });
        if (content.status !== 0) return problem(404, "Not Found");
        return {
          status: 200,
          body: {
            sha,
            encoding: "base64",
            size: content.stdout.length,
            content: content.stdout.toString("base64").replace(/(.{60})/g, "$1\n"),
          },
        };
      },
    ],
    [
      "POST",
      /^\/git\/blobs$/,
      ({ body }) => {
        const content = Buffer.from(String(body.content), body.encoding === "base64" ? "base64" : "utf8");
        return { status: 201, body: { sha: this.git(["hash-object", "-w", "--stdin"], content) } };
      },
    ],
    [
      "GET",
      /^\/git\/trees\/([\w./-]+)$/,
      ({ query }, [, name = ""]) => {
        const recursive = query.has("recursive") ? ["-r", "-t"] : [];
        const sha = this.git(["rev-parse", "--verify", `${name}^{tree}`]);
        const all = this.git(["ls-tree", "-z", "-l", ...recursive, sha])
          .split("\0")
          .filter((line) => line !== "")
          .map(treeItem);
        const truncated = recursive.length > 0 && all.length > this.truncateAt;
        return { status: 200, body: { sha, tree: truncated ? all.slice(0, this.truncateAt) : all, truncated } };
      },
    ],
    ["POST", /^\/git\/trees$/, ({ body }) => this.#makeTree(body as unknown as NewTree)],
    [
      "PUT",
      /^\/contents\/(.+)$/,
      ({ body }, [, path = ""]) => {
        const branch = String(body.branch ?? "main");
        const sha = this.git(["hash-object", "-w", "--stdin"], Buffer.from(String(body.content), "base64"));
        const index = { GIT_INDEX_FILE: join(this.folder, `index-${this.#nextId++}`) };
        this.git(["update-index", "--add", "--cacheinfo", `100644,${sha},${path}`], "", this.remote, index);
        const commit = this.git(
          ["commit-tree", this.git(["write-tree"], "", this.remote, index)],
          String(body.message),
        );
        this.git(["update-ref", `refs/heads/${branch}`, commit, "0".repeat(40)]);
        return { status: 201, body: { content: { sha }, commit: this.#commit(commit) } };
      },
    ],
  ];

  #makeTree({ base_tree: base, tree }: NewTree): Answer {
    const index = { GIT_INDEX_FILE: join(this.folder, `index-${this.#nextId++}`) };
    const run = (args: string[], input = "") => this.git(args, input, this.remote, index);
    if (base !== undefined) run(["read-tree", base]);
    const known = new Set(run(["ls-files"]).split("\n"));
    const lines: string[] = [];
    for (const { path, mode, sha, content } of tree) {
      // Git's plumbing ignores such paths in silence; GitHub refuses them.
      if (path.split("/").some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git"))
        return problem(422, "tree.path contains a malformed path component");
      if (sha === null && !known.has(path)) return problem(422, "GitRPC::BadObjectState");
      if (sha !== undefined && sha !== null && content !== undefined)
        return problem(422, "Must supply either tree.sha or tree.content");
      const id = content !== undefined ? this.git(["hash-object", "-w", "--stdin"], content) : sha;
      lines.push(id === null ? `0 ${"0".repeat(40)}\t${path}` : `${mode} ${id}\t${path}`);
    }
    run(["update-index", "--add", "--index-info"], `${lines.join("\n")}\n`);
    return { status: 201, body: { sha: run(["write-tree"]), tree: [], truncated: false } };
  }

  #isEmpty(): boolean {
    return this.git(["for-each-ref", "--count=1"]) === "";
  }

  #isAncestor(base: string, head: string): boolean {
    return spawnSync("git", ["merge-base", "--is-ancestor", base, head], { cwd: this.remote }).status === 0;
  }

  #ref(ref: string, sha: string): unknown {
    return { ref, object: { sha, type: "commit" } };
  }

  #commit(sha: string): unknown {
    const [tree = "", parents = "", ...message] = this.git(["log", "-1", "--format=%T%n%P%n%B", sha]).split("\n");
    return {
      sha,
      tree: { sha: tree },
      parents: parents
        .split(" ")
        .filter(Boolean)
        .map((sha) => ({ sha })),
      message: message.join("\n"),
    };
  }

  #pull({
    number,
    head,
    base,
    headRepo = "acme/pipelines",
    headRef = "topic",
    state = "open",
    title = "",
  }: FakeGitHub["pulls"][number]) {
    const owner = headRepo.split("/")[0] ?? "";
    return {
      ...{ number, state, title, html_url: `https://github.test/acme/pipelines/pull/${number}` },
      head: { sha: head, ref: headRef, label: `${owner}:${headRef}`, repo: { full_name: headRepo } },
      base: { sha: base, ref: "main", repo: { full_name: "acme/pipelines" } },
    };
  }
}

interface NewTree {
  readonly base_tree?: string;
  readonly tree: readonly {
    readonly path: string;
    readonly mode: string;
    readonly sha?: string | null;
    readonly content?: string;
  }[];
}

class GitSaysNo extends Error {}

export function problem(
  status: number,
  message: string,
  errors?: unknown,
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    body: {
      message,
      documentation_url: "https://docs.github.com/rest",
      status: String(status),
      ...(errors === undefined ? {} : { errors }),
    },
    headers,
  };
}

/** Tokens of the tests: `read` may only read; others write as `github-actions[bot]`. */
function refuseComment({ token, body }: Call): Answer | undefined {
  if (token === "read") return problem(403, "Resource not accessible by integration");
  if ([...String(body.body)].length <= 65_536) return undefined;
  const error = {
    resource: "IssueComment",
    code: "unprocessable",
    field: "data",
    message: "Body is too long (maximum is 65536 characters)",
  };
  return problem(422, "Validation Failed", [error]);
}

function loginOf(token: string): string {
  return token.startsWith("user:") ? token.slice(5) : "github-actions[bot]";
}

function page(call: Call, items: readonly unknown[]): Answer {
  const size = Math.min(Number(call.query.get("per_page") ?? 30), 100);
  const at = Number(call.query.get("page") ?? 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const url = (number: number) =>
    `<http://${call.host}/repos/acme/pipelines${call.path}?per_page=${size}&page=${number}>`;
  const link = at < last ? { link: `${url(at + 1)}; rel="next", ${url(last)}; rel="last"` } : {};
  return { status: 200, body: items.slice((at - 1) * size, at * size), headers: link };
}

function treeItem(line: string): unknown {
  const [, mode, type, sha, size, path] = /^(\d+) (\w+) (\w+) +(\d+|-)\t([\s\S]+)$/.exec(line) ?? [];
  return { path, mode, type, sha, ...(size === "-" ? {} : { size: Number(size) }) };
}

async function read(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? "", "http://x");
  const text = Buffer.concat(chunks).toString("utf8");
  return {
    method: request.method ?? "",
    path: decodeURIComponent(url.pathname).replace(/^\/repos\/acme\/pipelines/, ""),
    query: url.searchParams,
    body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    host: request.headers.host ?? "",
    token: (request.headers.authorization ?? "").replace(/^(?:token|bearer) /i, ""),
  };
}
