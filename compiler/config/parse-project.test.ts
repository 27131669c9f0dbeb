import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseProject } from "./parse-project.ts";
import { readProject } from "./read-project.ts";

/** `CODE «underlined text»` of each problem. */
function problems(text: string): string[] {
  return parseProject(text, "twinrail.json").diagnostics.map(
    ({ code, span }) => `${code} «${text.slice(span?.start, span?.end)}»`,
  );
}

test("the smallest project has every default", () => {
  const { project, diagnostics } = parseProject(`{ "artifactRoot": "s3://bucket/churn/" }`, "twinrail.json");
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(project, {
    pipelines: ["**/*.pipeline.ts"],
    target: ["airflow", "argo"],
    artifactRoot: "s3://bucket/churn",
    airflow: {},
    clusters: {},
  });
});

test("a full project arrives as it was written", () => {
  const written = {
    $schema: "./node_modules/twinrail/dist/twinrail.schema.json",
    project: "acme",
    pipelines: ["pipelines/**/*.pipeline.ts"],
    target: ["argo"],
    artifactRoot: "file:///mnt/shared/artifacts",
    airflow: { pool: "features", queue: "cpu" },
    clusters: {
      gpu: {
        connection: "kubernetes_gpu",
        namespace: "ml",
        serviceAccount: "trainer",
        env: { AWS_ENDPOINT_URL: "http://10.0.0.1:8333", AWS_SECRET_ACCESS_KEY: { secret: "s3", key: "secretKey" } },
        gpus: {
          "nvidia-tesla-v100": {
            resource: "nvidia.com/gpu",
            nodeSelector: { "cloud.google.com/gke-accelerator": "nvidia-tesla-v100" },
            tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
          },
          other: {},
        },
        labels: { "acme.com/team": "churn" },
      },
    },
    registry: "127.0.0.1:5000/acme/churn",
    sharedImage: "python:3.11-slim@sha256:2a1c0b3f4d5e6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b",
  };
  const { project, diagnostics } = parseProject(JSON.stringify(written, null, 2), "twinrail.json");
  assert.deepEqual(diagnostics, []);
  const { $schema: _, ...expected } = structuredClone(written);
  Object.assign(expected.clusters.gpu.gpus.other, { resource: "nvidia.com/gpu", nodeSelector: {}, tolerations: [] });
  assert.deepEqual(project, expected);
});

test("all problems are reported, in the order of the file, each at its key or value", () => {
  const text = `{
    "artifactRoot": "bucket/prefix",
    "clusterz": {},
    "clusters": { "gpu": { "namespac": "ml", "env": { "A": 1, "B": { "secret": "s" }, "1C": "x" } } },
    "target": ["argo", "argo"],
    "registry": "https://registry.acme.com/churn",
    "project": "Acme"
  }`;
  assert.deepEqual(problems(text), [
    `TR8006 «"bucket/prefix"»`,
    `TR8004 «"clusterz"»`,
    `TR8005 «"gpu"»`,
    `TR8005 «"gpu"»`,
    `TR8004 «"namespac"»`,
    `TR8006 «1»`,
    `TR8005 «"B"»`,
    `TR8007 «"1C"»`,
    `TR8006 «["argo", "argo"]»`,
    `TR8006 «"https://registry.acme.com/churn"»`,
    `TR8006 «"Acme"»`,
  ]);
});

test("messages name the place, what is expected, and the nearest known key", () => {
  const { diagnostics } = parseProject(
    `{ "artifactRoot": "s3://b", "clusters": { "gpu": { "conection": "k", "namespace": "ML" } } }`,
    "twinrail.json",
  );
  assert.deepEqual(
    diagnostics.map(({ message, help }) => [message, help]),
    [
      ["`clusters.gpu` needs `connection`.", 'Add `"connection": …`: the id of an Airflow connection.'],
      ["`clusters.gpu` has no key `conection`.", "Did you mean `connection`?"],
      [
        '`clusters.gpu.namespace` must be the name of a namespace: at most 63 lower-case letters, digits and `-`, not "ML".',
        undefined,
      ],
    ],
  );
});

test("engines that do not go together are refused", () => {
  assert.deepEqual(problems(`{ "artifactRoot": "s3://b", "target": ["argo", "kubeflow"] }`), [
    `TR8008 «["argo", "kubeflow"]»`,
  ]);
  assert.deepEqual(problems(`{ "artifactRoot": "s3://b", "target": ["kubeflow", "airflow"] }`), []);
});

test("what is not JSON, or writes a key twice, is refused", () => {
  assert.deepEqual(problems(`{ "artifactRoot": "s3://b", }`), ["TR8002 «}»"]);
  assert.deepEqual(problems(`{ // root\n }`), ["TR8002 «/»"]);
  assert.deepEqual(problems(`{ "artifactRoot": "s3://a", "artifactRoot": "s3://b" }`), [`TR8003 «"artifactRoot"»`]);
  assert.deepEqual(problems(`[]`), ["TR8006 «[]»"]);
});

test("registries are a host and a path", () => {
  const accepted = [
    "registry.acme.com/churn",
    "localhost/x",
    "localhost:5000",
    "registry:5000/a/b",
    "docker.io/acme",
    "127.0.0.1:5000/x_y/z--w",
  ];
  const refused = [
    "acme/churn",
    "registry.acme.com/Churn",
    "registry.acme.com/churn:latest",
    "registry.acme.com/",
    "https://x.y/z",
    "x.y/../z",
    "",
  ];
  for (const registry of accepted)
    assert.deepEqual(problems(JSON.stringify({ artifactRoot: "s3://b", registry })), [], registry);
  for (const registry of refused)
    assert.equal(problems(JSON.stringify({ artifactRoot: "s3://b", registry })).length, 1, registry);
});

test("a missing or unreadable file is a diagnostic", () => {
  const folder = mkdtempSync(join(tmpdir(), "twinrail-"));
  try {
    assert.equal(readProject(folder).diagnostics[0]?.code, "TR8001");
    writeFileSync(join(folder, "twinrail.json"), `{ "artifactRoot": "s3://b" }`);
    assert.equal(readProject(folder).project?.artifactRoot, "s3://b");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the generated validator is the schema's", async () => {
  const generator = new URL("../../../compiler/config/generate-validator.mjs", import.meta.url);
  const { generate } = (await import(generator.href)) as { generate: () => string };
  const committed = readFileSync(new URL("validate-project.generated.ts", generator), "utf8");
  assert.equal(committed, generate(), "run `node compiler/config/generate-validator.mjs`");
});
