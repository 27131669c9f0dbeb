import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLock, type Lock, parseLock } from "./lock.ts";
import { testImage } from "./testing.ts";

const image = testImage().locked;
const runtime = { version: "0.1.0", digest: `sha256:${"1".repeat(64)}`, diffId: `sha256:${"2".repeat(64)}`, size: 123 };
const LOCK: Lock = {
  version: 1,
  twinrail: "0.1.0",
  images: { "python:3.11": image, "ghcr.io/a/b:v1": image },
  runtime,
};

test("what is written is read back, and does not depend on the order of images", () => {
  const text = formatLock(LOCK);
  assert.deepEqual(parseLock(text), { lock: LOCK, diagnostics: [] });
  assert.equal(formatLock({ ...LOCK, images: { "ghcr.io/a/b:v1": image, "python:3.11": image } }), text);
  assert.ok(text.indexOf("ghcr.io/a/b:v1") < text.indexOf("python:3.11"));
  assert.ok(text.endsWith("}\n"));
});

test("texts that do not have their digest are refused, at their place", () => {
  const cases: [Partial<typeof image>, string][] = [
    [{ manifest: image.manifest.replace("schemaVersion", "schemaversion") }, "manifest"],
    [{ config: image.config.replace("amd64", "arm64") }, "config"],
    [{ digest: `sha256:${"0".repeat(64)}` }, "manifest"],
  ];
  for (const [change, part] of cases) {
    const text = formatLock({ ...LOCK, images: { "python:3.11": { ...image, ...change } } });
    const { lock, diagnostics } = parseLock(text);
    assert.equal(lock, undefined);
    const [{ code, message, span } = {}, ...more] = diagnostics;
    assert.deepEqual([code, more.length], ["TR7003", 0]);
    assert.match(message ?? "", new RegExp(`The ${part} of \`python:3.11\``));
    assert.equal(text.slice(span?.start, (span?.start ?? 0) + 1), '"');
  }
});

test("other shapes are refused with the path to the field", () => {
  const good = JSON.parse(formatLock(LOCK)) as Record<string, unknown>;
  const cases: [unknown, RegExp][] = [
    [{ ...good, version: 2 }, /format 2/],
    [{ ...good, version: "1" }, /`version` must be 1/],
    [{ ...good, runtime: undefined }, /`runtime` must be an object/],
    [{ ...good, runtime: { ...runtime, size: -1 } }, /`runtime › size` must be a number of bytes/],
    [{ ...good, images: { "a/b": { ...image, digest: "sha1:x" } } }, /`images › a\/b › digest` must be `sha256:`/],
    [{ ...good, images: [] }, /`images` must be an object/],
    [[], /The lock file must be an object/],
  ];
  for (const [value, message] of cases) {
    const { lock, diagnostics } = parseLock(JSON.stringify(value));
    assert.equal(lock, undefined);
    assert.match(diagnostics[0]?.message ?? "", message);
  }
  assert.match(parseLock("<<<<<<< HEAD\n{}").diagnostics[0]?.message ?? "", /a merge conflict/);
  assert.equal(
    parseLock(formatLock(LOCK).replace(`"twinrail": "0.1.0"`, `"version": 1, "twinrail": "0.1.0"`)).diagnostics[0]
      ?.code,
    "TR7002",
  );
});
