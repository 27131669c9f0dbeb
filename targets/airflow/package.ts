/**
 * The content-addressed package beside the DAG file: operators, runtime, step sources, regions. Its name holds a hash of all of its bytes and of
 * the DAG file, so that a run in progress keeps the code it started with, and every change of the pipeline is a new version of the DAG to Airflow
 * (which does not look at the arguments of custom operators).
 */
import { createHash } from "node:crypto";
import type { Json } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";
import { regionWorkflow } from "../bridges/airflow-argo.ts";
import type { SourceFile, TargetInput } from "../target.ts";
import { pythonFiles } from "./assets.ts";

/** Files below the package's folder, sorted by path. */
export function packageFiles(input: TargetInput, settings: Json): readonly SourceFile[] {
  const files = new Map<string, Uint8Array>();
  const add = (path: string, content: Uint8Array): void => {
    files.set(path, content);
  };
  for (const { path, content } of pythonFiles("targets/airflow/python")) add(path, content);
  if (Object.keys(input.regions).length > 0) {
    for (const { path, content } of pythonFiles("targets/bridges/python")) add(path, content);
  }
  for (const { path, content } of input.runtime) add(path, content);
  for (const { path, content } of input.sources) add(`src/${path}`, content);
  for (const folder of foldersOf(input.sources)) {
    const path = `src/${folder === "" ? "" : `${folder}/`}__init__.py`;
    if (!files.has(path)) add(path, new Uint8Array());
  }
  for (const node of nodesOf(input.pipeline.body)) {
    if (node.kind !== "region") continue;
    add(`regions/${node.id}.workflow.json`, encode(regionWorkflow(node, input.regions[node.id])));
  }
  add("pipeline.json", encode(settings));
  return [...files].map(([path, content]) => ({ path, content })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Twelve hexadecimal digits over the DAG file's text and the names, lengths and bytes of the files. */
export function packageDigest(dag: string, files: readonly SourceFile[]): string {
  const hash = createHash("sha256");
  for (const { path, content } of [{ path: "", content: new TextEncoder().encode(dag) }, ...files]) {
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 12);
}

/** Every folder on the way to a source: without an `__init__.py` in it, a package of the same name anywhere on the path would win. */
function foldersOf(sources: readonly SourceFile[]): Set<string> {
  const folders = new Set<string>();
  for (const { path } of sources) {
    const parts = path.split("/").slice(0, -1);
    parts.forEach((_, index) => {
      folders.add(parts.slice(0, index + 1).join("/"));
    });
  }
  return folders;
}

function encode(value: Json): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(sorted(value), null, 2)}\n`);
}

/** A copy with all keys in the order of their code units. */
function sorted(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map(sorted);
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] as Json)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
