import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReference } from "./reference.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;

test("names of images, by Docker's rules", () => {
  const cases: [string, string, string, string | undefined, string | undefined][] = [
    ["python", "docker.io", "library/python", "latest", undefined],
    ["python:3.11-slim", "docker.io", "library/python", "3.11-slim", undefined],
    ["pytorch/pytorch:2.9", "docker.io", "pytorch/pytorch", "2.9", undefined],
    ["docker.io/python", "docker.io", "library/python", "latest", undefined],
    ["index.docker.io/a/b", "docker.io", "a/b", "latest", undefined],
    ["localhost/x", "localhost", "x", "latest", undefined],
    ["127.0.0.1:5000/twinrail/python:3.11", "127.0.0.1:5000", "twinrail/python", "3.11", undefined],
    [`ghcr.io/a/b/c@${DIGEST}`, "ghcr.io", "a/b/c", undefined, DIGEST],
    [`ghcr.io/a/b:v1@${DIGEST}`, "ghcr.io", "a/b", "v1", DIGEST],
    ["registry:5000/x", "registry:5000", "x", "latest", undefined],
  ];
  for (const [text, host, repository, tag, digest] of cases) {
    const expected = {
      host,
      repository,
      ...(digest === undefined ? {} : { digest }),
      ...(tag === undefined ? {} : { tag }),
    };
    assert.deepEqual(parseReference(text), expected, text);
  }
});

test("what is no reference says why", () => {
  const cases: [string, RegExp][] = [
    ["https://ghcr.io/a", /scheme/],
    ["Python", /not a repository/],
    ["python:", /not a tag/],
    ["python:a b", /not a tag/],
    ["a@sha256:123", /64 hexadecimal/],
    [`a@${DIGEST}@${DIGEST}`, /64 hexadecimal/],
    ["../etc/passwd", /not a/],
    ["ghcr.io/../x", /not a repository/],
    ["", /not a repository/],
    ["user@host/x", /64 hexadecimal/],
  ];
  for (const [text, problem] of cases) {
    const result = parseReference(text);
    assert.ok("problem" in result, text);
    assert.match(result.problem, problem, text);
  }
});
