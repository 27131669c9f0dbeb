/**
 * A requirements file → one image layer: wheels chosen and unpacked by uv for the image's platform and Python, then made the same on every
 * machine. Layers are kept in the user's cache by what they are made of, so that a lock and the push after it unpack once.
 */
import {
  createReadStream,
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
import { diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { type LayerFile, type LayerInfo, sha256 } from "./layer.ts";
import { writeLayer } from "./layer-file.ts";
import { RegistryError } from "./registry-error.ts";
import { requirementsDigest } from "./requirements.ts";
import type { RequirementsFile } from "./requirements-file.ts";
import { REQUIREMENTS_FOLDER } from "./runtime-layer.ts";
import { uv } from "./uv.ts";

export interface WheelTarget {
  /** `linux/amd64` */
  readonly platform: string;
  /** `3.11` */
  readonly python: string;
}

/** The glibc of the wheels, no newer than that of images in use: Debian 12 and Ubuntu 22.04 have 2.35 and more. */
const UV_PLATFORMS: Readonly<Record<string, string>> = {
  "linux/amd64": "x86_64-manylinux_2_28",
  "linux/arm64": "aarch64-manylinux_2_28",
};

/** Changes when the same wheels would unpack to other bytes. */
const FORM = "1";

export interface RequirementsLayer extends LayerInfo {
  /** The compressed bytes. */
  open(): ReadableStream<Uint8Array>;
}

/** Throws a RegistryError: TR7035 when a package has no wheel that fits, TR7036 without uv. */
export function requirementsLayer(
  requirements: RequirementsFile,
  target: WheelTarget,
  cache: string = layerCache(),
): RequirementsLayer {
  const key = sha256([FORM, requirementsDigest(requirements), target.platform, target.python].join("\n")).slice(
    "sha256:".length,
    32,
  );
  const file = join(cache, `${key}.tar.gz`);
  const info = kept(file) ?? build(requirements, target, cache, file);
  return { ...info, open: () => ReadableStream.from(createReadStream(file)) };
}

function layerCache(): string {
  return join(
    process.env.TWINRAIL_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "twinrail"),
    "layers",
  );
}

function kept(file: string): LayerInfo | undefined {
  try {
    const { digest, diffId, size } = JSON.parse(readFileSync(`${file}.json`, "utf8")) as LayerInfo;
    return statSync(file).size === size ? { digest, diffId, size } : undefined;
  } catch {
    return undefined;
  }
}

function build(requirements: RequirementsFile, target: WheelTarget, cache: string, file: string): LayerInfo {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "build-"));
  try {
    const unpacked = join(work, "unpacked");
    install(requirements, target, work, unpacked);
    const draft = join(work, "layer.tar.gz");
    const info = writeLayer(filesOf(unpacked), draft);
    renameSync(draft, file);
    writeFileSync(`${work}/layer.json`, JSON.stringify(info));
    renameSync(`${work}/layer.json`, `${file}.json`); // last: it says that the layer is whole
    return info;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function install(requirements: RequirementsFile, { platform, python }: WheelTarget, work: string, to: string): void {
  const file = join(work, "requirements.txt");
  writeFileSync(file, requirements.text);
  const args = ["--target", to, "--python-version", python, "--python-platform", UV_PLATFORMS[platform] ?? platform];
  const strict = ["--only-binary", ":all:", "--require-hashes", "--no-compile-bytecode", "--link-mode", "copy"];
  const { ok, message } = uv(["pip", "install", ...args, ...strict, "-r", file]);
  if (ok) return;
  const reason = message.replaceAll(file, requirements.file);
  throw new RegistryError((origin) =>
    diagnostic("TR7035", { file: requirements.file, platform, python, reason }, origin),
  );
}

/** Without what depends on the machine or on the moment: interpreters in scripts, uv's own notes. */
function filesOf(folder: string): LayerFile[] {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll(sep, "/"),
    );
  return paths
    .filter((path) => !isNote(path))
    .map((path): LayerFile => {
      const from = join(folder, path);
      const { size, mode } = statSync(from);
      const to = { path: `${REQUIREMENTS_FOLDER}/${path}`, mode: (mode & 0o111) === 0 ? 0o644 : 0o755 };
      if (path.startsWith("bin/")) return { ...to, content: withoutInterpreter(readFileSync(from)), mode: 0o755 };
      if (path.endsWith(".dist-info/RECORD")) return { ...to, content: record(readFileSync(from, "utf8")) };
      return { ...to, content: { size, read: () => readFileSync(from) } };
    });
}

function isNote(path: string): boolean {
  return (
    path === ".lock" ||
    path.includes("__pycache__/") ||
    /\.dist-info\/(uv_cache\.json|uv_build\.json|direct_url\.json)$/.test(path)
  );
}

function withoutInterpreter(script: Buffer): Uint8Array {
  if (script.toString("latin1", 0, 2) !== "#!") return script;
  const end = script.indexOf(10);
  const first = script.toString("utf8", 2, end < 0 ? script.length : end);
  if (!/python[\d.]*"?$/.test(first.trim())) return script;
  return Buffer.concat([Buffer.from("#!/usr/bin/env python3"), script.subarray(end < 0 ? script.length : end)]);
}

/** The list of a wheel's files: scripts have another hash now, and notes are gone. */
function record(text: string): Uint8Array {
  const lines = text.split(/\r?\n/).filter((line) => line !== "" && !isNote(line.split(",")[0] ?? ""));
  const changed = lines.map((line) => (/^(?:\.\.\/)*bin\//.test(line) ? `${line.split(",")[0]},,` : line));
  return Buffer.from(`${changed.sort().join("\n")}\n`);
}
