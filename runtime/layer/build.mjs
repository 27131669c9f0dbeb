/**
 * `node runtime/layer/build.mjs`, after `tsc`: the runtime and its wheels → dist/runtime-layer/{layer.tar.gz,layer.json}. Runs when Twinrail
 * itself is built, so that compiling never needs a network; does nothing when nothing changed. Wheels are kept in the user's cache folder.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PREFIX = "opt/twinrail/runtime";
const here = fileURLToPath(new URL(".", import.meta.url));
const runtime = fileURLToPath(new URL("../", import.meta.url));
// The GitHub Action has its own build beside its bundle (cli/action-files.mjs).
const dist = process.env.TWINRAIL_DIST
  ? pathToFileURL(`${process.env.TWINRAIL_DIST}/`)
  : new URL("../../dist/", import.meta.url);
const { buildLayer } = await import(new URL("images/layer.js", dist).href);
const output = fileURLToPath(new URL("runtime-layer/", dist));
const lockFile = join(here, "wheels.lock");

const sources = filesBelow(join(runtime, "twinrail_runtime"))
  .filter((path) => !/(^|\/)(__pycache__|tests)\/|\.pyc$|(^|\/)\./.test(path))
  .map((path) => ({
    path: `${PREFIX}/twinrail_runtime/${path}`,
    content: readFileSync(join(runtime, "twinrail_runtime", path)),
  }));

const inputs = fingerprint([
  ...sources.flatMap(({ path, content }) => [path, content]),
  readFileSync(lockFile),
  readFileSync(new URL(import.meta.url)),
  readFileSync(new URL("images/layer.js", dist)),
]);
if (!isBuilt()) build();

function isBuilt() {
  try {
    const built = JSON.parse(readFileSync(join(output, "layer.json"), "utf8"));
    return built.inputs === inputs && statSync(join(output, "layer.tar.gz")).size === built.size;
  } catch {
    return false;
  }
}

function build() {
  const layer = buildLayer([...sources, ...wheelFiles(unpackedWheels())]);
  const version = /^__version__ = "(.+)"$/m.exec(
    readFileSync(join(runtime, "twinrail_runtime/__init__.py"), "utf8"),
  )?.[1];
  if (version === undefined) throw new Error("runtime/twinrail_runtime/__init__.py states no __version__");
  const { digest, diffId, size, bytes } = layer;
  mkdirSync(output, { recursive: true });
  replaceFile(join(output, "layer.tar.gz"), bytes);
  replaceFile(join(output, "layer.json"), `${JSON.stringify({ version, digest, diffId, size, inputs }, null, 2)}\n`);
  console.log(`runtime layer ${version}: ${(size / 2 ** 20).toFixed(1)} MiB, ${digest}`);
}

/** A folder for each wheel, by the name of its project. */
function unpackedWheels() {
  const cache = join(process.env.TWINRAIL_CACHE || join(homedir(), ".cache/twinrail"), "wheels");
  const folder = join(cache, fingerprint([readFileSync(lockFile)]).slice(0, 16));
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const downloads = mkdtempSync(join(cache, "download-"));
    try {
      // The tags of the oldest Python and glibc that the wheels support; pip itself may run under any Python.
      const tags = ["--platform", "manylinux2014_x86_64", "--python-version", "3.11", "--implementation", "cp"];
      const pip = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
      ];
      execFileSync("python3", [...pip, ...tags, "--dest", downloads, "--requirement", lockFile], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      const unpacked = join(downloads, "unpacked");
      for (const wheel of readdirSync(downloads).filter((name) => name.endsWith(".whl"))) {
        execFileSync("python3", ["-m", "zipfile", "-e", join(downloads, wheel), join(unpacked, wheel.split("-")[0])]);
      }
      try {
        renameSync(unpacked, folder);
      } catch (error) {
        if (!existsSync(folder)) throw error; // else another build was faster, with the same wheels
      }
    } finally {
      rmSync(downloads, { recursive: true, force: true });
    }
  }
  return folder;
}

function wheelFiles(folder) {
  const files = [];
  for (const project of readdirSync(folder)) {
    for (const path of filesBelow(join(folder, project))) {
      const to = placeOf(project, path);
      if (to !== undefined) files.push({ path: `${PREFIX}/${to}`, content: readFileSync(join(folder, project, path)) });
    }
  }
  return files;
}

/** Where a wheel's file goes, or nothing when no step needs it. Of certifi only the certificates: a step's own certifi stays what it is. */
function placeOf(project, path) {
  if (project === "certifi") {
    if (path === "certifi/cacert.pem") return "cacert.pem";
    return path.endsWith("/licenses/LICENSE") ? "licenses/certifi-LICENSE" : undefined;
  }
  if (path.endsWith(".pyi") || /\.dist-info\/(RECORD|WHEEL|top_level\.txt|sboms\/.*)$/.test(path)) return undefined;
  return path;
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath ?? entry.path, entry.name)
        .slice(folder.length + 1)
        .replaceAll(sep, "/"),
    )
    .sort();
}

function fingerprint(parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

function replaceFile(path, content) {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
