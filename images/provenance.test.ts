import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DOCKER, OCI } from "./base-image.ts";
import { checkImages } from "./check-images.ts";
import { anonymous } from "./credentials.ts";
import { planImages } from "./plan.ts";
import { LABELS, readProvenance } from "./provenance.ts";
import { pushImages } from "./push.ts";
import { registries } from "./registry.ts";
import {
  PROJECT,
  pushTestImage,
  startRegistry,
  type TestRegistry,
  testImage,
  testRuntimeLayer,
  testStep,
} from "./testing.ts";

let registry: TestRegistry;
before(async () => {
  registry = await startRegistry();
});
after(() => registry.stop());

const runtimeLayer = testRuntimeLayer();
const open = registries({ credentials: anonymous });

function planned(image: ReturnType<typeof testImage>, repository = "team") {
  const { version, digest, diffId, size } = runtimeLayer;
  const written = `${registry.host}/base:1`;
  return planImages({
    project: { ...PROJECT, registry: `${registry.host}/${repository}` },
    lock: {
      version: 1,
      twinrail: "0.1.0",
      images: { [written]: image.locked },
      runtime: { version, digest, diffId, size },
    },
    runtimeLayer,
    steps: [testStep("train", written)],
    sources: [{ path: "steps/train.py", content: Buffer.from("def train(): ...\n") }],
  });
}

async function pushed(image: ReturnType<typeof testImage>, repository = "team"): Promise<string> {
  await pushTestImage(open(registry.host), "base", "1", image);
  const plan = planned(image, repository);
  const { diagnostics } = await pushImages(plan.images, { registry: open });
  assert.deepEqual(diagnostics, []);
  return plan.references.train ?? "";
}

for (const format of [OCI, DOCKER]) {
  test(`an image tells what it was made of, to us and to skopeo: ${format.name}`, async () => {
    const base = testImage(format);
    const image = await pushed(base);
    const provenance = await readProvenance(image, open);
    assert.deepEqual(provenance.base, { name: `${registry.host}/base:1`, digest: base.digest });
    assert.deepEqual(provenance.runtime, { version: runtimeLayer.version, digest: runtimeLayer.digest });
    const [, sources] = planned(base).images[0]?.added ?? [];
    assert.equal(provenance.sources, sources?.diffId);
    assert.equal(provenance.image, image);
    const seen = JSON.parse(
      execFileSync("skopeo", ["inspect", "--tls-verify=false", `docker://${image}`], { encoding: "utf8" }),
    );
    assert.equal(seen.Labels[LABELS.baseDigest], base.digest);
  });
}

test("labels go into every form of a configuration, and replace those of a base that is itself a step image", async () => {
  const old = JSON.stringify({ [LABELS.sources]: "sha256:old", mine: "1" });
  const forms = ["", '"config": null,', '"config": {},', '"config": {"Labels": null},', '"config": {"Labels": {}},'];
  for (const config of [...forms, `"config": {"Labels": ${old}, "User": "1000"},`]) {
    const { images, diagnostics } = planned(testImage(OCI, "linux/amd64", config));
    assert.deepEqual(diagnostics, []);
    const { Labels, ...rest } = JSON.parse(images[0]?.config ?? "").config;
    assert.match(Labels[LABELS.sources], /^sha256:[0-9a-f]{64}$/);
    assert.equal(Object.keys(Labels).length, config.includes("mine") ? 5 : 4);
    assert.deepEqual(rest, config.includes("User") ? { User: "1000" } : {});
    assert.equal((images[0]?.config ?? "").match(/dev\.twinrail\.sources/g)?.length, 1);
  }
});

test("TR7060: an image without our labels", async () => {
  await pushTestImage(open(registry.host), "base", "1", testImage());
  await assert.rejects(readProvenance(`${registry.host}/base:1`, open), { code: "TR7060" });
});

test("TR7066: what is not in the registry, and what was tampered with there", async () => {
  const image = await pushed(testImage(), "checked");
  assert.deepEqual(await checkImages([image, image], open), []);
  const missing = image.replace(/[0-9a-f]{64}$/, "0".repeat(64));
  assert.deepEqual(
    (await checkImages([missing], open)).map(({ code, message }) => [code, /no such manifest/.test(message)]),
    [["TR7066", true]],
  );
  const [, sources] = planned(testImage(), "checked").images[0]?.added ?? [];
  const hex = sources?.digest.slice("sha256:".length) ?? "";
  const blob = join(registry.data, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
  const content = readFileSync(blob);
  content[600] = (content[600] ?? 0) ^ 1;
  writeFileSync(blob, content);
  assert.deepEqual(
    (await checkImages([image], open)).map(({ code, message }) => [code, message.includes(hex)]),
    [["TR7066", true]],
  );
  truncateSync(blob, 0);
  assert.equal((await checkImages([image], open))[0]?.code, "TR7066");
});
