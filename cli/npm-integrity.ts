/** npm's integrity of the Twinrail that a project has installed, from its package-lock.json. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** `sha512-…` of `twinrail` at `version`; nothing when npm does not say: another package manager, a checkout of Twinrail. */
export function npmIntegrity(project: string, version: string): string | undefined {
  for (let folder = project; ; folder = dirname(folder)) {
    const file = join(folder, "package-lock.json");
    if (existsSync(file)) {
      const { packages } = (parsed(readFileSync(file, "utf8")) ?? {}) as { packages?: Record<string, Installed> };
      const found = packages?.["node_modules/twinrail"];
      return found?.version === version ? found.integrity : undefined;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

interface Installed {
  readonly version?: string;
  readonly integrity?: string;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // npm itself will say so
  }
}
