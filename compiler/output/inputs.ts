/** What a pipeline was compiled from, for its index. */
import { posix } from "node:path";
import { type Inputs, sha256 } from "./index-file.ts";

export interface InputsOf {
  /** The file that defines the pipeline. */
  readonly source: string;
  /** Every module that was read, by path below the project. */
  readonly modules: ReadonlyMap<string, string>;
  readonly python: readonly { readonly path: string; readonly content: Uint8Array }[];
  /** twinrail.json as it is understood: its layout is no input. */
  readonly project: object;
  readonly locked: Readonly<Record<string, string>>;
}

export function inputsOf({ source, modules, python, project, locked }: InputsOf): Inputs {
  const sources: Record<string, string> = { "twinrail.json": sha256(JSON.stringify(project)) };
  for (const file of closureOf(source, modules)) sources[file] = sha256(modules.get(file) ?? "");
  for (const { path, content } of python) sources[path] = sha256(content);
  return { sources, locked };
}

/** A text match finds an import in a comment, too: then a module too many is named, never one too few, and type-only imports are there. */
function closureOf(source: string, modules: ReadonlyMap<string, string>): Set<string> {
  const found = new Set([source]); // a Set is walked in insertion order, additions included
  for (const file of found) {
    for (const [, specifier = ""] of (modules.get(file) ?? "").matchAll(/\b(?:from|import)\s*["'](\.[^"'\n]+)["']/g)) {
      const imported = posix.join(posix.dirname(file), specifier);
      if (modules.has(imported)) found.add(imported);
    }
  }
  return found;
}
