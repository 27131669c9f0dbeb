/** What is published in a folder of a branch: read from the indexes there, which say whose each file is. */
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { INDEX_FOLDER, type Index, parseIndex } from "../../compiler/output/index-file.ts";
import type { TreeEntry } from "../tree/tree.ts";
import type { DeployBranch } from "./branch.ts";

/** Beside the files of a project, read by Argo CD's Source Hydrator and by GitOps Promoter. */
export const METADATA_FILE = "hydrator.metadata";
export const HOLD_FILE = ".twinrail/hold.json";

export interface Published {
  readonly indexes: ReadonlyMap<string, Index>;
  /** Paths of the branch that are ours, with every content (sha256) that we have written there. Indexes, metadata and hold are not among them. */
  readonly owned: ReadonlyMap<string, ReadonlySet<string>>;
  /** The commit that it was published from. */
  readonly source: string | undefined;
  readonly hold: { readonly by: string; readonly reason: string } | undefined;
  readonly problems: readonly Diagnostic[];
}

/** `folder` is the project's on the branch, `""` for the root. */
export async function readPublished(
  branch: DeployBranch,
  folder: string,
  entries: readonly TreeEntry[],
): Promise<Published> {
  const prefix = folder === "" ? "" : `${folder}/`;
  const wanted = entries.filter(
    ({ path, mode }) =>
      mode.startsWith("100") &&
      (path === `${prefix}${METADATA_FILE}` || path === `${prefix}${HOLD_FILE}` || isIndex(path, prefix)),
  );
  const contents = await branch.read(wanted.map(({ sha }) => sha));
  const texts = new Map(
    wanted.map(({ path, sha }) => [path.slice(prefix.length), Buffer.from(contents.get(sha) ?? []).toString("utf8")]),
  );
  const indexes = new Map<string, Index>();
  const owned = new Map<string, Set<string>>();
  const problems: Diagnostic[] = [];
  for (const [path, text] of texts) {
    if (!isIndex(path, "")) continue;
    const index = parseIndex(text);
    if (typeof index === "string") {
      problems.push(diagnostic("TR9109", { branch: branch.name, path: `${prefix}${path}`, problem: index }));
      continue;
    }
    indexes.set(index.pipeline, index);
    for (const [file, hash] of Object.entries(index.files))
      owned.set(prefix + file, (owned.get(prefix + file) ?? new Set()).add(hash));
  }
  return { indexes, owned, source: sourceOf(texts.get(METADATA_FILE)), hold: holdOf(texts.get(HOLD_FILE)), problems };
}

function isIndex(path: string, prefix: string): boolean {
  return path.startsWith(`${prefix}${INDEX_FOLDER}/`) && path.endsWith(".json");
}

function sourceOf(text: string | undefined): string | undefined {
  const sha = (record(text) as { drySha?: unknown } | undefined)?.drySha;
  return typeof sha === "string" && /^[0-9a-f]{40,64}$/.test(sha) ? sha : undefined;
}

/** A hold that cannot be read holds all the same. */
function holdOf(text: string | undefined): Published["hold"] {
  if (text === undefined) return undefined;
  const { by, reason } = (record(text) ?? {}) as { by?: unknown; reason?: unknown };
  return {
    by: typeof by === "string" ? by : "somebody",
    reason: typeof reason === "string" ? reason : "no reason given",
  };
}

function record(text: string | undefined): object | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
