#!/usr/bin/env node
/**
 * What `twinrail` starts: the command line as one bundled script, run from V8's cache of its compiled code.
 *
 * Half of a small compile is V8 parsing and compiling TypeScript's checker anew. The cache keeps that work in the user's cache folder. It holds
 * nothing but our own code, and is a matter of speed alone: whatever is wrong with it, the script is compiled as if it were not there.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";

type Wrapped = (require: NodeJS.Require, filename: string) => void;

/** cli/bundle.mjs sets it: the hash of the bundled script. */
declare const BUNDLE_HASH: string;

const DIGEST_BYTES = 32;

/**
 * A compile ends before what V8's optimizing compilers do in the background has paid: at 1,000 tasks that was 40 % of all CPU time. They are
 * made to wait for what is really long. The flags' names differ between versions of V8, which complains about those that it does not know.
 */
const TIERING: Readonly<Record<string, readonly string[]>> = {
  20: ["--interrupt-budget=1000000"],
  22: ["--invocation-count-for-turbofan=100000"],
  24: ["--invocation-count-for-turbofan=100000", "--invocation-count-for-maglev=3000"],
};
for (const flag of TIERING[process.versions.node.split(".")[0] ?? ""] ?? []) setFlagsFromString(flag);
// The young generation starts small and doubles; most of a compile's garbage is there before it has grown.
setFlagsFromString("--semi-space-growth-factor=16");

const file = join(__dirname, "cli.cjs");
const cache = cacheFile();
const cachedData = cache === undefined ? undefined : readCache(cache);
const script = new Script(readFileSync(file, "latin1"), {
  filename: file,
  ...(cachedData === undefined ? {} : { cachedData }),
});
// Only after a compile has V8 seen the functions that are worth keeping.
if (cache !== undefined && (cachedData === undefined || script.cachedDataRejected) && process.argv[2] === "compile") {
  process.on("exit", (code) => {
    if (code === 0) writeCache(cache, script.createCachedData());
  });
}
(script.runInThisContext() as Wrapped)(createRequire(file), file);

/** Named after all that the cache depends on. V8 checks its own version and flags once more. */
function cacheFile(): string | undefined {
  const { env, versions, arch } = process;
  if (env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const folder = env.TWINRAIL_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "twinrail");
  return join(folder, "code", `${BUNDLE_HASH}-${versions.v8}-${arch}.bin`);
}

function readCache(path: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    // In a folder that others can write to, somebody else's code must not be run.
    if (process.getuid && fstatSync(descriptor).uid !== process.getuid()) return undefined;
    const bytes = readFileSync(descriptor);
    const data = bytes.subarray(DIGEST_BYTES);
    // V8 would run a damaged cache. Three milliseconds are worth never compiling something else than what is written.
    return digestOf(data).equals(bytes.subarray(0, DIGEST_BYTES)) ? data : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Whole or not at all, and in place of what older versions left. */
function writeCache(path: string, data: Buffer): void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, Buffer.concat([digestOf(data), data]), { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // A read-only home, a full disk, two compiles at once: the next start is as slow as this one was.
  }
}

function digestOf(data: Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}
