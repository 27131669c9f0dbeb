/** The second level of a diff: Kubernetes objects and their fields, with lists keyed as Kubernetes keys them. */
import { isDeepStrictEqual } from "node:util";
import { parseAllDocuments } from "yaml";
import type { Snapshot } from "../snapshot.ts";
import { changedFiles, textOf } from "./files.ts";

export interface ObjectChange {
  /** `WorkflowTemplate ml/acme-churn` */
  readonly object: string;
  readonly file: string;
  readonly action: "added" | "removed" | "changed" | "renamed";
  /** Of a renamed object: what it was called. */
  readonly from?: string;
  readonly fields: readonly FieldChange[];
  /** Fields that say only that an image has its new digest. */
  readonly folded: number;
}

export interface FieldChange {
  /** `spec.templates[main].dag.tasks[train].depends` */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

export function diffObjects(base: Snapshot, head: Snapshot): readonly ObjectChange[] {
  const files = changedFiles(base, head).filter(({ path }) => isManifest(path));
  const before = objectsOf(files.map(({ path, before }) => [path, textOf(base, before)]));
  const after = objectsOf(files.map(({ path, after }) => [path, textOf(head, after)]));
  const images = replacedImages(base, head);
  const changes: ObjectChange[] = [];
  const removed = new Map([...before].filter(([key]) => !after.has(key)));
  for (const [key, { file, value }] of after) {
    const old = before.get(key);
    if (old !== undefined) {
      if (!isDeepStrictEqual(old.value, value)) changes.push(changed(key, file, old.value, value, images));
      continue;
    }
    const twin = [...removed].find(([, other]) => sameButForName(other.value, value));
    if (twin === undefined) changes.push({ object: key, file, action: "added", fields: [], folded: 0 });
    else {
      removed.delete(twin[0]);
      changes.push({ object: key, file, action: "renamed", from: twin[0], fields: [], folded: 0 });
    }
  }
  const gone = [...removed].map(
    ([object, { file }]): ObjectChange => ({ object, file, action: "removed", fields: [], folded: 0 }),
  );
  return [
    ...gone,
    ...changes.filter(({ action, fields, folded }) => action !== "changed" || fields.length + folded > 0),
  ];
}

export function isManifest(path: string): boolean {
  return /^argo\/.*\.ya?ml$|\.workflow\.json$/.test(path);
}

type Found = { readonly file: string; readonly value: unknown };

function objectsOf(files: readonly (readonly [string, string | undefined])[]): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const [file, text] of files)
    for (const value of parse(file, text)) found.set(keyOf(value, file), { file, value });
  return found;
}

function parse(file: string, text: string | undefined): unknown[] {
  if (text === undefined) return [];
  if (file.endsWith(".json")) return [JSON.parse(text)];
  return parseAllDocuments(text).map((document) => document.toJS({ maxAliasCount: 0 }) as unknown);
}

/** A region's workflow has no name of its own: its file is its name. */
export function keyOf(value: unknown, file: string): string {
  const { kind, metadata } = (value ?? {}) as { kind?: string; metadata?: { name?: string; namespace?: string } };
  const name = metadata?.name ?? file;
  return `${kind ?? "object"} ${metadata?.namespace === undefined ? "" : `${metadata.namespace}/`}${name}`;
}

function changed(
  object: string,
  file: string,
  before: unknown,
  after: unknown,
  images: ReadonlyMap<string, string>,
): ObjectChange {
  const all = fieldsOf(before, after, "");
  const own = all.filter(({ before, after }) => typeof before !== "string" || images.get(before) !== after);
  return { object, file, action: "changed", fields: own, folded: all.length - own.length };
}

function fieldsOf(before: unknown, after: unknown, path: string): FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = listKey([...before, ...after]);
    if (key !== undefined) return keyed(byKey(before, key), byKey(after, key), (name) => `${path}[${name}]`);
    if (before.length === after.length) return before.flatMap((value, i) => fieldsOf(value, after[i], `${path}[${i}]`));
    return [{ path, before, after }];
  }
  if (isRecord(before) && isRecord(after))
    return keyed(before, after, (name) =>
      /^[\w-]+$/.test(name) ? `${path}.${name}`.replace(/^\./, "") : `${path}["${name}"]`,
    );
  return [{ path, before, after }];
}

function keyed(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  pathOf: (name: string) => string,
): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    fieldsOf(before[name], after[name], pathOf(name)),
  );
}

/** Kubernetes merges lists of objects by `name`, mounts by `mountPath`, tolerations by `key`. Other lists are in an order that matters. */
function listKey(items: readonly unknown[]): string | undefined {
  return ["name", "mountPath", "key"].find((key) =>
    items.every((item) => isRecord(item) && typeof item[key] === "string"),
  );
}

function byKey(items: readonly unknown[], key: string): Record<string, unknown> {
  return Object.fromEntries(items.map((item) => [String((item as Record<string, unknown>)[key]), item]));
}

function sameButForName(a: unknown, b: unknown): boolean {
  const without = (value: unknown) => {
    const { metadata, ...rest } = value as { metadata?: Record<string, unknown> };
    return { ...rest, metadata: { ...metadata, name: "", labels: {}, annotations: {} } };
  };
  return isRecord(a) && isRecord(b) && isDeepStrictEqual(without(a), without(b));
}

/** Old image → new image, where a step's changed. */
function replacedImages(base: Snapshot, head: Snapshot): ReadonlyMap<string, string> {
  const before = new Map(base.pipelines.map((pipeline) => [pipeline.name, pipeline.images]));
  const pairs = head.pipelines.flatMap(({ name, images }) =>
    Object.entries(images).flatMap(([step, image]) => {
      const old = before.get(name)?.[step];
      return old === undefined || old === image ? [] : [[old, image] as const];
    }),
  );
  return new Map(pairs);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
