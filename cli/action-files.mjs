/**
 * The GitHub Action runs from a checkout of this repository in which nothing was installed or built: what it needs of the build is committed in
 * action/.
 *
 *   node cli/action-files.mjs            after a build: writes action/
 *   node cli/action-files.mjs --check    is action/ what the build gives? exit code 1: no
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const from = join(root, "dist");
const [, , ...args] = process.argv;
const to = args.find((arg) => !arg.startsWith("--")) ?? join(root, "action");

const files = new Map([
  ["bin/index.cjs", "bin/action.cjs"],
  ["bin/index.cjs.LEGAL.txt", "bin/action.cjs.LEGAL.txt"],
  // For building the runtime's layer on the runner, when step images have to be uploaded.
  ["images/layer.js", "images/layer.js"],
  ["compiler/invariant.js", "compiler/invariant.js"],
  ["runtime-layer/layer.json", "runtime-layer/layer.json"],
]);
for (const name of readdirSync(join(from, "sdk")).filter((file) => /(?<!\.test(?:-d)?)\.d\.ts$/.test(file)))
  files.set(`sdk/${name}`, `sdk/${name}`);

if (args.includes("--check")) {
  const wrong = [...files].filter(([target, source]) => {
    try {
      return !readFileSync(join(to, target)).equals(readFileSync(join(from, source)));
    } catch {
      return true;
    }
  });
  for (const [target] of wrong) console.error(`action/${target} is not what the build gives`);
  if (wrong.length > 0) console.error("run `npm run action` and commit action/");
  process.exit(wrong.length > 0 ? 1 : 0);
}

rmSync(to, { recursive: true, force: true });
for (const [target, source] of files) {
  mkdirSync(dirname(join(to, target)), { recursive: true });
  writeFileSync(join(to, target), readFileSync(join(from, source)));
}
