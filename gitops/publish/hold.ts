/** What people do to a deploy branch beside publishing: hold it, take it back, carry it on to the next environment, look whether it is as it was published. */
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { indexPath, sha256 } from "../../compiler/output/index-file.ts";
import type { TreeEntry } from "../tree/tree.ts";
import { type Decision, type DeployBranch, type Edit, type Moved, move } from "./branch.ts";
import { HOLD_FILE, METADATA_FILE, type Published, readPublished } from "./published.ts";

export interface Held {
  readonly by: string;
  readonly reason: string;
}

/** Without `held` the hold is released. */
export function hold(branch: DeployBranch, folder: string, held: Held | undefined): Promise<Moved> {
  return move(branch, async (_, entries) => {
    const published = await readPublished(branch, folder, entries);
    if (published.indexes.size === 0) return nothingThere(branch, folder);
    const path = at(folder, HOLD_FILE);
    const before = entries.find((entry) => entry.path === path);
    if (held === undefined) {
      if (before === undefined) return { kind: "nothing" };
      return { kind: "commit", edits: [{ path, to: undefined }], message: `Release ${where(folder)}\n` };
    }
    if (published.hold?.by === held.by && published.hold.reason === held.reason) return { kind: "nothing" };
    return {
      kind: "commit",
      edits: [holdEdit(folder, held)],
      message: `Hold ${where(folder)}\n\n${oneLine(held.reason)}\n`,
    };
  });
}

/** A new commit with the project's files as they were at `to`, and a hold, so that the next publish does not undo it. */
export function rollback(branch: DeployBranch, folder: string, to: string, held: Held): Promise<Moved> {
  return move(branch, async (_, entries) => {
    const old = await branch.list(to);
    const [now, then] = [await readPublished(branch, folder, entries), await readPublished(branch, folder, old)];
    if (then.indexes.size === 0) return nothingThere(branch, folder);
    const edits = difference(ours(entries, now, folder), ours(old, then, folder));
    if (edits.length === 0 && now.hold !== undefined) return { kind: "nothing" };
    const message = `Roll ${where(folder)} back to ${to.slice(0, 8)}\n\n${oneLine(held.reason)}\n`;
    return { kind: "commit", edits: [...edits, holdEdit(folder, held)], message };
  });
}

/** The very bytes of one branch on another: what was tried is what is deployed. Both branches must be of one repository. */
export function promote(from: DeployBranch, to: DeployBranch, folder: string, force: boolean): Promise<Moved> {
  return move(to, async (_, entries): Promise<Decision> => {
    const head = await from.head();
    const source = head === undefined ? [] : await from.list(head);
    const [now, next] = [await readPublished(to, folder, entries), await readPublished(from, folder, source)];
    if (next.indexes.size === 0) return nothingThere(from, folder);
    if (now.hold !== undefined && !force) return stop(diagnostic("TR9101", { branch: to.name, ...now.hold }));
    const problems = force ? [] : await changedByHand(to, entries, now);
    if (problems.length > 0) return { kind: "stop", diagnostics: problems };
    const edits = difference(ours(entries, now, folder), ours(source, next, folder));
    const foreign = edits.find(
      ({ path, to }) =>
        to !== undefined &&
        entries.some((entry) => entry.path === path) &&
        !now.owned.has(path) &&
        !isOwn(path, folder),
    );
    if (foreign !== undefined) return stop(diagnostic("TR9102", { branch: to.name, path: foreign.path }));
    if (edits.length === 0) return { kind: "nothing" };
    const commit = next.source === undefined ? "" : `\n\nTwinrail-Source: ${next.source}\n`;
    return {
      kind: "commit",
      edits,
      message: `Promote ${where(folder)} from ${from.name} (${head?.slice(0, 8)})${commit}`,
    };
  });
}

export interface Drift {
  readonly path: string;
  readonly kind: "changed" | "missing";
}

/** Files on the branch that are not as they were published. */
export async function driftOf(
  branch: DeployBranch,
  folder: string,
): Promise<{
  readonly drift: readonly Drift[];
  readonly diagnostics: readonly Diagnostic[];
  readonly source?: string;
}> {
  const head = await branch.head();
  const entries = head === undefined ? [] : await branch.list(head);
  const published = await readPublished(branch, folder, entries);
  if (published.indexes.size === 0 && published.problems.length === 0)
    return { drift: [], diagnostics: [diagnostic("TR9110", { branch: branch.name, folder: folder || "." })] };
  const there = new Set(entries.map(({ path }) => path));
  const missing = [...published.owned.keys()]
    .filter((path) => !there.has(path))
    .map((path): Drift => ({ path, kind: "missing" }));
  const changed = (await changedPaths(branch, entries, published)).map((path): Drift => ({ path, kind: "changed" }));
  const drift = [...changed, ...missing].sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    drift,
    diagnostics: published.problems,
    ...(published.source === undefined ? {} : { source: published.source }),
  };
}

async function changedByHand(
  branch: DeployBranch,
  entries: readonly TreeEntry[],
  published: Published,
): Promise<Diagnostic[]> {
  const paths = await changedPaths(branch, entries, published);
  return [...published.problems, ...paths.map((path) => diagnostic("TR9103", { branch: branch.name, path }))];
}

async function changedPaths(
  branch: DeployBranch,
  entries: readonly TreeEntry[],
  { owned }: Published,
): Promise<string[]> {
  const files = entries.filter(({ path }) => owned.has(path));
  const contents = await branch.read(files.map(({ sha }) => sha));
  return files
    .filter(({ path, sha, mode }) => mode !== "100644" || !owned.get(path)?.has(sha256(contents.get(sha) ?? "")))
    .map(({ path }) => path);
}

/** Path → object id of all that is the project's: its files, indexes and metadata; not the hold. */
function ours(entries: readonly TreeEntry[], { owned, indexes }: Published, folder: string): Map<string, string> {
  const paths = new Set([
    ...owned.keys(),
    at(folder, METADATA_FILE),
    ...[...indexes.keys()].map((name) => at(folder, indexPath(name))),
  ]);
  return new Map(
    entries.filter(({ path, mode }) => paths.has(path) && mode.startsWith("100")).map(({ path, sha }) => [path, sha]),
  );
}

function difference(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): Edit[] {
  const changed = [...to]
    .filter(([path, sha]) => from.get(path) !== sha)
    .map(([path, sha]): Edit => ({ path, to: { sha } }));
  const gone = [...from.keys()].filter((path) => !to.has(path)).map((path): Edit => ({ path, to: undefined }));
  return [...changed, ...gone];
}

function isOwn(path: string, folder: string): boolean {
  return path === at(folder, METADATA_FILE) || path.startsWith(at(folder, ".twinrail/"));
}

function holdEdit(folder: string, held: Held): Edit {
  return { path: at(folder, HOLD_FILE), to: { content: Buffer.from(`${JSON.stringify(held, null, 2)}\n`) } };
}

function nothingThere(branch: DeployBranch, folder: string): Decision {
  return stop(diagnostic("TR9110", { branch: branch.name, folder: folder || "." }));
}

function stop(found: Diagnostic): Decision {
  return { kind: "stop", diagnostics: [found] };
}

function at(folder: string, path: string): string {
  return folder === "" ? path : `${folder}/${path}`;
}

function where(folder: string): string {
  return folder === "" ? "the project" : folder;
}

/** A commit's message is read by programs: one line stays one, and is no trailer. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/^([\w-]+):/, "$1 -")
    .trim();
}
