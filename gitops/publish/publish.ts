/** A compiled project onto its deploy branch: only paths that are ours, nothing when nothing changed, nothing older over something newer. */
import { createHash } from "node:crypto";
import { type Diagnostic, diagnostic, hasErrors } from "../../compiler/diagnostics/diagnostic.ts";
import { invariant } from "../../compiler/invariant.ts";
import { indexPath, isOutputPath, printIndex, sha256 } from "../../compiler/output/index-file.ts";
import { bytesOf, type Snapshot } from "../snapshot.ts";
import { isSafePath, type TreeEntry } from "../tree/tree.ts";
import { type Decision, type DeployBranch, type Edit, type Moved, move } from "./branch.ts";
import { METADATA_FILE, type Published, readPublished } from "./published.ts";

/** How the commit that is published now stands to the one that was. */
export type Relation = "ahead" | "identical" | "behind" | "diverged" | "unknown";

export interface PublishInput {
  readonly branch: DeployBranch;
  /** The project's folder on the branch, `""` for the root. */
  readonly folder: string;
  readonly snapshot: Snapshot;
  readonly source: {
    readonly commit: string;
    readonly repository: string;
    /** Of `commit`, seen from the published one. */
    relationTo(published: string): Promise<Relation>;
    /** A newer commit of the branch that is published from, if there is one. */
    newer(): Promise<string | undefined>;
  };
  readonly force?: boolean;
  readonly allowPrune?: boolean;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

export async function publish(input: PublishInput): Promise<Moved> {
  const { branch, folder, snapshot } = input;
  invariant(folder === "" || isSafePath(folder), `\`${folder}\` is not a folder of a branch`);
  const files = desiredFiles(snapshot, folder);
  return move(branch, (_, entries) => decide(input, files, entries), input.sleep);
}

/** Contents by path of the branch: the pipelines' files and their indexes. */
function desiredFiles({ pipelines, contents, compiler }: Snapshot, folder: string): ReadonlyMap<string, Buffer> {
  const prefix = folder === "" ? "" : `${folder}/`;
  const files = new Map<string, Buffer>();
  for (const { name, irHash, inputs, files: hashes } of pipelines) {
    for (const [path, hash] of Object.entries(hashes)) {
      const content = contents[hash];
      invariant(content !== undefined, `the content of \`${path}\` is missing`);
      invariant(isOutputPath(path) && isSafePath(path) && !path.startsWith(".git"), `\`${path}\` may not be published`);
      files.set(prefix + path, bytesOf(content));
    }
    const index = { pipeline: name, compiler, irHash, ...(inputs === undefined ? {} : { inputs }), files: hashes };
    files.set(prefix + indexPath(name), Buffer.from(printIndex(index)));
  }
  return files;
}

async function decide(
  input: PublishInput,
  files: ReadonlyMap<string, Buffer>,
  entries: readonly TreeEntry[],
): Promise<Decision> {
  const { branch, folder, snapshot, source, force = false } = input;
  const published = await readPublished(branch, folder, entries);
  const stopped = (diagnostics: readonly Diagnostic[]): Decision => ({ kind: "stop", diagnostics });
  if (published.hold !== undefined && !force)
    return stopped([diagnostic("TR9101", { branch: branch.name, ...published.hold })]);
  const order = force ? undefined : await checkOrder(input, published);
  if (order !== undefined) return stopped([order]);

  const edits = editsOf(files, published, entries, folder);
  if (edits.every((edit) => isBookkeeping(edit, entries))) return { kind: "nothing" };
  const problems = [
    ...published.problems,
    ...(await conflicts(branch, edits, published, entries, folder, force)),
    ...(input.allowPrune ? [] : checkPrune(branch.name, snapshot, published)),
  ];
  if (hasErrors(problems)) return stopped(problems);
  const prefix = folder === "" ? "" : `${folder}/`;
  edits.push({ path: prefix + METADATA_FILE, to: { content: Buffer.from(metadata(source)) } });
  return { kind: "commit", edits, message: messageOf(input, published) };
}

/** An index that says only which text the same files were made of: no engine should see a new version for that. */
function isBookkeeping({ path, to }: Edit, entries: readonly TreeEntry[]): boolean {
  return (
    to !== undefined && /(?:^|\/)\.twinrail\/index\/[^/]+$/.test(path) && entries.some((entry) => entry.path === path)
  );
}

async function checkOrder({ branch, source }: PublishInput, published: Published): Promise<Diagnostic | undefined> {
  const short = source.commit.slice(0, 8);
  const older = (newer: string) =>
    diagnostic("TR9106", { branch: branch.name, source: short, newer: newer.slice(0, 8) });
  const newer = await source.newer();
  if (newer !== undefined) return older(newer);
  if (published.source === undefined) return undefined;
  const relation = await source.relationTo(published.source);
  if (relation === "behind") return older(published.source);
  if (relation !== "diverged") return undefined;
  return diagnostic("TR9107", { branch: branch.name, source: short, published: published.source.slice(0, 8) });
}

/** What differs from the branch, by Git's own ids, so that nothing has to be read for it. */
function editsOf(
  files: ReadonlyMap<string, Buffer>,
  { owned, indexes }: Published,
  entries: readonly TreeEntry[],
  folder: string,
): Edit[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const there = new Map(entries.map((entry) => [entry.path, entry]));
  const edits: Edit[] = [];
  for (const [path, content] of files) {
    const found = there.get(path);
    if (found?.sha !== blobId(content) || found.mode !== "100644") edits.push({ path, to: { content } });
  }
  const ours = [...owned.keys(), ...[...indexes.keys()].map((name) => prefix + indexPath(name))];
  for (const path of ours) if (there.has(path) && !files.has(path)) edits.push({ path, to: undefined });
  return edits;
}

async function conflicts(
  branch: DeployBranch,
  edits: readonly Edit[],
  { owned }: Published,
  entries: readonly TreeEntry[],
  folder: string,
  force: boolean,
): Promise<Diagnostic[]> {
  const there = new Map(entries.map((entry) => [entry.path, entry]));
  const prefix = folder === "" ? "" : `${folder}/`;
  const problems: Diagnostic[] = [];
  const touched = edits.flatMap(({ path }) => {
    const link = parents(path).find((at) => /^1[26]0000$/.test(there.get(at)?.mode ?? ""));
    if (link !== undefined) problems.push(diagnostic("TR9104", { branch: branch.name, path: link }));
    const found = there.get(path);
    return found === undefined || link !== undefined ? [] : [found];
  });
  const contents = await branch.read(touched.map(({ sha }) => sha));
  for (const { path, sha } of touched) {
    if (path.startsWith(`${prefix}.twinrail/`)) continue;
    const hashes = owned.get(path);
    if (hashes === undefined) problems.push(diagnostic("TR9102", { branch: branch.name, path }));
    else if (!force && !hashes.has(sha256(contents.get(sha) ?? "")))
      problems.push(diagnostic("TR9103", { branch: branch.name, path }));
  }
  return problems;
}

/** `a`, `a/b`, `a/b/c` */
function parents(path: string): string[] {
  return path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
}

const MOST_DELETED = 0.3;

function checkPrune(branch: string, { pipelines }: Snapshot, { indexes }: Published): Diagnostic[] {
  const kept = new Set(pipelines.map(({ name }) => name));
  const gone = [...indexes.keys()].filter((name) => !kept.has(name)).sort();
  const many = gone.length > 1 && gone.length > indexes.size * MOST_DELETED;
  const none = pipelines.length === 0 && indexes.size > 0;
  if (!many && !none) return [];
  const names = gone.length > 10 ? `${gone.slice(0, 10).join(", ")} and ${gone.length - 10} more` : gone.join(", ");
  return [diagnostic("TR9105", { branch, deleted: gone.length, of: indexes.size, names })];
}

function metadata({ commit, repository }: PublishInput["source"]): string {
  return `${JSON.stringify({ repoURL: repository, drySha: commit }, null, 2)}\n`;
}

function messageOf({ snapshot, source, folder }: PublishInput, { indexes }: Published): string {
  const names = new Set(snapshot.pipelines.map(({ name }) => name));
  const gone = [...indexes.keys()].filter((name) => !names.has(name)).length;
  const where = folder === "" ? "" : ` (${folder})`;
  const what = `${names.size} pipeline${names.size === 1 ? "" : "s"}${gone === 0 ? "" : `, ${gone} deleted`}`;
  return `Deploy ${what}${where} from ${source.commit.slice(0, 8)}\n\nTwinrail-Source: ${source.commit}\nTwinrail-Compiler: ${snapshot.compiler}\n`;
}

/** Git's id of a file's content. */
export function blobId(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}
