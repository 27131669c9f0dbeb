/**
 * Bundles the command line: cli.cjs, everything in one script, and twinrail.cjs, which starts it (launch.ts).
 *
 *   node cli/bundle.mjs [folder]   default: dist/bin; the folder must lie in `dist/`, beside what the compiler ships
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
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

/**
 * compiler/1-read/typescript.ts asks Node for TypeScript, which a bundler does not see. It gets the same file as a module that exports what the
 * compiler uses, so that the language service and the emitter, more than half of it, are dropped as unused.
 */
const typescript = {
  name: "typescript",
  setup({ onResolve, onLoad }) {
    const names = namesOfTypeScript();
    onLoad({ filter: /[\\/]1-read[\\/]typescript\.ts$/ }, () => ({
      contents: `import { ${names} } from "typescript-module"; export const ts = { ${names} };`,
      loader: "js",
    }));
    onResolve({ filter: /^typescript-module$/ }, ({ path }) => ({ path, namespace: "typescript" }));
    onLoad({ filter: /.*/, namespace: "typescript" }, () => ({
      contents: typescriptModule(names),
      loader: "js",
      resolveDir: process.cwd(),
    }));
  },
};

/** Every `ts.name` of the compiler. */
function namesOfTypeScript() {
  const files = readdirSync("compiler", { recursive: true, encoding: "utf8" });
  const texts = files
    .filter((file) => /(?<!\.test)\.ts$/.test(file))
    .map((file) => readFileSync(`compiler/${file}`, "utf8"));
  const names = texts.flatMap((text) => [...text.matchAll(/(?<![\w.$/])ts\.(\w+)/g)].map((match) => match[1]));
  return [...new Set(names)].sort();
}

/**
 * typescript.js is one function around a program, whose exports are listed first: without the one and the other it is a module. What only makes
 * an object of exports or registers an editor's code fix is marked as pure: nobody misses it when its result is not used.
 */
function typescriptModule(names) {
  const text = readFileSync("node_modules/typescript/lib/typescript.js", "utf8");
  const [, exported, rest] = split(text, /^__export\(typescript_exports, \{$([^}]*)^\}\);\nmodule\.exports = .*$/m);
  // The editors' server comes last, knows the rest and is known by none of it; its classes do not look unused.
  const [body] = split(rest, /^\/\/ src\/server\/_namespaces\/ts\.ts$()/m);
  const locals = new Map(
    [...exported.matchAll(/^ {2}(\w+): \(\) => (\w+),?$/gm)].map(([, name, local]) => [name, local]),
  );
  const exports = names.map((name) => {
    if (!locals.has(name)) throw new Error(`typescript.js exports no ${name}`);
    return `${locals.get(name)} as ${name}`;
  });
  const pure = body
    .replaceAll(/^var (\w+) = \{\};\n__export\(\1, \{$/gm, "var $1 = /* @__PURE__ */ exported({")
    .replaceAll(/^(?=register(CodeFix|Refactor)\()/gm, "/* @__PURE__ */ ");
  const licence = text.slice(0, text.indexOf("*/") + 2);
  return `${licence}\n${EXPORTED}${pure}\nexport { ${exports.join(", ")} };`;
}

const EXPORTED = `function exported(all) {
  for (const name in all) Object.defineProperty(all, name, { get: all[name], enumerable: true });
  return all;
}
`;

/** Before a match, its group, and after it. */
function split(text, pattern) {
  const parts = text.split(pattern);
  if (parts.length !== 3)
    throw new Error(`typescript.js is not what it was: ${pattern} is there ${(parts.length - 1) / 2} times`);
  return [parts[0], parts[1], parts[2]];
}

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

// The action: the same, with its own entry; dist/action, or the committed action/ (npm run action).
await build({
  ...common,
  entryPoints: ["cli/action.ts"],
  outfile: `${folder}/action.cjs`,
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
