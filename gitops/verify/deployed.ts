/** What a person names, a folder or a commit, → the deployed files and the commit that they say they were compiled from. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { INDEX_FOLDER } from "../../compiler/output/index-file.ts";
import { type Files, filesOfFolder, type Repository } from "./tree-files.ts";

export interface Deployed {
  readonly files: Files;
  /** In words: `deploy`, `8a1f… (deploy/)`. */
  readonly what: string;
  /** The commit whose sources it says it was compiled from. Absent: the working copy is all there is. */
  readonly source?: string;
}

/** The file in which GitOps Promoter and publishers name the commit that manifests were made from. */
const METADATA = "hydrator.metadata";

export function findDeployed(
  named: string,
  repository: Repository | undefined,
  project: string,
  path?: string,
): Deployed | Diagnostic {
  const folder = resolve(named);
  if (existsSync(folder) && statSync(folder).isDirectory()) return ofFolder(folder, named);
  const commit = repository?.commit(named);
  if (repository === undefined || commit === undefined)
    return diagnostic("TR7068", {
      what: `\`${named}\``,
      reason: "it is neither a folder nor a commit of this repository",
    });
  const paths = repository.list(commit).map((file) => file.path);
  const roots = [...new Set(paths.flatMap((file) => rootOf(file) ?? []))];
  const wanted = path === undefined ? undefined : `${path.replace(/\/+$/, "")}/`.replace(/^\/$/, "");
  // Of several, the one of this project.
  const own = `${relative(repository.root, project)}/`.replace(/^\/$/, "");
  const root =
    wanted ?? (roots.length === 1 ? roots[0] : roots.find((one) => one === `${own}deploy/` || one === `deploy/${own}`));
  if (root === undefined || !roots.includes(root)) {
    const reason =
      roots.length === 0
        ? "it has no `.twinrail/index`"
        : `it holds ${roots.map((one) => `\`${one || "."}\``).join(", ")}: name one with --path`;
    return diagnostic("TR7068", { what: `Commit ${commit.slice(0, 12)}`, reason });
  }
  return {
    files: repository.filesOf(commit, root),
    what: `${commit.slice(0, 12)} (${root === "" ? "." : root})`,
    source: sourceOf(repository, commit, root),
  };
}

/** The commit that a deployed one says it was compiled from: itself, when the sources are beside what is deployed. */
export function sourceOf(repository: Repository, commit: string, root = ""): string {
  const files = repository.list(commit);
  const metadata = [`${root}${METADATA}`, METADATA]
    .map((path) => files.find((file) => file.path === path))
    .find((file) => file !== undefined);
  const text = metadata && repository.read([metadata.id]).get(metadata.id);
  return (text && drySha(Buffer.from(text).toString("utf8"))) ?? commit;
}

function ofFolder(folder: string, named: string): Deployed | Diagnostic {
  if (!existsSync(join(folder, INDEX_FOLDER)))
    return diagnostic("TR7068", { what: `\`${named}\``, reason: `it has no \`${INDEX_FOLDER}\`` });
  let source: string | undefined;
  for (let at = folder; source === undefined; at = dirname(at)) {
    if (existsSync(join(at, METADATA))) source = drySha(readFileSync(join(at, METADATA), "utf8"));
    if (existsSync(join(at, ".git")) || dirname(at) === at) break;
  }
  return { files: filesOfFolder(folder), what: named, ...(source === undefined ? {} : { source }) };
}

/** The folder above `.twinrail/index`, with its slash; `""` at the top. */
function rootOf(file: string): string | undefined {
  return /^((?:.*\/)?)\.twinrail\/index\/[^/]+\.json$/.exec(file)?.[1];
}

function drySha(text: string): string | undefined {
  try {
    const value = (JSON.parse(text) as { drySha?: unknown } | null)?.drySha;
    return typeof value === "string" && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
