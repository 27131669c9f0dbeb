/**
 * Bundles the command line: cli.cjs, everything in one script, and twinrail.cjs, which starts it (launch.ts).
 *
 *   node cli/bundle.mjs [folder]   default: dist/bin; the folder must lie in `dist/`, beside what the compiler ships
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const folder = process.argv[2] ?? "dist/bin";

const common = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20.19",
  minify: true,
  // Licences of what is bundled, in a file beside it.
  legalComments: "external",
  logLevel: "warning",
};

/** compiler/1-read/typescript.ts asks Node for TypeScript, which a bundler does not see. */
const typescript = {
  name: "typescript",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]1-read[\\/]typescript\.ts$/ }, () => ({
      contents: 'export const ts = require("typescript");',
      loader: "js",
    }));
  },
};

await build({
  ...common,
  entryPoints: ["cli/main.ts"],
  outfile: `${folder}/cli.cjs`,
  plugins: [typescript],
  banner: { js: 'const __url=require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "__url" },
});

const hash = createHash("sha256")
  .update(readFileSync(`${folder}/cli.cjs`))
  .digest("hex")
  .slice(0, 16);
await build({
  ...common,
  entryPoints: ["cli/launch.ts"],
  outfile: `${folder}/twinrail.cjs`,
  define: { BUNDLE_HASH: JSON.stringify(hash) },
});
