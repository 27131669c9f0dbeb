/** What the benchmark needs to know of a tool. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../compiler/package.ts";
import type { ShapeTask } from "../shapes.ts";

export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The file or folder that the run writes; it is removed before each run. */
  readonly output: string;
}

export interface Tool {
  readonly name: string;
  /** Why the tool cannot be given `tasks`, if so. */
  refuses?(tasks: readonly ShapeTask[]): string | undefined;
  /** Writes the pipeline's source into `folder`, which is empty. What the tool needs is installed first, if it is not there. */
  prepare(folder: string, tasks: readonly ShapeTask[]): Command;
}

const CACHE = join(process.env.TWINRAIL_CACHE || join(homedir(), ".cache/twinrail"), "bench");
const PEERS = join(PACKAGE_ROOT, "bench/peers");

/** The Python of an environment with exactly what `peers/<name>.lock` says. */
export function pythonOf(name: string): string {
  const lock = join(PEERS, `${name}.lock`);
  const folder = installed(name, readFileSync(lock), (to) => {
    execFileSync("python3", ["-m", "venv", to], { stdio: "inherit" });
    const pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"];
    execFileSync(join(to, "bin/python"), [...pip, "-r", lock], { stdio: "inherit" });
  });
  return join(folder, "bin/python");
}

/** A folder with the `node_modules` that `peers/<name>/package-lock.json` says. */
export function nodeModulesOf(name: string): string {
  const folder = join(PEERS, name);
  return installed(name, readFileSync(join(folder, "package-lock.json")), (to) => {
    cpSync(folder, to, { recursive: true });
    execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: to, stdio: "inherit" });
  });
}

/** Named after what is in it, so that another lock file gives another folder; without its mark it is half made, and made again. */
function installed(name: string, lock: Uint8Array, install: (to: string) => void): string {
  const folder = join(CACHE, `${name}-${createHash("sha256").update(lock).digest("hex").slice(0, 12)}`);
  const mark = join(folder, ".complete");
  if (existsSync(mark)) return folder;
  console.error(`installing ${name} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  install(folder);
  writeFileSync(mark, "");
  return folder;
}
