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

/** Built-in modules that Node is slow to load and a compile does not use (commander asks for one, too): loaded by the first use of an export. */
const lazyBuiltins = {
  name: "lazy-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(child_process|timers\/promises|zlib)$/ }, ({ path, namespace }) =>
      namespace === "lazy" ? { path, external: true } : { path, namespace: "lazy" },
    );
    onLoad({ filter: /.*/, namespace: "lazy" }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== "default");
      const getters = names.map((name) => `get ${name}() { return require("${path}").${name}; }`);
      return { contents: `module.exports = { ${getters.join(",\n")} };`, loader: "js" };
    });
  },
};

/** fdir loads picomatch from disk for a method that nobody calls; tinyglobby's own import of it is in the bundle. */
const fdir = {
  name: "fdir",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]fdir[\\/]dist[\\/]index\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const contents = text.replace(/try \{\s*__require\.resolve\("picomatch"\);[^}]*\} catch \{\}/, "");
      if (contents === text) throw new Error("fdir is not what it was");
      return { contents, loader: "js" };
    });
  },
};

await build({
  ...common,
  entryPoints: ["cli/main.ts"],
  outfile: `${folder}/cli.cjs`,
  plugins: [typescript, lazyBuiltins, fdir],
  // One function: launch.ts need not copy four megabytes to make it one.
  banner: { js: '(function(require,__filename){const __url=require("node:url").pathToFileURL(__filename).href;' },
  footer: { js: "})" },
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
