/**
 * `.twinrail/index/<pipeline>.json` in the output folder: which files a pipeline's last compile wrote. What is not in an index is not
 * Twinrail's; publish, prune, drift and verify work from the same file.
 */
import { createHash } from "node:crypto";

export interface Index {
  readonly pipeline: string;
  /** Of the compiler that wrote the files. */
  readonly compiler: string;
  /** Of the pipeline's IR; the same as long as the pipeline means the same. */
  readonly irHash: string;
  /** What it was compiled from, so that `verify` can name what has changed since. Absent in indexes of Twinrail 0.1. */
  readonly inputs?: Inputs;
  /** sha256 in hex, by path below the output folder. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Inputs {
  /** sha256 in hex, by path below the project: pipeline modules and the Python of the steps. `twinrail.json` is hashed as what it means. */
  readonly sources: Readonly<Record<string, string>>;
  /** What the lock says, by what is locked: an image reference, `runtime`, `requirements/train.txt`. */
  readonly locked: Readonly<Record<string, string>>;
}

export const INDEX_FOLDER = ".twinrail/index";

export function indexPath(pipeline: string): string {
  return `${INDEX_FOLDER}/${pipeline}.json`;
}

/** While files are moved into place, the index that will hold; after an interruption both are true of some files. */
export function nextIndexPath(pipeline: string): string {
  return `${INDEX_FOLDER}/${pipeline}.next.json`;
}

export function printIndex({ pipeline, compiler, irHash, inputs, files }: Index): string {
  const from = inputs && { sources: sorted(inputs.sources), locked: sorted(inputs.locked) };
  const index = { version: 1, pipeline, compiler, irHash, ...(from && { inputs: from }), files: sorted(files) };
  return `${JSON.stringify(index, null, 2)}\n`;
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The index, or in words what is wrong with the text. */
export function parseIndex(text: string): Index | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text.includes("<<<<<<<") ? "it holds a merge conflict" : "it is not JSON";
  }
  if (!isRecord(value)) return "it is not an object";
  const { version, pipeline, compiler, irHash, files, inputs } = value;
  if (version !== 1) return `its version is ${JSON.stringify(version)}; this compiler knows version 1`;
  if (typeof pipeline !== "string" || typeof compiler !== "string" || typeof irHash !== "string") {
    return "`pipeline`, `compiler` or `irHash` is missing";
  }
  if (!isRecord(files)) return "`files` is missing";
  const entries = Object.entries(files).map(([path, sha256]) => [path, String(sha256)] as const);
  // The paths are deleted from one day: somebody may have written "../../home" there.
  const strange = entries.find(([path, sha256]) => !isOutputPath(path) || !/^[0-9a-f]{64}$/.test(sha256));
  if (strange) return `\`files\` has a strange entry, ${JSON.stringify(strange[0])}`;
  const from = inputsOf(inputs);
  if (typeof from === "string") return from;
  return { pipeline, compiler, irHash, ...(from && { inputs: from }), files: Object.fromEntries(entries) };
}

function inputsOf(value: unknown): Inputs | string | undefined {
  if (value === undefined) return undefined;
  if (isRecord(value) && isTexts(value.sources) && isTexts(value.locked))
    return { sources: value.sources, locked: value.locked };
  return "`inputs` is not `sources` and `locked`, texts by name";
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((one) => typeof one === "string");
}

/** Below the output folder, in normal form, portable, and not one of Twinrail's own. */
export function isOutputPath(path: string): boolean {
  const parts = path.split("/");
  const good = (part: string) => part !== "" && part !== "." && part !== ".." && !/[\\:*?"<>|\p{Cc}]/u.test(part);
  return parts.every(good) && parts[0] !== ".twinrail";
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
