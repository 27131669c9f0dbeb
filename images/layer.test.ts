import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { buildLayer, buildTar, gzipStored, type LayerFile, sha256 } from "./layer.ts";

const text = (content: string) => Buffer.from(content);

const FILES: readonly (LayerFile & { readonly content: Uint8Array })[] = [
  { path: "opt/twinrail/src/steps/train.py", content: text("def train(): ...\n") },
  { path: "opt/twinrail/src/steps-old/x.py", content: text("") },
  { path: "opt/twinrail/src/steps/run.sh", content: text("#!/bin/sh\n"), mode: 0o755 },
  { path: `opt/twinrail/src/${"long/".repeat(30)}${"n".repeat(120)}.py`, content: text("x = 1\n".repeat(200)) },
  { path: "opt/twinrail/src/modelle/größe 🚀.py", content: text("größe = 1\n") },
  { path: "opt/twinrail/src/block.bin", content: new Uint8Array(512).fill(7) },
];

test("Python's tarfile reads back names, contents, modes and owners", () => {
  const script = `
import io, json, sys, tarfile, hashlib
archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()), mode="r:gz")
print(json.dumps([[m.name, m.isdir(), m.mode, m.uid, m.gid, m.mtime, m.uname, None if m.isdir() else hashlib.sha256(archive.extractfile(m).read()).hexdigest()] for m in archive]))`;
  const listed = JSON.parse(
    execFileSync("python3", ["-c", script], { input: buildLayer(FILES).bytes, encoding: "utf8" }),
  ) as unknown[][];
  const names = listed.map(([name, isFolder]) => `${String(name)}${isFolder ? "/" : ""}`);
  for (const { path, content, mode = 0o644 } of FILES) {
    const hash = sha256(content).slice("sha256:".length);
    assert.deepEqual(listed[names.indexOf(path)], [path, false, mode, 0, 0, 0, "", hash]);
  }
  const folders = listed.filter(([, isFolder]) => isFolder);
  assert.ok(folders.every(([, , mode, uid, gid, mtime]) => mode === 0o755 && uid === 0 && gid === 0 && mtime === 0));
  for (const name of names) {
    const parent = name.replace(/[^/]+\/?$/, "");
    assert.ok(parent === "" || names.indexOf(parent) < names.indexOf(name), `${parent} comes before ${name}`);
    assert.ok(names.indexOf(parent) >= 0 || parent === "", `${parent} has its own entry`);
  }
  assert.equal(new Set(names).size, names.length);
});

test("the same files in another order are the same bytes", () => {
  assert.equal(buildLayer([...FILES].reverse()).digest, buildLayer(FILES).digest);
});

test("digests stay what they were: an image would get another name", () => {
  const { digest, diffId, size } = buildLayer([
    { path: "opt/a.py", content: text("a = 1\n") },
    { path: "opt/ä.py", content: text("") },
  ]);
  assert.deepEqual(
    { digest, diffId, size },
    {
      digest: "sha256:a39d9f8ce5e73cc5c8a96c0e5e5fb51824a24b60eb99d6a44c49da04894af2de",
      diffId: "sha256:7fe18bb842b1f2c414333a6ec5a1c4de7f93d60346c8b9cdc023f34b244eb637",
      size: 4119,
    },
  );
});

test("a gzip stream of stored blocks is read by zlib and gunzip, at the sizes where blocks end", () => {
  for (const size of [0, 1, 0xfffe, 0xffff, 0x10000, 3 * 0xffff]) {
    const data = Buffer.alloc(size, "twinrail");
    const packed = gzipStored(data);
    assert.ok(gunzipSync(packed).equals(data), `${size} bytes`);
    assert.ok(execFileSync("gunzip", { input: packed, maxBuffer: 2 ** 20 }).equals(data), `${size} bytes, gunzip`);
  }
});

test("the diff id is the tar's digest", () => {
  const { bytes, diffId, digest } = buildLayer(FILES);
  assert.equal(diffId, sha256(gunzipSync(bytes)));
  assert.equal(digest, sha256(bytes));
  assert.equal(buildTar(FILES).length % 512, 0);
});

test("paths that a layer must not have are a bug of the caller", () => {
  for (const path of ["/abs", "a/../b", "a//b", "", "a/.wh.b", "./a"]) {
    assert.throws(() => buildTar([{ path, content: text("") }]), /Twinrail is broken/, path);
  }
  assert.throws(
    () =>
      buildTar([
        { path: "a", content: text("") },
        { path: "a/b", content: text("") },
      ]),
    /a file and a folder/,
  );
});
