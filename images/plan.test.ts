import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { DOCKER, OCI } from "./base-image.ts";
import { sha256 } from "./layer.ts";
import type { Lock, LockedImage } from "./lock.ts";
import { imageReferences, type PlanInput, planImages } from "./plan.ts";
import { PROJECT, testImage, testRuntimeLayer, testStep } from "./testing.ts";

const runtimeLayer = testRuntimeLayer();
const sources = [
  { path: "steps/__init__.py", content: Buffer.from("") },
  { path: "steps/train.py", content: Buffer.from("def train(): ...\n") },
];

function lockOf(images: Record<string, LockedImage>): Lock {
  const { version, digest, diffId, size } = runtimeLayer;
  return { version: 1, twinrail: "0.1.0", images, runtime: { version, digest, diffId, size } };
}

function plan(change: Partial<PlanInput> = {}) {
  const project = { ...PROJECT, registry: "registry.acme.com/churn" };
  const lock = lockOf({ "pytorch:2.9": testImage().locked });
  return planImages({ project, lock, runtimeLayer, steps: [testStep("train", "pytorch:2.9")], sources, ...change });
}

const codes = (change: Partial<PlanInput>) => plan(change).diagnostics.map(({ code }) => code);

test("a step's image is its base, the runtime's layer and the sources", () => {
  const { references, images, diagnostics } = plan();
  assert.deepEqual(diagnostics, []);
  const [image] = images;
  assert.ok(image !== undefined);
  assert.equal(references.train, `registry.acme.com/churn/steps@${image.digest}`);
  assert.equal(image.digest, sha256(image.manifest));

  const base = testImage();
  const manifest = JSON.parse(image.manifest);
  const config = JSON.parse(image.config);
  assert.deepEqual(
    manifest.layers.map(({ digest }: { digest: string }) => digest),
    [base.layers[0]?.digest, runtimeLayer.digest, image.added[1]?.digest],
  );
  assert.equal(manifest.config.digest, sha256(image.config));
  assert.equal(manifest.config.size, Buffer.byteLength(image.config));
  assert.deepEqual(config.rootfs.diff_ids, [base.layers[0]?.diffId, runtimeLayer.diffId, image.added[1]?.diffId]);
  assert.equal(config.history.length, 3);
  assert.deepEqual(config.config.Env, ["PATH=/usr/bin"]);
  const tar = gunzipSync((image.added[1]?.read() ?? "") as Uint8Array);
  assert.ok(tar.includes("opt/twinrail/src/steps/train.py") && tar.includes("def train(): ..."));
});

test("types follow the base: OCI on OCI, Docker on Docker", () => {
  for (const format of [OCI, DOCKER]) {
    const [image] = plan({ lock: lockOf({ "pytorch:2.9": testImage(format).locked }) }).images;
    const manifest = JSON.parse(image?.manifest ?? "");
    assert.equal(manifest.mediaType, format.manifest);
    assert.deepEqual(
      new Set(manifest.layers.map(({ mediaType }: { mediaType: string }) => mediaType)),
      new Set([format.layer]),
    );
    assert.equal("annotations" in manifest, format === OCI);
  }
});

test("what the base's configuration says stays as it is, to the byte", () => {
  const labels = `"Healthcheck":{"Interval":9007199254740993},"Labels":{"10":"x","9":"y","ünï":"\\u0041"`;
  const ports = `},"ExposedPorts":{"8080/tcp":{}}`;
  const base = testImage(OCI, "linux/amd64", `"config": {${labels}${ports}},`);
  const [image] = plan({ lock: lockOf({ "pytorch:2.9": base.locked }) }).images;
  assert.ok(image?.config.includes(labels) && image.config.includes(ports));
  assert.ok(image?.config.includes(`"2025-01-02T03:04:05.123456789Z"`));
});

test("a base without layers or history can be extended", () => {
  const { digest: _, ...base } = testImage().locked;
  for (const config of [
    `{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":[]}}`,
    `{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":[ ]},"history":[]}`,
  ]) {
    const manifest = JSON.stringify({
      schemaVersion: 2,
      config: { mediaType: "x", digest: sha256(config), size: config.length },
      layers: [],
    });
    const [image] = plan({
      lock: lockOf({ "pytorch:2.9": { ...base, digest: sha256(manifest), manifest, config } }),
    }).images;
    const extended = JSON.parse(image?.config ?? "");
    assert.equal(extended.rootfs.diff_ids.length, 2);
    assert.equal(extended.history?.length ?? 2, 2);
  }
});

test("one image for all steps with one base; another base or source is another digest", () => {
  const lock = lockOf({ a: testImage().locked, b: testImage(DOCKER).locked });
  const steps = [testStep("x", "a"), testStep("y", "a"), testStep("z", "b")];
  const { references, images } = plan({ lock, steps });
  assert.equal(images.length, 2);
  assert.equal(references.x, references.y);
  assert.notEqual(references.x, references.z);
  const edited = [{ path: "steps/train.py", content: Buffer.from("def train(): pass\n") }];
  assert.notEqual(plan({ lock, steps, sources: edited }).references.x, references.x);
  assert.equal(plan({ lock, steps: [...steps].reverse() }).references.x, references.x);
});

test("shared steps run in the project's shared image", () => {
  const project = { ...PROJECT, registry: "registry.acme.com/churn", sharedImage: "python:3.11" };
  const lock = lockOf({ "python:3.11": testImage().locked });
  assert.deepEqual(Object.keys(plan({ project, lock, steps: [testStep("extract", undefined, "shared")] }).references), [
    "extract",
  ]);
  assert.deepEqual(
    [
      ...imageReferences(project, [
        testStep("extract", undefined, "shared"),
        testStep("train", "a"),
        testStep("again", "a"),
      ]).keys(),
    ],
    ["python:3.11", "a"],
  );
});

test("what cannot be planned is refused at the step's image", () => {
  assert.deepEqual(codes({ lock: undefined }), ["TR7001"]);
  assert.deepEqual(codes({ lock: lockOf({}) }), ["TR7001"]);
  assert.deepEqual(codes({ project: PROJECT }), ["TR7012"]);
  assert.deepEqual(codes({ steps: [testStep("train")] }), ["TR7011"]);
  assert.deepEqual(codes({ steps: [testStep("extract", undefined, "shared")] }), ["TR7011"]);
  assert.deepEqual(codes({ steps: [testStep("train", "Not An Image")] }), ["TR7010"]);
  assert.deepEqual(codes({ runtimeLayer: { ...runtimeLayer, digest: `sha256:${"0".repeat(64)}` } }), ["TR7004"]);
  assert.deepEqual(codes({ lock: lockOf({ "pytorch:2.9": testImage(OCI, "linux/arm64").locked }) }), ["TR7013"]);
  assert.deepEqual(
    codes({
      lock: lockOf({
        "pytorch:2.9": {
          ...testImage().locked,
          mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws",
        },
      }),
    }),
    ["TR7014"],
  );
  assert.deepEqual(codes({ steps: [] }), []);
  assert.equal(plan({ lock: undefined }).diagnostics[0]?.span?.start, 10);
});
