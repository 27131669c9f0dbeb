/** Compiles projects of a tree in child processes: no credentials in their environment, bounded in time and memory. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Snapshot } from "./snapshot.ts";
import { materialize } from "./tree/materialize.ts";
import { below, type TreeEntry, type TreeSource } from "./tree/tree.ts";

export interface CompileLimits {
  readonly seconds: number;
  readonly heapMegabytes: number;
  readonly outputBytes: number;
}

export const COMPILE_LIMITS: CompileLimits = { seconds: 120, heapMegabytes: 700, outputBytes: 314_572_800 };

/** A snapshot, or in words why there is none. */
export type Outcome = Snapshot | { readonly failed: string };

export function hasFailed(outcome: Outcome): outcome is { readonly failed: string } {
  return "failed" in outcome;
}

/** The project in `folder` of a tree. `undefined`: there is none. */
export function compileTree(
  source: TreeSource,
  entries: readonly TreeEntry[],
  folder: string,
): Promise<Outcome | undefined> {
  return withProject(source, entries, folder, (root) => compileFolder(root));
}

/** Does something with the project on disk, in a folder that is gone afterwards. */
export async function withProject(
  source: TreeSource,
  entries: readonly TreeEntry[],
  folder: string,
  use: (root: string) => Promise<Outcome>,
): Promise<Outcome | undefined> {
  const files = below(entries, folder);
  if (!files.some(({ path }) => path === "twinrail.json")) return undefined;
  const place = mkdtempSync(join(tmpdir(), "twinrail-tree-"));
  try {
    const root = join(place, "project");
    mkdirSync(root);
    const { tooMuch } = await materialize(source, files, root);
    if (tooMuch !== undefined) return { failed: `the project's folder is too large: ${tooMuch}` };
    return await use(root);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The project in a folder on disk. */
export function compileFolder(folder: string, limits: CompileLimits = COMPILE_LIMITS): Promise<Outcome> {
  const [script = ""] = process.argv.slice(1);
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${limits.heapMegabytes}`, script, "snapshot", folder],
      // Nothing of the environment is handed on.
      { env: { NO_COLOR: "1", PATH: "" }, cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
    );
    const out: Buffer[] = [];
    let size = 0;
    let err = "";
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, limits.seconds * 1000);
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.outputBytes) child.kill("SIGKILL");
      else out.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err = (err + chunk.toString("utf8")).slice(-4000);
    });
    child.on("error", (error) => resolve({ failed: `the compiler cannot be started: ${error.message}` }));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (late) resolve({ failed: `compiling took longer than ${limits.seconds} s` });
      else if (size > limits.outputBytes) resolve({ failed: "the compiled project is too large" });
      else if (code === 0) resolve(JSON.parse(Buffer.concat(out).toString("utf8")) as Snapshot);
      else if (/heap out of memory|Allocation failed/.test(err))
        resolve({ failed: `compiling needed more than ${limits.heapMegabytes} MiB` });
      else resolve({ failed: `the compiler ended with ${signal ?? `code ${code}`}: ${firstLine(err)}` });
    });
  });
}

function firstLine(text: string): string {
  return (
    text
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.slice(0, 200) ?? "no message"
  );
}
