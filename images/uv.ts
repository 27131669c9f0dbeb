/** The one place that starts uv. It reads the user's own configuration: private indexes, proxies, certificates. */
import { spawnSync } from "node:child_process";
import { registryError } from "./registry-error.ts";

export interface UvResult {
  readonly ok: boolean;
  /** What it says, without colour. */
  readonly message: string;
  readonly out: string;
}

/** Found on the path, or as a module of the Python on the path. Throws a RegistryError (TR7036) when there is none. */
export function uv(args: readonly string[], env: NodeJS.ProcessEnv = process.env): UvResult {
  let reason = "";
  for (const [command = "", ...before] of [["uv"], ["python3", "-m", "uv"]]) {
    const ran = spawnSync(command, [...before, ...args, "--color", "never", "--no-progress"], {
      encoding: "utf8",
      env,
      maxBuffer: 2 ** 26,
    });
    if (ran.error !== undefined) {
      reason ||= String((ran.error as NodeJS.ErrnoException).code ?? ran.error.message);
      continue;
    }
    // pyenv has a `uv` that only says which Python has one; Python says so of a module.
    if (ran.status !== 0 && /No module named uv|pyenv: uv: command not found/.test(ran.stderr)) continue;
    return { ok: ran.status === 0, message: ran.stderr.trim(), out: ran.stdout };
  }
  throw registryError("TR7036", { reason: reason || "it is not on the path" });
}
