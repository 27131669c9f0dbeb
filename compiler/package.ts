/** What ships in the npm package beside the compiled code. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "../targets/target.ts";
import { invariant } from "./invariant.ts";

/** The package's folder: the nearest one above this file that is called `twinrail` in its package.json. */
export const PACKAGE_ROOT: string = findRoot(dirname(fileURLToPath(import.meta.url)));

export const VERSION: string = manifestOf(PACKAGE_ROOT)?.version ?? "";

function findRoot(folder: string): string {
  if (manifestOf(folder)?.name === "twinrail") return folder;
  const parent = dirname(folder);
  invariant(parent !== folder, "its own package.json is missing");
  return findRoot(parent);
}

function manifestOf(folder: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch {
    return undefined;
  }
}

/** The Python package that every step runs under, as the targets ship it. */
export function runtimeFiles(): SourceFile[] {
  const root = join(PACKAGE_ROOT, "runtime");
  return readdirSync(join(root, "twinrail_runtime"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".py"))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort()
    .map((path) => ({ path, content: readFileSync(join(root, path)) }));
}
