/** The output folder as it is: nothing here follows a symbolic link inside it, and nothing here writes. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { INDEX_FOLDER, type Index, parseIndex, sha256 } from "./index-file.ts";

export type Found =
  | { readonly kind: "nothing" }
  | { readonly kind: "file"; readonly sha256: string }
  /** Something that cannot be written over. */
  | { readonly kind: "obstacle"; readonly problem: Diagnostic };

/** What stands at a path, looked at from the output folder inwards. */
export function lookAt(outDir: string, path: string): Found {
  const parts = path.split("/");
  for (const depth of parts.keys()) {
    const at = parts.slice(0, depth + 1).join("/");
    const isLast = depth === parts.length - 1;
    const stat = lstatSync(join(outDir, at), { throwIfNoEntry: false });
    if (stat === undefined) return { kind: "nothing" };
    if (stat.isSymbolicLink()) return { kind: "obstacle", problem: diagnostic("TR9001", { path, link: at }) };
    if (isLast && stat.isFile()) return { kind: "file", sha256: sha256(readFileSync(join(outDir, at))) };
    if (!isLast && stat.isDirectory()) continue;
    const found = stat.isDirectory() ? "folder" : stat.isFile() ? "file" : "special file";
    return { kind: "obstacle", problem: diagnostic("TR9005", { path, found, at }) };
  }
  return { kind: "nothing" };
}

export interface Ownership {
  readonly indexes: ReadonlyMap<string, Index>;
  /** Every content that Twinrail may have written to a path: of its indexes, and of a compile that was interrupted. */
  readonly written: ReadonlyMap<string, ReadonlySet<string>>;
  readonly problems: readonly Diagnostic[];
}

export function readOwnership(outDir: string): Ownership {
  const indexes = new Map<string, Index>();
  const written = new Map<string, Set<string>>();
  const problems: Diagnostic[] = [];
  for (const path of indexFiles(outDir, problems)) {
    const index = parseIndex(readFileSync(join(outDir, path), "utf8"));
    if (typeof index === "string") {
      problems.push(diagnostic("TR9006", { path, problem: index }));
      continue;
    }
    for (const [file, hash] of Object.entries(index.files)) {
      written.set(file, (written.get(file) ?? new Set()).add(hash));
    }
    if (!path.endsWith(".next.json")) indexes.set(index.pipeline, index);
  }
  return { indexes, written, problems };
}

function indexFiles(outDir: string, problems: Diagnostic[]): string[] {
  const folder = lookAt(outDir, `${INDEX_FOLDER}/x`);
  if (folder.kind === "obstacle") problems.push(folder.problem);
  if (folder.kind === "obstacle" || lstatSync(join(outDir, INDEX_FOLDER), { throwIfNoEntry: false }) === undefined)
    return [];
  const entries = readdirSync(join(outDir, INDEX_FOLDER), { withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.name.endsWith(".json"))
    .map((entry) => ({ entry, path: `${INDEX_FOLDER}/${entry.name}` }));
  for (const { entry, path } of paths) {
    if (entry.isSymbolicLink()) problems.push(diagnostic("TR9001", { path, link: path }));
  }
  return paths
    .filter(({ entry }) => entry.isFile())
    .map(({ path }) => path)
    .sort();
}
