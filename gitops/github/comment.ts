/**
 * One comment for each pull request and key, updated in place. Whoever comes last in time wins, not whoever finishes last: the comment says
 * which run wrote it, and an older run leaves it alone.
 */
import { type Api, ApiError, type Repository } from "./api.ts";

export interface CommentInput extends Repository {
  readonly number: number;
  /** Comments with different keys live side by side: an environment, a project. */
  readonly key: string;
  readonly run: { readonly id: number; readonly attempt: number };
  readonly head: string;
  /** Who writes our comments; another one's is never touched, whatever it says. */
  readonly author: string;
  /** Is there anything to say? If not, a comment is only written where one would otherwise be outdated. */
  readonly worthIt: boolean;
  readonly render: (budget: number) => string;
}

export type CommentResult = "created" | "updated" | "unchanged" | "outdated" | "none" | "forbidden";

/** GitHub counts up to 65,536 characters; below it in bytes is safe however it counts. */
export const COMMENT_BUDGET = 60_000;

export async function writeComment(api: Api, input: CommentInput): Promise<CommentResult> {
  try {
    const { data: pull } = await api.rest.pulls.get({ ...repository(input), pull_number: input.number });
    if (pull.head.sha !== input.head) return "outdated";
    for (let attempt = 1; ; attempt++) {
      const result = await upsert(api, input);
      // Gone between two calls, or an answer that was lost: what is there now decides.
      if (result !== "again") return result;
      if (attempt === 3) throw new ApiError(0, "GitHub: the comment could not be written in three attempts");
    }
  } catch (error) {
    // The token of a fork's pull request may only read.
    if (error instanceof ApiError && error.status === 403 && /not accessible/i.test(error.message)) return "forbidden";
    throw error;
  }
}

async function upsert(api: Api, input: CommentInput): Promise<CommentResult | "again"> {
  const at = { ...repository(input), issue_number: input.number };
  const comments = await api.paginate(api.rest.issues.listComments, { ...at, per_page: 100 });
  const ours = comments.filter(({ user, body }) => user?.login === input.author && markerOf(body)?.key === input.key);
  const [first, ...rest] = ours;
  const newest = Math.max(-1, ...ours.map(({ body }) => rank(markerOf(body)?.run ?? { id: 0, attempt: 0 })));
  if (newest > rank(input.run)) return "outdated";
  if (first === undefined && !input.worthIt) return "none";
  // Two first runs at once: the older comment stays.
  for (const { id } of rest)
    await ignoring(404, () => api.rest.issues.deleteComment({ ...repository(input), comment_id: id }));
  for (let budget = COMMENT_BUDGET; ; budget /= 2) {
    const body = `${marker(input)}\n${input.render(budget)}`;
    if (first !== undefined && withoutMarker(first.body) === withoutMarker(body)) return "unchanged";
    try {
      if (first === undefined) await api.rest.issues.createComment({ ...at, body });
      else await api.rest.issues.updateComment({ ...repository(input), comment_id: first.id, body });
      return first === undefined ? "created" : "updated";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404 && first !== undefined) return "again";
      if (error.status === 0 || error.status >= 500) return "again";
      if (error.status !== 422 || !/too long/i.test(error.message) || budget < 2000) throw error;
    }
  }
}

interface Marker {
  readonly key: string;
  readonly run: { readonly id: number; readonly attempt: number };
}

function marker({ key, run, head }: CommentInput): string {
  return `<!-- twinrail:preview v1 key=${key} run=${run.id}.${run.attempt} head=${head} -->`;
}

/** The whole first line, exactly: `prod` is not found in `non-prod`. */
function markerOf(body: string | undefined): Marker | undefined {
  const [, key, id, attempt] =
    /^<!-- twinrail:preview v1 key=([0-9a-z.-]+) run=(\d{1,15})\.(\d{1,4}) head=[0-9a-f]+ -->\r?\n/.exec(body ?? "") ??
    [];
  return key === undefined ? undefined : { key, run: { id: Number(id), attempt: Number(attempt) } };
}

function withoutMarker(body: string | undefined): string {
  return (body ?? "")
    .replace(/^[^\n]*\n/, "")
    .replaceAll("\r\n", "\n")
    .trimEnd();
}

function rank({ id, attempt }: Marker["run"]): number {
  return id * 1000 + Math.min(attempt, 999);
}

function repository({ owner, repo }: Repository): Repository {
  return { owner, repo };
}

async function ignoring(status: number, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== status) throw error;
  }
}
