/** A plan made true, whole or not at all. */
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { indexPath, nextIndexPath, printIndex } from "./index-file.ts";
import type { Plan } from "./plan.ts";

/**
 * Everything is written beside its place first; then the index that will hold is put next to the old one, files are moved, and the index is
 * moved last. Killed in between, each file is whole, and the next compile knows both contents as its own. An error undoes what was done.
 *
 * @returns what went wrong; nothing then has changed.
 */
export function commit(outDir: string, plan: Plan): Diagnostic | undefined {
  const transaction = new Transaction(outDir);
  try {
    transaction.open();
    const files = [...plan.write, ...plan.ownWrite].map(([path, content]) => ({
      path,
      staged: transaction.stage(path, content),
    }));
    const indexes = plan.indexes.map((index) => {
      const next = nextIndexPath(index.pipeline);
      transaction.moveIn(transaction.stage(next, printIndex(index)), next);
      return { next, path: indexPath(index.pipeline) };
    });
    for (const { path, staged } of files) transaction.moveIn(staged, path);
    for (const path of [...plan.remove, ...plan.ownRemove]) transaction.moveOut(path);
    for (const { next, path } of indexes) transaction.moveIn(join(outDir, next), path);
  } catch (error) {
    transaction.undo();
    return writeProblem(error, outDir, transaction.at);
  }
  transaction.close([...plan.remove, ...plan.ownRemove]);
  return undefined;
}

/** An error of the file system as a diagnostic. @throws what is none. */
export function writeProblem(error: unknown, outDir: string, path: string): Diagnostic {
  if (!(error instanceof Error && "syscall" in error)) throw error;
  return diagnostic("TR9007", { path, problem: error.message.replaceAll(outDir, ".") });
}

class Transaction {
  readonly #outDir: string;
  readonly #undo: (() => void)[] = [];
  #temporary = "";
  #count = 0;
  /** What was being written when something went wrong. */
  at = ".";

  constructor(outDir: string) {
    this.#outDir = outDir;
  }

  open(): void {
    this.#makeFolder(join(this.#outDir, ".twinrail"));
    this.#temporary = mkdtempSync(join(this.#outDir, ".twinrail", "tmp-"));
    this.#undo.push(() => rmSync(this.#temporary, { recursive: true, force: true }));
    removeAbandoned(join(this.#outDir, ".twinrail"), this.#temporary);
  }

  stage(path: string, content: string | Uint8Array): string {
    this.at = path;
    const staged = this.#temporaryFile();
    writeFileSync(staged, content);
    return staged;
  }

  moveIn(staged: string, path: string): void {
    this.at = path;
    const place = join(this.#outDir, path);
    this.#makeFolder(dirname(place));
    const backup = this.#backup(place);
    renameSync(staged, place);
    this.#undo.push(() => (backup === undefined ? rmSync(place) : renameSync(backup, place)));
  }

  moveOut(path: string): void {
    this.at = path;
    const place = join(this.#outDir, path);
    if (lstatSync(place, { throwIfNoEntry: false }) === undefined) return;
    const backup = this.#temporaryFile();
    renameSync(place, backup);
    this.#undo.push(() => renameSync(backup, place));
  }

  undo(): void {
    for (const step of this.#undo.splice(0).reverse()) {
      try {
        step();
      } catch {
        // The disk that just failed may fail again; the rest is put back all the same.
      }
    }
  }

  close(removed: readonly string[]): void {
    rmSync(this.#temporary, { recursive: true, force: true });
    for (const path of removed) removeEmptyFolders(this.#outDir, dirname(path));
  }

  /** A second name for the same file, so that its place is never empty. */
  #backup(place: string): string | undefined {
    if (lstatSync(place, { throwIfNoEntry: false }) === undefined) return undefined;
    const backup = this.#temporaryFile();
    try {
      linkSync(place, backup);
    } catch {
      copyFileSync(place, backup); // a file system without hard links
    }
    return backup;
  }

  #temporaryFile(): string {
    return join(this.#temporary, String(this.#count++));
  }

  #makeFolder(folder: string): void {
    if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) return;
    this.#makeFolder(dirname(folder));
    mkdirSync(folder);
    this.#undo.push(() => rmdirSync(folder));
  }
}

function removeEmptyFolders(outDir: string, folder: string): void {
  if (folder === "." || folder === "") return;
  try {
    rmdirSync(join(outDir, folder));
  } catch {
    return; // not empty
  }
  removeEmptyFolders(outDir, dirname(folder));
}

const A_DAY = 24 * 3600 * 1000;

/** Of compiles that were killed long ago, by the file system's own clock. */
function removeAbandoned(folder: string, ours: string): void {
  const now = lstatSync(ours).mtimeMs;
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (!entry.startsWith("tmp-") || path === ours) continue;
    if (now - lstatSync(path).mtimeMs > A_DAY) rmSync(path, { recursive: true, force: true });
  }
}
