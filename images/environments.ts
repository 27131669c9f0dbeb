/** Environments apart from Airflow's: named after what is in them, made by uv, never changed. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { sha256 } from "./layer.ts";
import { RegistryError } from "./registry-error.ts";
import { requirementsDigest } from "./requirements.ts";
import type { RequirementsFile } from "./requirements-file.ts";
import { uv } from "./uv.ts";

/** Changes when the same requirements would be installed otherwise. */
const FORM = "1";

/** The runtime reads object stores with it (runtime/layer/wheels.lock); left out where the requirements name another. */
const OBSTORE = "obstore==0.12.1";

/** `train-2b66fd261ee5`: the same requirements are the same environment, whichever step or project names them. */
export function environmentName(requirements: RequirementsFile, python: string): string {
  const hash = sha256([FORM, requirementsDigest(requirements), python].join("\n")).slice("sha256:".length, 19);
  const name = basename(requirements.file, ".txt")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `${name || "environment"}-${hash}`;
}

/** Makes the environment in `root` unless it is there. Throws a RegistryError: TR7035, TR7036. */
export function makeEnvironment(
  requirements: RequirementsFile,
  python: string,
  root: string,
  needsObjectStore: boolean,
): { readonly name: string; readonly how: "present" | "made" } {
  const name = environmentName(requirements, python);
  const folder = join(root, name);
  if (existsSync(folder)) return { name, how: "present" };
  mkdirSync(root, { recursive: true });
  const work = mkdtempSync(join(root, ".making-"));
  try {
    const made = join(work, "environment");
    const file = join(work, "requirements.txt");
    writeFileSync(file, requirements.text);
    const at = ["--python", join(made, "bin/python")];
    run(["venv", "--relocatable", "--python", python, made], requirements, python, file);
    run(["pip", "install", ...at, "--require-hashes", "--link-mode", "copy", "-r", file], requirements, python, file);
    if (needsObjectStore && !requirements.requirements.some((one) => one.name === "obstore"))
      run(["pip", "install", ...at, "--no-deps", "--link-mode", "copy", OBSTORE], requirements, python, file);
    try {
      renameSync(made, folder); // whole or not at all
    } catch (error) {
      if (!existsSync(folder)) throw error; // else another was faster, with the same packages
    }
    return { name, how: "made" };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function run(args: readonly string[], { file }: RequirementsFile, python: string, written: string): void {
  const { ok, message } = uv(args);
  if (ok) return;
  const reason = message.replaceAll(written, file);
  throw new RegistryError((origin) => diagnostic("TR7035", { file, platform: "this machine", python, reason }, origin));
}
