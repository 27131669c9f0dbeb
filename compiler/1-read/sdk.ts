/**
 * The declarations that every program is checked with: the SDK's and the dialect's library. They are read from where Twinrail is installed,
 * which is the repository's `dist/` in development, and parsed once a process.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "../invariant.ts";
import { type TS, ts } from "./typescript.ts";

/** Where TypeScript sees them; no such folder exists. */
export const SDK_ROOT = "/@twinrail/";
export const SDK_INDEX: string = `${SDK_ROOT}index.d.ts`;
export const LIB_FILE: string = `${SDK_ROOT}dialect/lib.d.ts`;

let declarations: ReadonlyMap<string, TS.SourceFile> | undefined;

/** By virtual path. */
export function sdkDeclarations(): ReadonlyMap<string, TS.SourceFile> {
  declarations ??= loadDeclarations();
  return declarations;
}

function loadDeclarations(): ReadonlyMap<string, TS.SourceFile> {
  const files = new Map<string, TS.SourceFile>();
  const library = installed("sdk/dialect/lib.d.ts");
  files.set(LIB_FILE, parse(LIB_FILE, library));
  const index = installed("sdk/index.d.ts");
  const queue = [{ path: SDK_INDEX, disk: index }];
  for (const { path, disk } of queue) {
    if (files.has(path)) continue;
    const ast = parse(path, disk);
    files.set(path, ast);
    for (const statement of ast.statements) {
      if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
      const literal = statement.moduleSpecifier;
      if (literal === undefined || !ts.isStringLiteral(literal)) continue;
      const name = declarationName(literal.text);
      queue.push({ path: SDK_ROOT + name, disk: join(dirname(index), name) });
    }
  }
  return files;
}

/** `./options.ts` in a declaration file means `options.d.ts` beside it. */
export function declarationName(specifier: string): string {
  return specifier.replace(/^\.\//, "").replace(/\.[tj]s$/, ".d.ts");
}

function parse(path: string, disk: string): TS.SourceFile {
  return ts.createSourceFile(path, readFileSync(disk, "utf8"), {
    languageVersion: ts.ScriptTarget.ESNext,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  });
}

/** The nearest such file in a folder above this module: `dist/sdk/index.d.ts` and `sdk/dialect/lib.d.ts` beside `dist/`. */
export function installed(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, name);
    if (existsSync(candidate)) return candidate;
    const parent = dirname(folder);
    invariant(parent !== folder, `${name} is not installed`);
    folder = parent;
  }
}
