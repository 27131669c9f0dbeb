/** Against Debian's docker-registry, read back by skopeo where that is installed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DOCKER, OCI } from "./base-image.ts";
import { anonymous } from "./credentials.ts";
import { formatLock, parseLock } from "./lock.ts";
import { lockChanges } from "./lock-changes.ts";
import { lockImages } from "./lock-images.ts";
import { planImages, type StepImage } from "./plan.ts";
import { type PushEvent, pushImages } from "./push.ts";
import { registries } from "./registry.ts";
import {
  PROJECT,
  pushTestImage,
  startRegistry,
  type TestImage,
  type TestRegistry,
  testImage,
  testRuntimeLayer,
  testStep,
} from "./testing.ts";

const runtimeLayer = testRuntimeLayer();
const registry = registries({ credentials: anonymous });
const skopeo = existsSync("/usr/bin/skopeo") ? false : "skopeo is not installed";
let here: TestRegistry;
let elsewhere: TestRegistry;

before(async () => {
  [here, elsewhere] = await Promise.all([startRegistry(), startRegistry()]);
});
after(async () => {
  await Promise.all([here.stop(), elsewhere.stop()]);
});

async function locked(...references: string[]) {
  const { lock, diagnostics } = await lockImages({
    references: new Map(references.map((reference) => [reference, undefined])),
    runtimeLayer,
    twinrail: "0.1.0",
    registry,
  });
  assert.deepEqual(diagnostics, []);
  assert.ok(lock !== undefined);
  return parseLock(formatLock(lock)).lock;
}

async function planned(base: string, source = "def train(): ...\n", repository = "acme/churn"): Promise<StepImage> {
  const project = { ...PROJECT, registry: `${here.host}/${repository}` };
  const sources = [{ path: "steps/train.py", content: Buffer.from(source) }];
  const { images, diagnostics } = planImages({
    project,
    lock: await locked(base),
    runtimeLayer,
    steps: [testStep("train", base)],
    sources,
  });
  assert.deepEqual(diagnostics, []);
  assert.ok(images[0] !== undefined);
  return images[0];
}

async function push(image: StepImage): Promise<string[]> {
  const events: PushEvent[] = [];
  const { diagnostics, pushed } = await pushImages([image], { registry, onProgress: (event) => events.push(event) });
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(pushed, [image.reference]);
  return events.map(({ how }) => how);
}

/** An index of an attestation, arm64 and amd64, as `docker buildx` writes them. */
async function pushIndex(repository: string, tag: string, images: readonly [string, TestImage][]): Promise<void> {
  for (const [, image] of images) await pushTestImage(here.client, repository, image.digest, image);
  const manifests = images.map(([platform, { mediaType, digest, manifest }]) => {
    const [os, architecture] = platform.split("/");
    return { mediaType, digest, size: manifest.length, platform: { os, architecture } };
  });
  const mediaType = "application/vnd.oci.image.index.v1+json";
  await here.client.putManifest(
    repository,
    tag,
    mediaType,
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })),
  );
}

for (const format of [OCI, DOCKER]) {
  test(`${format.name}: the digest that was computed offline is the registry's`, async () => {
    const base = `${here.host}/base/${format.name.toLowerCase()}:v1`;
    await pushTestImage(here.client, `base/${format.name.toLowerCase()}`, "v1", testImage(format));
    const image = await planned(base, "x = 1\n", `digest/${format.name.toLowerCase()}`);
    assert.deepEqual(await push(image), ["mounted", "uploaded", "uploaded", "uploaded", "pushed"]);
    const stored = await here.client.manifest(image.target.repository, image.digest);
    assert.equal(Buffer.from(stored?.bytes ?? "").toString(), image.manifest);
    assert.equal(stored?.mediaType, format.manifest);
  });

  test(`${format.name}: skopeo reads the image and copies every blob`, { skip: skopeo }, async () => {
    await pushTestImage(here.client, "base/skopeo", "v1", testImage(format));
    const image = await planned(`${here.host}/base/skopeo:v1`, "x = 2\n", `skopeo/${format.name.toLowerCase()}`);
    await push(image);
    const inspected = JSON.parse(
      execFileSync("skopeo", ["inspect", "--tls-verify=false", `docker://${image.reference}`], { encoding: "utf8" }),
    );
    assert.equal(inspected.Digest, image.digest);
    assert.equal(inspected.Layers.length, 3);
    const folder = mkdtempSync(join(tmpdir(), "twinrail-skopeo-"));
    try {
      execFileSync("skopeo", [
        "copy",
        "--quiet",
        "--src-tls-verify=false",
        `docker://${image.reference}`,
        `dir:${folder}`,
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test("pushing again sends nothing; another source sends its layer and configuration only", async () => {
  await pushTestImage(here.client, "base/twice", "v1", testImage());
  const image = await planned(`${here.host}/base/twice:v1`, "x = 1\n", "twice");
  await push(image);
  assert.deepEqual(await push(image), ["present"]);
  const edited = await planned(`${here.host}/base/twice:v1`, "x = 2\n", "twice");
  assert.deepEqual(await push(edited), ["present", "present", "uploaded", "uploaded", "pushed"]);
  const { uploadedBytes } = await pushImages([await planned(`${here.host}/base/twice:v1`, "x = 3\n", "twice")], {
    registry,
  });
  assert.ok(uploadedBytes < 10_000, `${uploadedBytes} bytes`);
});

test("two at once push the same image", async () => {
  await pushTestImage(here.client, "base/race", "v1", testImage());
  const image = await planned(`${here.host}/base/race:v1`, "x = 1\n", "race");
  await Promise.all([push(image), push(image), push(image)]);
  assert.ok(await here.client.manifest("race/steps", image.digest));
});

test("a base of another registry is copied", async () => {
  await pushTestImage(elsewhere.client, "base/far", "v1", testImage());
  const image = await planned(`${elsewhere.host}/base/far:v1`, "x = 1\n", "far");
  assert.deepEqual(await push(image), ["copied", "uploaded", "uploaded", "uploaded", "pushed"]);
  for (const { digest, size } of [...image.base.layers, ...image.added]) {
    assert.equal((await here.client.blob("far/steps", { mediaType: "", digest, size })).length, size);
  }
});

test("an index is locked to the platform's manifest", async () => {
  const amd64 = testImage(OCI, "linux/amd64");
  await pushIndex("base/multi", "v1", [
    ["unknown/unknown", testImage(OCI, "unknown/unknown")],
    ["linux/arm64", testImage(OCI, "linux/arm64")],
    ["linux/amd64", amd64],
  ]);
  const lock = await locked(`${here.host}/base/multi:v1`);
  assert.deepEqual(lock?.images[`${here.host}/base/multi:v1`], amd64.locked);
});

test("what is locked stays, whatever the tag means now, until it is updated", async () => {
  const reference = `${here.host}/base/moving:v1`;
  await pushTestImage(here.client, "base/moving", "v1", testImage());
  const previous = await locked(reference);
  assert.ok(previous !== undefined);
  const newer = testImage(OCI, "linux/amd64", `"config": {"Env":["NEW=1"]},`);
  await pushTestImage(here.client, "base/moving", "v1", newer);
  const again = (update: "all" | string[]) =>
    lockImages({
      references: new Map([[reference, undefined]]),
      previous,
      update,
      runtimeLayer,
      twinrail: "0.1.0",
      registry,
    });
  assert.deepEqual((await again([])).lock, previous);
  assert.equal((await again([reference])).lock?.images[reference]?.digest, newer.digest);
  const updated = (await again("all")).lock;
  assert.equal(updated?.images[reference]?.digest, newer.digest);
  assert.ok(updated !== undefined);
  const change = { name: reference, locked: testImage().digest, now: newer.digest };
  assert.deepEqual(lockChanges(previous, updated), [change]);
  assert.deepEqual(lockChanges(updated, updated), []);
  assert.deepEqual(
    (await again(["no/such:image"])).diagnostics.map(({ code }) => code),
    ["TR7007"],
  );
  const digest = `${here.host}/base/moving@${testImage().digest}`;
  assert.deepEqual((await locked(digest))?.images[digest], testImage().locked);
});

test("what cannot be locked says why, each image by itself", async () => {
  await pushIndex("base/arm", "v1", [["linux/arm64", testImage(OCI, "linux/arm64")]]);
  await pushTestImage(here.client, "base/arm-only", "v1", testImage(OCI, "linux/arm64"));
  const names = ["base/missing:v1", "base/arm:v1", "base/arm-only:v1"].map((name) => `${here.host}/${name}`);
  const references = new Map([...names, "No Reference", "127.0.0.1:1/x"].map((name) => [name, undefined]));
  const quick = registries({ credentials: anonymous, wait: async () => undefined });
  const { lock, diagnostics } = await lockImages({ references, runtimeLayer, twinrail: "0.1.0", registry: quick });
  assert.equal(lock, undefined);
  assert.deepEqual(diagnostics.map(({ code }) => code).sort(), ["TR7010", "TR7013", "TR7040", "TR7042", "TR7044"]);
});

test("a login is used where the registry wants one, and missing or wrong ones are said", async () => {
  // opensesame, by bcrypt
  const closed = await startRegistry("acme:$2b$04$qQtI.AJdukAFPixZJj2MqehCwyMWOHEnTOT1o15vN91a9oZJ02wOW\n");
  try {
    const login = (password: string) =>
      registries({ credentials: () => `Basic ${Buffer.from(`acme:${password}`).toString("base64")}` })(closed.host);
    await pushTestImage(login("opensesame"), "base/secret", "v1", testImage());
    assert.ok(await login("opensesame").manifest("base/secret", "v1"));
    await assert.rejects(closed.client.manifest("base/secret", "v1"), /there are no credentials for it/);
    await assert.rejects(
      login("guess").manifest("base/secret", "v1"),
      /does not let these credentials pull base\/secret/,
    );
  } finally {
    await closed.stop();
  }
});
