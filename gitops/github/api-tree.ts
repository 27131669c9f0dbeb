/** Trees read through GitHub's API: nothing of a stranger's commit is checked out, and none of its history is fetched. */
import { isSafePath, type TreeEntry, type TreeSource } from "../tree/tree.ts";
import type { Api, Repository } from "./api.ts";

const AT_ONCE = 8;

export function apiTree(api: Api, { owner, repo }: Repository): TreeSource {
  const blobs = new Map<string, Uint8Array>();
  return {
    list: (commit) => listTree(api, { owner, repo }, commit, ""),
    async read(ids) {
      const missing = [...new Set(ids)].filter((id) => !blobs.has(id));
      await each(missing, AT_ONCE, async (sha) => {
        const { data } = await api.rest.git.getBlob({ owner, repo, file_sha: sha });
        blobs.set(sha, Buffer.from(data.content, "base64"));
      });
      return new Map(
        ids.flatMap((id) => {
          const content = blobs.get(id);
          return content === undefined ? [] : [[id, content] as const];
        }),
      );
    },
  };
}

/** GitHub cuts a recursive listing at 100,000 entries or 7 MB, and says so: then each folder is listed by itself. */
export async function listTree(api: Api, at: Repository, tree: string, prefix: string): Promise<TreeEntry[]> {
  const { data } = await api.rest.git.getTree({ ...at, tree_sha: tree, recursive: "1" });
  if (!data.truncated) return data.tree.flatMap((item) => entryOf(item, prefix));
  const { data: level } = await api.rest.git.getTree({ ...at, tree_sha: tree });
  const found: TreeEntry[] = [];
  for (const item of level.tree) {
    if (item.type !== "tree") found.push(...entryOf(item, prefix));
    // A folder that no project may have is not worth a request.
    else if (item.path !== "node_modules" && isSafePath(item.path))
      found.push(...(await listTree(api, at, item.sha, `${prefix}${item.path}/`)));
  }
  return found;
}

function entryOf(
  item: { path: string; mode: string; type: string; sha: string; size?: number },
  prefix: string,
): TreeEntry[] {
  if (item.type === "tree") return [];
  return [{ path: `${prefix}${item.path}`, mode: item.mode, sha: item.sha, size: item.size ?? 0 }];
}

export async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
