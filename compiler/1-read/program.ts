/** The type checker over exactly the files that were loaded: it can reach no other. */
import { posix } from "node:path";
import type { LoadedFile } from "./load.ts";
import { declarationName, LIB_FILE, SDK_INDEX, SDK_ROOT, sdkDeclarations } from "./sdk.ts";
import { type TS, ts } from "./typescript.ts";

/** Where TypeScript sees the project; no such folder exists, so nothing of a real path can get into a message. */
export const PROJECT_ROOT = "/@project/";

/** What `sdk/tsconfig.json` says, so that the editor and the compiler agree; a test compares them. */
export const COMPILER_OPTIONS: TS.CompilerOptions = {
  noLib: true,
  types: [],
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  noEmit: true,
};

export function createProgram(
  files: readonly LoadedFile[],
  options: TS.CompilerOptions = COMPILER_OPTIONS,
): TS.Program {
  const sdk = sdkDeclarations();
  const loaded = new Map(files.map((file) => [PROJECT_ROOT + file.file, file]));
  const find = (path: string): TS.SourceFile | undefined => loaded.get(path)?.ast ?? sdk.get(path);
  const resolve = (specifier: string, from: string): string | undefined => {
    if (specifier === "twinrail") return SDK_INDEX;
    if (from.startsWith(SDK_ROOT)) return SDK_ROOT + declarationName(specifier);
    const target = loaded.get(from)?.imports.get(specifier);
    return target === undefined ? undefined : PROJECT_ROOT + target;
  };
  return ts.createProgram({
    rootNames: [LIB_FILE, ...loaded.keys()],
    options,
    host: {
      getSourceFile: find,
      fileExists: (path) => find(path) !== undefined,
      readFile: (path) => find(path)?.text,
      resolveModuleNameLiterals: (literals, from) =>
        literals.map((literal) => {
          const path = resolve(literal.text, from);
          return {
            resolvedModule:
              path === undefined || find(path) === undefined
                ? undefined
                : { resolvedFileName: path, extension: extensionOf(path), isExternalLibraryImport: false },
          };
        }),
      getDefaultLibFileName: () => LIB_FILE,
      getCurrentDirectory: () => "/",
      getCanonicalFileName: (path) => path,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      writeFile: () => undefined,
    },
  });
}

function extensionOf(path: string): string {
  return path.endsWith(".d.ts") ? ".d.ts" : posix.extname(path);
}
