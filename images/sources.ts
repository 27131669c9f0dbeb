/**
 * The Python that a project's steps need, as it will stand in every package and image: for each step the whole top-level folder of its file
 * (or the module at the root), and the top-level folders and modules that those import. Whole folders, because a step also opens the files
 * beside it; not the whole project, so that an edit elsewhere changes no digest.
 */
import { type Diagnostic, diagnostic, type Origin } from "../compiler/diagnostics/diagnostic.ts";
import type { SourceFile } from "../targets/target.ts";
import { shadowed } from "./python-names.ts";
import { type SourceTree, sourceTree } from "./source-tree.ts";

export interface RunFile {
  /** `steps/train.py`, relative to the project root. */
  readonly file: string;
  readonly origin?: Origin;
}

export interface SourceLimits {
  readonly fileBytes: number;
  readonly totalBytes: number;
  readonly files: number;
}

export const SOURCE_LIMITS: SourceLimits = { fileBytes: 10 * 2 ** 20, totalBytes: 100 * 2 ** 20, files: 10_000 };

/** `sources` is sorted by path and has an `__init__.py` in every folder of Python; with errors it is what could be read. */
export function collectSources(
  root: string,
  runs: readonly RunFile[],
  limits: SourceLimits = SOURCE_LIMITS,
): { readonly sources: readonly SourceFile[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const tree = sourceTree(root, limits);
  const files = new Map<string, Uint8Array>();
  const wanted = new Map<string, Origin | undefined>(); // a Map is walked in insertion order, additions included
  const looked = new Set<string>();
  for (const { file, origin } of runs) {
    if (!isFile(tree, file)) diagnostics.push(diagnostic("TR7020", { file }, origin));
    else if (!wanted.has(topLevel(file))) wanted.set(topLevel(file), origin);
  }
  for (const [top, origin] of wanted) {
    const name = top.replace(/\.py$/, "");
    const owner = shadowed(name);
    if (owner !== undefined) {
      diagnostics.push(diagnostic("TR7021", { name: top, owner, isFolder: name === top }, origin));
      continue;
    }
    const read = tree.read(top, origin);
    diagnostics.push(...read.diagnostics);
    for (const [path, content] of read.files) {
      files.set(path, content);
      for (const imported of path.endsWith(".py") ? importedNames(content) : []) {
        if (looked.has(imported)) continue;
        looked.add(imported);
        // A step that imports `airflow` or `types` means the real one; only what a step *runs from* must not be called so.
        if (shadowed(imported) !== undefined) continue;
        const found = [imported, `${imported}.py`].find((candidate) => tree.holdsPython(candidate));
        if (found !== undefined && !wanted.has(found)) wanted.set(found, origin);
      }
    }
  }
  for (const folder of pythonFolders(files.keys()))
    if (!files.has(`${folder}/__init__.py`)) files.set(`${folder}/__init__.py`, new Uint8Array());
  if (tree.overflow !== undefined) diagnostics.push(diagnostic("TR7025", tree.overflow));
  const sources = [...files].map(([path, content]) => ({ path, content }));
  return { sources: sources.sort((a, b) => (a.path < b.path ? -1 : 1)), diagnostics };
}

function isFile(tree: SourceTree, file: string): boolean {
  const parts = file.split("/");
  return (
    !file.includes("\\") && parts.every((part) => part !== "" && part !== "." && part !== "..") && tree.isFile(file)
  );
}

function topLevel(file: string): string {
  return file.split("/")[0] ?? file;
}

/** First names of absolute imports. A text match may find one in a docstring: then a folder too many is taken along, never one too few. */
function importedNames(content: Uint8Array): Set<string> {
  const names = new Set<string>();
  const statements = Buffer.from(content)
    .toString("utf8")
    .matchAll(/(?:^|[;:])[ \t]*(?:from[ \t]+([\p{L}_][\p{L}\p{N}_]*)|import[ \t]+([^;#\n]+))/gmu);
  for (const [, from, list] of statements) {
    if (from !== undefined) names.add(from);
    for (const part of list?.split(",") ?? []) {
      const name = /^[\s(]*([\p{L}_][\p{L}\p{N}_]*)/u.exec(part)?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** Folders with a Python file in them or below, without the root. */
function pythonFolders(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    if (!path.endsWith(".py")) continue;
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) folders.add(path.slice(0, at));
  }
  return folders;
}
