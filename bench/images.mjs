/**
 * `node bench/images.mjs [megabytes...]`: one line of a step changes; how long until a pod could run it? Twinrail (compile and push) beside
 * buildah (a Dockerfile that copies the code, and push), in one run, against one registry. Cold is what a fresh CI runner has: no image store, no
 * cache. Warm is a machine that has done it before. Needs `buildah` and `docker-registry` of Debian; no daemon, no root beyond chroot.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildLayer } from "../dist/images/layer.js";
import { descriptor, pushTestImage, startRegistry } from "../dist/images/testing.js";

const RUNS = 3;
const PROGRAM = fileURLToPath(new URL("../dist/bin/twinrail.cjs", import.meta.url));
const sizes = process.argv.slice(2).map(Number);
const work = mkdtempSync(join(tmpdir(), "twinrail-bench-images-"));
const registry = await startRegistry();

/** A base of that many megabytes, in four layers, that do not compress: like CUDA's. */
async function pushBase(megabytes) {
  const layers = [0, 1, 2, 3].map((part) =>
    buildLayer([{ path: `opt/base/${part}.bin`, content: randomBytes((megabytes * 2 ** 20) / 4) }]),
  );
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: { Env: ["PATH=/usr/bin:/bin", "PYTHON_VERSION=3.11.9"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_, part) => ({ created: "2025-01-01T00:00:00Z", created_by: `base ${part}` })),
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: descriptor("application/vnd.oci.image.config.v1+json", config),
    layers: layers.map(({ digest, size }) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      digest,
      size,
    })),
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  await pushTestImage(registry.client, `base-${megabytes}`, "1", { layers, config, manifest, mediaType });
}

function project(megabytes) {
  const folder = join(work, `project-${megabytes}`);
  mkdirSync(join(folder, "steps"), { recursive: true });
  const write = (file, text) => writeFileSync(join(folder, file), text);
  const clusters = { main: { connection: "kubernetes", namespace: "ml" } };
  const settings = {
    artifactRoot: "s3://bucket/x",
    target: ["argo"],
    clusters,
    registry: `${registry.host}/bench-${megabytes}`,
  };
  write("twinrail.json", JSON.stringify(settings));
  write(
    "x.pipeline.ts",
    `import { isolated, pipeline } from "twinrail";\nconst train = isolated({ image: "${registry.host}/base-${megabytes}:1", run: "steps/train.py:train" });\nexport default pipeline({ name: "x" }, async () => {\n  await train();\n});\n`,
  );
  write("Dockerfile", `FROM ${registry.host}/base-${megabytes}:1\nCOPY steps /opt/twinrail/src/steps\n`);
  return folder;
}

let edits = 0;
function edit(folder) {
  writeFileSync(join(folder, "steps/train.py"), `def train():\n    return ${++edits}\n`);
}

/** Processor and wall-clock seconds of commands, one after the other. */
function seconds(commands, cwd, env = {}) {
  const start = process.hrtime.bigint();
  for (const [command, ...args] of commands) {
    const { status, stderr } = spawnSync(command, args, {
      cwd,
      env: { ...process.env, CI: "", ...env },
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  }
  return Number(process.hrtime.bigint() - start) / 1e9;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function twinrail(folder, cache) {
  edit(folder);
  const commands = ["compile", "push"].map((command) => [process.execPath, PROGRAM, command]);
  return seconds(commands, folder, { TWINRAIL_CACHE: cache, XDG_CACHE_HOME: cache });
}

function buildah(folder, store, megabytes) {
  edit(folder);
  const before = ["buildah", "--storage-driver", "vfs", "--root", join(store, "root"), "--runroot", join(store, "run")];
  const image = `${registry.host}/buildah-${megabytes}:x`;
  const commands = [
    [...before, "bud", "--isolation", "chroot", "--tls-verify=false", "--quiet", "-t", image, "."],
    [...before, "push", "--quiet", "--tls-verify=false", image],
  ];
  return seconds(commands, folder);
}

function fresh() {
  return mkdtempSync(join(work, "store-"));
}

const rows = [];
try {
  for (const megabytes of sizes.length === 0 ? [50, 200] : sizes) {
    await pushBase(megabytes);
    const folder = project(megabytes);
    edit(folder);
    seconds([[process.execPath, PROGRAM, "lock"]], folder);
    // What was deployed before the change: base and runtime are in the registry, for both.
    twinrail(folder, fresh());
    const warmCache = fresh();
    twinrail(folder, warmCache);
    const warmStore = fresh();
    buildah(folder, warmStore, megabytes);
    const measured = { twinrailCold: [], buildahCold: [], twinrailWarm: [], buildahWarm: [] };
    for (let run = 0; run < RUNS; run++) {
      measured.twinrailCold.push(twinrail(folder, fresh()));
      const store = fresh();
      measured.buildahCold.push(buildah(folder, store, megabytes));
      rmSync(store, { recursive: true, force: true });
      measured.twinrailWarm.push(twinrail(folder, warmCache));
      measured.buildahWarm.push(buildah(folder, warmStore, megabytes));
    }
    edit(folder);
    seconds([[process.execPath, PROGRAM, "compile"]], folder);
    const { uploadedBytes } = JSON.parse(
      execFileSync(process.execPath, [PROGRAM, "push", "--json"], { cwd: folder, encoding: "utf8" }),
    );
    const [tc, bc, tw, bw] = Object.values(measured).map(median);
    rows.push({
      megabytes,
      uploadedBytes,
      twinrailCold: tc,
      buildahCold: bc,
      cold: bc / tc,
      twinrailWarm: tw,
      buildahWarm: bw,
      warm: bw / tw,
    });
    rmSync(warmStore, { recursive: true, force: true });
  }
} finally {
  await registry.stop();
  rmSync(work, { recursive: true, force: true });
}

console.log(
  "| base | uploaded | Twinrail cold | buildah cold | times | Twinrail warm | buildah warm | times |\n|---|---|---|---|---|---|---|---|",
);
for (const row of rows) {
  const s = (value) => `${value.toFixed(2)} s`;
  console.log(
    `| ${row.megabytes} MB | ${row.uploadedBytes.toLocaleString("en-US")} B | ${s(row.twinrailCold)} | ${s(row.buildahCold)} | ${row.cold.toFixed(1)} | ${s(row.twinrailWarm)} | ${s(row.buildahWarm)} | ${row.warm.toFixed(1)} |`,
  );
}
