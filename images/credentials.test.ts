import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { dockerCredentials } from "./credentials.ts";

function withConfig(
  content: string | undefined,
  check: (credentials: ReturnType<typeof dockerCredentials>) => void,
): void {
  const folder = mkdtempSync(join(tmpdir(), "twinrail-docker-"));
  try {
    if (content !== undefined) writeFileSync(join(folder, "config.json"), content);
    check(dockerCredentials({ DOCKER_CONFIG: folder }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("logins are what `docker login` wrote", () => {
  const auths = {
    "ghcr.io": { auth: "Z2g=" },
    "https://index.docker.io/v1/": { auth: "aHVi" },
    "https://old.acme.com": { auth: "b2xk" },
    "empty.acme.com": {},
  };
  withConfig(JSON.stringify({ auths }), (credentials) => {
    assert.deepEqual(["ghcr.io", "docker.io", "old.acme.com", "empty.acme.com", "other"].map(credentials), [
      "Basic Z2g=",
      "Basic aHVi",
      "Basic b2xk",
      undefined,
      undefined,
    ]);
  });
});

test("no configuration is no login; a broken one is an error that does not quote it", () => {
  withConfig(undefined, (credentials) => assert.equal(credentials("ghcr.io"), undefined));
  withConfig("{}", (credentials) => assert.equal(credentials("ghcr.io"), undefined));
  withConfig(`{"auths": {"ghcr.io": {"auth": "c2VjcmV0"`, (credentials) => {
    assert.throws(
      () => credentials("ghcr.io"),
      (error: Error) => /it is not JSON/.test(error.message) && !error.message.includes("c2VjcmV0"),
    );
  });
});
