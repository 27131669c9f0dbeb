/**
 * Compiling with the Twinrail that compiled what is deployed: fetched by npm, taken only when it has the integrity that the lock file holds,
 * and run in an empty environment, so that nothing of this machine's goes into its output and no secret is in its reach.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";

export interface OtherCompiler {
  readonly version: string;
  /** npm's: `sha512-…`, from the lock file. */
  readonly integrity: string | undefined;
  /** Of this Twinrail. */
  readonly own: string;
  /** The project, and where its output goes. */
  readonly project: string;
  readonly out: string;
  readonly target?: string;
  /** An empty folder. */
  readonly work: string;
}

/** The problem, if any; afterwards the output is in `out`. */
export function compileWithOther(other: OtherCompiler): Diagnostic | undefined {
  const { version, integrity, own, work } = other;
  const refuse = (reason: string): Diagnostic => diagnostic("TR7067", { compiled: version, version: own, reason });
  if (!/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version)) return refuse("that is no version");
  if (integrity === undefined) return refuse("the lock file holds no integrity that would make fetching it safe");
  const archive = fetchArchive(version, work);
  if (archive === undefined) return refuse("npm cannot fetch it");
  const [algorithm = "", expected = ""] = integrity.split("-", 2);
  const actual = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (algorithm !== "sha512" || expected !== actual)
    return refuse(`what npm fetched has the integrity sha512-${actual}, and not the locked one, ${integrity}`);

  const unpacked = join(work, "unpacked");
  const home = join(work, "home");
  for (const folder of [unpacked, home]) mkdirSync(folder);
  execFileSync("tar", ["-xzf", archive, "-C", unpacked, "--no-same-owner"]);
  const target = other.target === undefined ? [] : ["--target", other.target];
  const ran = spawnSync(
    process.execPath,
    [
      join(unpacked, "package/dist/bin/twinrail.cjs"),
      "compile",
      "--project",
      other.project,
      "--out",
      other.out,
      ...target,
    ],
    { cwd: home, env: { HOME: home, PATH: "", NO_COLOR: "1", NODE_DISABLE_COMPILE_CACHE: "1" }, encoding: "utf8" },
  );
  return ran.status === 0 ? undefined : refuse(`it does not compile the source: ${firstLine(ran.stderr)}`);
}

function fetchArchive(version: string, work: string): string | undefined {
  try {
    const args = ["pack", `twinrail@${version}`, "--json", "--ignore-scripts", "--pack-destination", work];
    const out = execFileSync("npm", args, { cwd: work, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const [packed] = JSON.parse(out) as { filename?: string }[];
    return packed?.filename === undefined ? undefined : join(work, packed.filename);
  } catch {
    return undefined;
  }
}

function firstLine(text: string | null): string {
  return (
    (text ?? "")
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.slice(0, 200) ?? "no message"
  );
}
