/** For this folder's tests: base images made of a few files, and a real registry (Debian's docker-registry) on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Project } from "../compiler/config/project.ts";
import type { StepDefinition } from "../compiler/ir/step.ts";
import { type Descriptor, type ImageFormat, OCI } from "./base-image.ts";
import { anonymous } from "./credentials.ts";
import { buildLayer, type Layer, sha256 } from "./layer.ts";
import type { LockedImage } from "./lock.ts";
import { type Registry, registries } from "./registry.ts";
import type { RuntimeLayer } from "./runtime-layer.ts";

export interface TestImage {
  readonly manifest: string;
  readonly mediaType: string;
  readonly digest: string;
  readonly config: string;
  readonly layers: readonly Layer[];
  readonly locked: LockedImage;
}

/** A base image with one layer. `config` is added to its configuration as text, so that tests can write what JSON.stringify would not. */
export function testImage(
  format: ImageFormat = OCI,
  platform = "linux/amd64",
  config = `"config": {"Env":["PATH=/usr/bin"]},`,
): TestImage {
  const layer = buildLayer([{ path: "etc/os-release", content: Buffer.from(`ID=${platform}\n`) }]);
  const [os, architecture] = platform.split("/");
  const configText = `{\n  "architecture": "${architecture}", "os": "${os}", ${config}\n  "rootfs": {"type": "layers", "diff_ids": ["${layer.diffId}"]},\n  "history": [{"created": "2025-01-02T03:04:05.123456789Z", "created_by": "base"}]\n}`;
  const configType =
    format === OCI ? "application/vnd.oci.image.config.v1+json" : "application/vnd.docker.container.image.v1+json";
  const manifest = JSON.stringify(
    {
      schemaVersion: 2,
      mediaType: format.manifest,
      config: descriptor(configType, configText),
      layers: [{ mediaType: format.layer, digest: layer.digest, size: layer.size }],
    },
    null,
    3,
  );
  const digest = sha256(manifest);
  const locked = { digest, platform, mediaType: format.manifest, manifest, config: configText };
  return { manifest, mediaType: format.manifest, digest, config: configText, layers: [layer], locked };
}

export function descriptor(mediaType: string, content: string): Descriptor {
  return { mediaType, digest: sha256(content), size: Buffer.byteLength(content) };
}

export async function pushTestImage(
  registry: Registry,
  repository: string,
  tag: string,
  image: TestImage,
): Promise<void> {
  for (const layer of image.layers) await registry.uploadBlob(repository, layer, () => layer.bytes);
  const config = Buffer.from(image.config);
  await registry.uploadBlob(repository, { digest: sha256(config), size: config.length }, () => config);
  await registry.putManifest(repository, tag, image.mediaType, Buffer.from(image.manifest));
}

/** Small, so that tests need no build of the real one. */
export function testRuntimeLayer(): RuntimeLayer {
  const { bytes, ...info } = buildLayer([
    { path: "opt/twinrail/runtime/twinrail_runtime/__init__.py", content: Buffer.from("") },
  ]);
  return { ...info, version: "0.1.0", read: () => bytes };
}

export const PROJECT: Project = {
  pipelines: [],
  target: ["airflow", "argo"],
  artifactRoot: "s3://bucket",
  airflow: {},
  clusters: {},
};

export function testStep(id: string, image?: string, placement: "shared" | "isolated" = "isolated"): StepDefinition {
  const origin = { span: { file: "steps.ts", start: 0, end: 1 } };
  return {
    id,
    placement,
    run: { file: "steps/train.py", function: "train" },
    inputs: {},
    output: { kind: "json", schema: { kind: "null" } } as unknown as StepDefinition["output"],
    options: image === undefined ? {} : { image },
    origin,
    origins: image === undefined ? {} : { image: { span: { file: "steps.ts", start: 10, end: 20 } } },
  };
}

export interface TestRegistry {
  readonly host: string;
  readonly client: Registry;
  /** Where it keeps its blobs: `<folder>/docker/registry/v2/blobs/sha256/<2>/<64>/data`. */
  readonly data: string;
  stop(): Promise<void>;
}

/** `htpasswd` is the content of a password file (bcrypt): then the registry wants a login. */
export async function startRegistry(htpasswd?: string): Promise<TestRegistry> {
  const binary = ["/usr/bin/docker-registry", "/usr/local/bin/docker-registry"].find((path) => existsSync(path));
  if (binary === undefined) {
    throw new Error(
      "This test runs against Debian's docker-registry, which is not installed: run .ci/setup (or `apt-get install docker-registry`).",
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "twinrail-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const auth = htpasswd === undefined ? "" : `auth: { htpasswd: { realm: test, path: ${join(folder, "htpasswd")} } }\n`;
  writeFileSync(join(folder, "htpasswd"), htpasswd ?? "");
  writeFileSync(
    join(folder, "config.yml"),
    `version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: ${join(folder, "data")} } }\nhttp: { addr: "${host}" }\n${auth}`,
  );
  const server = spawn(binary, ["serve", join(folder, "config.yml")], {
    stdio: "ignore",
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  const stop = async () => {
    await ended(server);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; ; attempt++) {
    if (await fetch(`http://${host}/v2/`).then(Boolean, () => false)) break;
    if (attempt > 100 || server.exitCode !== null) {
      await stop();
      throw new Error(`docker-registry does not answer on ${host} (exit code ${server.exitCode})`);
    }
    await sleep(50);
  }
  return { host, client: registries({ credentials: anonymous })(host), data: join(folder, "data"), stop };
}

async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null) return;
  const exit = new Promise((resolve) => process.once("exit", resolve));
  process.kill();
  await exit;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
