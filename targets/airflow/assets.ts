/** Files of this package that travel into the output as they are: operators and templates. They belong to the compiler, not to its input. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "../../compiler/invariant.ts";
import type { SourceFile } from "../target.ts";

/** The folder that holds `templates/` and `targets/` as they were written: this file runs from there, or from a build of it below. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "templates", "airflow"))) {
    const above = dirname(folder);
    invariant(above !== folder, "the package's templates are missing");
    folder = above;
  }
  return folder;
}

const cache = new Map<string, string>();

export function readAsset(path: string): string {
  let text = cache.get(path);
  if (text === undefined) {
    text = readFileSync(join(packageRoot(), path), "utf8");
    cache.set(path, text);
  }
  return text;
}

/** The Python files directly in `folder`, sorted by name; `path` is the name. */
export function pythonFiles(folder: string): readonly SourceFile[] {
  const names = readdirSync(join(packageRoot(), folder)).filter(
    (name) => name.endsWith(".py") && !name.startsWith("test_"),
  );
  return names.sort().map((path) => ({ path, content: new TextEncoder().encode(readAsset(join(folder, path))) }));
}
