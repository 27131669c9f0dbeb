import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { CLI, start, temporary } from "../../gitops/testing.ts";

const USES = `acme/twinrail@${"4f2a91c0d3".repeat(4)}`;

test("workflows are pinned, give jobs the least, and run no text of a pull request", async () => {
  const root = temporary();
  const init = (...args: string[]) => start(process.execPath, [CLI, "init", "--github", "--root", root, ...args], root);
  assert.equal((await init("--uses", "acme/twinrail@v1")).code, 2);
  assert.equal((await init("--uses", USES, "--branch", "trunk")).code, 0);
  const again = await init("--uses", USES);
  assert.deepEqual([again.code, /exists; --force overwrites/.test(again.err)], [2, true]);
  const folder = join(root, ".github/workflows");
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), "utf8");
    const workflow = parse(text) as {
      permissions: object;
      on: object;
      jobs: Record<string, { permissions?: object; steps: { uses?: string; run?: string }[] }>;
    };
    assert.deepEqual(workflow.permissions, {}, name);
    assert.doesNotMatch(text, /pull_request_target|TWINRAIL_ACTION|DEFAULT_BRANCH|secrets\./);
    for (const job of Object.values(workflow.jobs)) {
      assert.ok(job.permissions, name);
      for (const step of job.steps) {
        assert.match(step.uses ?? "", /@[0-9a-f]{40}$/);
        assert.doesNotMatch(step.uses ?? "", /actions\/(?:checkout|cache)/);
        assert.equal(step.run, undefined);
      }
    }
  }
  assert.match(readFileSync(join(folder, "twinrail-deploy.yml"), "utf8"), /branches: \[trunk\]/);
  rmSync(root, { recursive: true });
});
