import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { OCI } from "./base-image.ts";
import { anonymous } from "./credentials.ts";
import { buildLayer, sha256 } from "./layer.ts";
import { writeLayer } from "./layer-file.ts";
import { lockImages } from "./lock-images.ts";
import { planImages, requirementsOnImages } from "./plan.ts";
import { readProvenance } from "./provenance.ts";
import { pushImages } from "./push.ts";
import { registries } from "./registry.ts";
import { readRequirements } from "./requirements.ts";
import { parseRequirements } from "./requirements-file.ts";
import { requirementsLayer } from "./requirements-layer.ts";
import {
  PROJECT,
  pushTestImage,
  startRegistry,
  type TestRegistry,
  testImage,
  testRuntimeLayer,
  testStep,
} from "./testing.ts";

const work = mkdtempSync(join(tmpdir(), "twinrail-requirements-"));
const index = join(work, "index");
let registry: TestRegistry;

before(async () => {
  mkdirSync(index);
  // uv takes packages from this folder alone: nothing here depends on what an index serves today.
  Object.assign(process.env, { UV_NO_INDEX: "1", UV_FIND_LINKS: index, TWINRAIL_CACHE: join(work, "cache") });
  registry = await startRegistry();
});
after(async () => {
  await registry.stop();
  rmSync(work, { recursive: true, force: true });
});

/** A wheel as a build backend makes it, with a script; or a source distribution. Gives its sha256. */
function publish(name: string, version: string, tag = "py3-none-any", kind: "wheel" | "sdist" = "wheel"): string {
  const script = `
import hashlib, io, sys, tarfile, zipfile
name, version, tag, kind, index = sys.argv[1:]
info = f"{name}-{version}.dist-info"
meta = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
if kind == "wheel":
    path = f"{index}/{name}-{version}-{tag}.whl"
    files = {
        f"{name}/__init__.py": f"version = '{version}'\\n",
        f"{info}/METADATA": meta,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: {tag}\\n",
        f"{info}/entry_points.txt": f"[console_scripts]\\n{name} = {name}:main\\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(zipfile.ZipInfo(file, (2024, 1, 1, 0, 0, 0)), text)
else:
    path = f"{index}/{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(f"{name}-{version}/PKG-INFO")
        entry.size = len(meta)
        archive.addfile(entry, io.BytesIO(meta.encode()))
print(hashlib.sha256(open(path, "rb").read()).hexdigest())`;
  return execFileSync("python3", ["-c", script, name, version, tag, kind, index], { encoding: "utf8" }).trim();
}

const TARGET = { platform: "linux/amd64", python: "3.11" };
const parsed = (text: string, file = "requirements/train.txt") => parseRequirements(file, text).parsed;

test("a file is read as pip reads it: joined lines, comments, extras, markers, hashes, direct references", () => {
  const text = [
    "# made by uv",
    "--index-url https://pypi.acme.com/simple",
    "Scikit_Learn[Tests, docs] >=1.4, <2 ; python_version < '3.13'  # why",
    "six==1.17.0 \\",
    "    --hash=sha256:aa \\",
    "    --hash=sha256:bb",
    "    # via something",
    "",
    "mine @ https://acme.com/mine-1.0-py3-none-any.whl#a;b ; sys_platform == 'linux'",
  ].join("\n");
  const { parsed: file, diagnostics } = parseRequirements("r.txt", text);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    file.requirements.map(({ name, extras, specifier, marker, hashes, url, line }) => [
      name,
      extras,
      specifier,
      marker,
      hashes,
      url,
      line,
    ]),
    [
      ["scikit-learn", ["tests", "docs"], ">=1.4,<2", "python_version < '3.13'", [], undefined, 3],
      ["six", [], "==1.17.0", undefined, ["sha256:aa", "sha256:bb"], undefined, 4],
      ["mine", [], "", "sys_platform == 'linux'", [], "https://acme.com/mine-1.0-py3-none-any.whl#a;b", 9],
    ],
  );
  const problems = parseRequirements("r.txt", "-r other.txt\nsix=1\n==2\n-e .\n").diagnostics;
  assert.deepEqual(
    problems.map(({ code, span }) => [code, span?.start]),
    [
      ["TR7031", 0],
      ["TR7031", 13],
      ["TR7031", 19],
      ["TR7031", 23],
    ],
  );
});

test("a layer of wheels is the same wherever it is made, and names no machine", () => {
  const hash = publish("plain", "1.0");
  const file = parsed(`plain==1.0 --hash=sha256:${hash}\n`);
  const one = requirementsLayer(file, TARGET, join(work, "cache-1"));
  const other = requirementsLayer(file, TARGET, join(work, "another/cache-2"));
  assert.deepEqual([one.digest, one.diffId, one.size], [other.digest, other.diffId, other.size]);
  const [cached] = execFileSync("find", [join(work, "cache-1"), "-name", "*.tar.gz"], { encoding: "utf8" }).split("\n");
  const tar = gunzipSync(readFileSync(cached ?? "")).toString("latin1");
  assert.ok(tar.includes("opt/twinrail/requirements/plain/__init__.py") && tar.includes("#!/usr/bin/env python3\n"));
  assert.ok(!tar.includes(work) && !tar.includes(".pyenv"));
  assert.equal(sha256(readFileSync(cached ?? "")), one.digest);
});

test("a layer in a file has the bytes of one in memory, also where blocks begin and end", () => {
  for (const size of [0, 1, 511, 512, 65_535 - 1536, 65_536, 200_000]) {
    const content = Buffer.alloc(size, "x");
    const { bytes, ...info } = buildLayer([{ path: "a/b", content }]);
    const lazy = { path: "a/b", content: { size, read: () => content } };
    assert.deepEqual(writeLayer([lazy], join(work, "layer")), info);
    assert.deepEqual(readFileSync(join(work, "layer")), Buffer.from(bytes));
  }
});

test("TR7035: a source distribution, a wheel for another platform and a wrong hash are errors that name the package", () => {
  const hash = publish("unbuilt", "1.0", "", "sdist");
  const foreign = publish("foreign", "2.0", "cp311-cp311-macosx_11_0_arm64");
  publish("changed", "1.0");
  const texts = [
    `unbuilt==1.0 --hash=sha256:${hash}\n`,
    `foreign==2.0 --hash=sha256:${foreign}\n`,
    `changed==1.0 --hash=sha256:${"0".repeat(64)}\n`,
  ];
  for (const text of texts) {
    const name = /^\w+/.exec(text)?.[0] ?? "";
    assert.throws(() => requirementsLayer(parsed(text), TARGET), {
      code: "TR7035",
      message: new RegExp(`requirements/train.txt[\\s\\S]*${name}`),
    });
  }
});

test("TR7036: without uv", () => {
  const { PATH } = process.env;
  process.env.PATH = "/nowhere";
  try {
    const file = parsed(`plain==1.0 --hash=sha256:${"1".repeat(64)}\n`);
    assert.throws(() => requirementsLayer(file, TARGET), { code: "TR7036" });
  } finally {
    process.env.PATH = PATH;
  }
});

test("locked once, planned offline, pushed as one layer that steps share, read back by its label", async () => {
  const open = registries({ credentials: anonymous });
  const python = testImage(OCI, "linux/amd64", `"config": {"Env":["PATH=/usr/bin","PYTHON_VERSION=3.11.9"]},`);
  await pushTestImage(open(registry.host), "python", "3.11", python);
  await pushTestImage(open(registry.host), "other", "1", testImage());
  const hash = publish("shared", "1.0");
  const root = join(work, "project");
  mkdirSync(join(root, "requirements"), { recursive: true });
  const write = (text: string) => writeFileSync(join(root, "requirements/train.txt"), text);
  write(`shared==1.0 \\\n    --hash=sha256:${hash}\n`);
  const [image, unknown] = [`${registry.host}/python:3.11`, `${registry.host}/other:1`];
  const project = { ...PROJECT, registry: `${registry.host}/team`, images: { [unknown]: { python: "3.11" } } };
  const step = (id: string, base: string) => {
    const made = testStep(id, base);
    return { ...made, options: { ...made.options, requirements: "requirements/train.txt" } };
  };
  const steps = [step("one", image), step("two", image), step("three", unknown), testStep("bare", image)];
  const runtimeLayer = testRuntimeLayer();
  const lockWith = (of: typeof project) =>
    lockImages({
      references: new Map([image, unknown].map((name) => [name, undefined])),
      wheels: {
        wanted: requirementsOnImages(of, steps),
        files: readRequirements(root, requirementsOnImages(of, steps)).files,
        project: of,
      },
      runtimeLayer,
      twinrail: "0.1.0",
      registry: open,
    });
  const { lock, diagnostics } = await lockWith(project);
  assert.deepEqual(diagnostics, []);
  const plan = (of = project) => {
    const { files } = readRequirements(root, requirementsOnImages(of, steps));
    return planImages({ project: of, lock, runtimeLayer, steps, sources: [], requirements: files });
  };
  const planned = plan();
  assert.deepEqual(planned.diagnostics, []);
  assert.equal(planned.references.one, planned.references.two);
  assert.equal(new Set(Object.values(planned.references)).size, 3);
  const layers = planned.images.flatMap(({ added }) => (added.length === 3 ? [added[1]?.digest] : []));
  assert.equal(new Set(layers).size, 1);

  const pushed = await pushImages(planned.images, { registry: open });
  assert.deepEqual(pushed.diagnostics, []);
  const told = await readProvenance(planned.references.one ?? "", open);
  assert.equal(told.requirements?.file, "requirements/train.txt");
  const unpacked = join(work, "unpacked");
  execFileSync("skopeo", [
    "copy",
    "--quiet",
    "--src-tls-verify=false",
    `docker://${planned.references.one}`,
    `dir:${unpacked}`,
  ]);
  assert.equal(sha256(readFileSync(join(unpacked, (layers[0] ?? "").slice("sha256:".length)))), layers[0]);

  const codes = (of?: typeof project) => plan(of).diagnostics.map(({ code }) => code);
  assert.deepEqual(codes({ ...project, images: {} }), ["TR7034"]);
  write(`# a comment changes nothing\nshared==1.0 --hash=sha256:${hash}\n`);
  assert.deepEqual(plan().references, planned.references);
  write(`shared==1.0 --hash=sha256:${hash} --hash=sha256:${"1".repeat(64)}\n`);
  assert.deepEqual(codes(), ["TR7033", "TR7033"]);
  write("shared>=1.0\n");
  assert.deepEqual(new Set(codes()), new Set(["TR7032"]));
});

test("TR7037: wheels that unpack to something else than what was locked are not pushed", async () => {
  const open = registries({ credentials: anonymous });
  const base = testImage(OCI, "linux/amd64", `"config": {"Env":["PYTHON_VERSION=3.11.9"]},`);
  await pushTestImage(open(registry.host), "python", "other", base);
  const hash = publish("moved", "1.0");
  const root = join(work, "moved");
  mkdirSync(root);
  writeFileSync(join(root, "r.txt"), `moved==1.0 --hash=sha256:${hash}\n`);
  const image = `${registry.host}/python:other`;
  const made = testStep("one", image);
  const steps = [{ ...made, options: { ...made.options, requirements: "r.txt" } }];
  const project = { ...PROJECT, registry: `${registry.host}/moved` };
  const wanted = requirementsOnImages(project, steps);
  const { files } = readRequirements(root, wanted);
  const runtimeLayer = testRuntimeLayer();
  const references = new Map([[image, undefined]]);
  const { lock } = await lockImages({
    references,
    wheels: { wanted, files, project },
    runtimeLayer,
    twinrail: "0.1.0",
    registry: open,
  });
  const [key = "", entry] = Object.entries(lock?.requirements ?? {})[0] ?? [];
  assert.ok(lock && entry);
  const forged = { ...lock, requirements: { [key]: { ...entry, digest: `sha256:${"0".repeat(64)}` } } };
  const { images } = planImages({ project, lock: forged, runtimeLayer, steps, sources: [], requirements: files });
  const { pushed, diagnostics } = await pushImages(images, { registry: open });
  assert.deepEqual([pushed, diagnostics.map(({ code }) => code)], [[], ["TR7037"]]);
});
