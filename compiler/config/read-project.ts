/** Reads a project's twinrail.json. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { parseProject } from "./parse-project.ts";
import type { Project } from "./project.ts";

export const PROJECT_FILE = "twinrail.json";

/** `text` is the file's, for showing lines of it in messages; absent when it could not be read. */
export function readProject(root: string): {
  readonly project?: Project;
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
} {
  let text: string;
  try {
    text = readFileSync(join(root, PROJECT_FILE), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { diagnostics: [diagnostic("TR8001", { file: PROJECT_FILE })] };
    return { diagnostics: [diagnostic("TR8009", { file: PROJECT_FILE, reason: String(code ?? error) })] };
  }
  return { text, ...parseProject(text, PROJECT_FILE) };
}
