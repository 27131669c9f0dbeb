/** A deploy branch through GitHub's Git Data API: blobs, a tree, a commit, and a reference that is only moved forward. */
import { type Api, ApiError, type Repository } from "../github/api.ts";
import { apiTree, each } from "../github/api-tree.ts";
import type { DeployBranch, Edit } from "./branch.ts";

/** Of one request; above them, trees are built one on the other. */
const CHUNK = { entries: 200, bytes: 4 * 2 ** 20 };

type NewEntry = { path: string; mode: "100644"; type: "blob"; sha?: string | null; content?: string };

export function apiBranch(api: Api, at: Repository, name: string): DeployBranch {
  return {
    ...apiTree(api, at),
    name,
    async head() {
      try {
        return (await api.rest.git.getRef({ ...at, ref: `heads/${name}` })).data.object.sha;
      } catch (error) {
        // 409: the repository is empty.
        if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return undefined;
        throw error;
      }
    },
    async commit(parent, edits, message) {
      let tree =
        parent === undefined ? undefined : (await api.rest.git.getCommit({ ...at, commit_sha: parent })).data.tree.sha;
      if (parent === undefined) await bootstrap(api, at);
      for (const chunk of chunks(await newEntries(api, at, edits))) {
        // A tree cannot be made of nothing but deletions on top of nothing; `edits` never are.
        const made = await api.rest.git.createTree({
          ...at,
          tree: chunk as never,
          ...(tree === undefined ? {} : { base_tree: tree }),
        });
        tree = made.data.sha;
      }
      // Without an author the commit is the token's own, and GitHub signs it.
      const made = await api.rest.git.createCommit({
        ...at,
        message,
        tree: tree ?? "",
        parents: parent === undefined ? [] : [parent],
      });
      return made.data.sha;
    },
    async advance(from, to) {
      try {
        if (from === undefined) await api.rest.git.createRef({ ...at, ref: `refs/heads/${name}`, sha: to });
        else await api.rest.git.updateRef({ ...at, ref: `heads/${name}`, sha: to, force: false });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 409 || (error.status === 422 && /fast forward|already exists/i.test(error.message)))
          return false;
        // The answer was lost: what the branch says decides.
        if (error.status !== 0 && error.status < 500) throw error;
        return (await this.head()) === to;
      }
      return true;
    },
  };
}

/** The Git Data API refuses to work on a repository without a commit; the Contents API makes the first one. */
async function bootstrap(api: Api, at: Repository): Promise<void> {
  try {
    await api.rest.git.getRef({ ...at, ref: "heads/twinrail-probe" });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) return;
    const content = Buffer.from("Made by Twinrail, which publishes to other branches of this repository.\n").toString(
      "base64",
    );
    await api.rest.repos.createOrUpdateFileContents({ ...at, path: "README.md", message: "Begin", content });
  }
}

async function newEntries(api: Api, at: Repository, edits: readonly Edit[]): Promise<NewEntry[]> {
  const entries = new Map<string, NewEntry>();
  const binary: { path: string; content: Uint8Array }[] = [];
  for (const { path, to } of edits) {
    const entry = { path, mode: "100644", type: "blob" } as const;
    if (to === undefined) entries.set(path, { ...entry, sha: null });
    else if ("sha" in to) entries.set(path, { ...entry, sha: to.sha });
    else {
      const text = textOf(to.content);
      if (text === undefined || text.length > 2 ** 20) binary.push({ path, content: to.content });
      else entries.set(path, { ...entry, content: text });
    }
  }
  await each(binary, 4, async ({ path, content }) => {
    const { data } = await api.rest.git.createBlob({
      ...at,
      encoding: "base64",
      content: Buffer.from(content).toString("base64"),
    });
    entries.set(path, { path, mode: "100644", type: "blob", sha: data.sha });
  });
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function textOf(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

function* chunks(entries: readonly NewEntry[]): Generator<NewEntry[]> {
  let chunk: NewEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    const cost = (entry.content?.length ?? 0) + entry.path.length;
    if (chunk.length > 0 && (chunk.length >= CHUNK.entries || size + cost > CHUNK.bytes)) {
      yield chunk;
      [chunk, size] = [[], 0];
    }
    chunk.push(entry);
    size += cost;
  }
  if (chunk.length > 0) yield chunk;
}
