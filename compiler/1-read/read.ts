/** Reading: from entry files to modules as plain data, with every problem of files, syntax and types. */
import { type Diagnostic, diagnostic, type Span } from "../diagnostics/diagnostic.ts";
import { arrange, withoutNoise } from "./arrange.ts";
import type { Context } from "./convert/context.ts";
import { convertModule } from "./convert/module.ts";
import { forgetUselessFlow } from "./flow.ts";
import type { ReadHost } from "./host.ts";
import { type LoadedFile, loadFiles } from "./load.ts";
import { fromTypeScript } from "./messages.ts";
import { createProgram, PROJECT_ROOT } from "./program.ts";
import { SDK_INDEX } from "./sdk.ts";
import type { Module, Program } from "./syntax.ts";
import type { TypeContext } from "./types/context.ts";
import { declaredTypes } from "./types/declared.ts";
import { membersOf } from "./types/to-type.ts";
import { type TS, ts } from "./typescript.ts";

export interface ReadOptions {
  /** Pipeline files, relative to the project root, with `/`. */
  readonly entries: readonly string[];
  /** For the conformance kit: without TypeScript's own check of the files, which is most of the time. Types are known all the same. */
  readonly unchecked?: boolean;
}

export interface ReadResult {
  /** Complete only when `diagnostics` has no error: files that could not be read or parsed are not in it. */
  readonly program: Program;
  /** By file and position. */
  readonly diagnostics: readonly Diagnostic[];
  /** Text of every file that was read, for rendering and hashing. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Nothing of the project is executed, and nothing outside its root is read. */
export function readProgram(host: ReadHost, options: ReadOptions): ReadResult {
  const loaded = loadFiles(host, options.entries, (file) => PROJECT_ROOT + file);
  const program = createProgram(loaded.files);
  const syntax = checkSyntax(program, loaded.files);
  const isTyped = syntax.broken.size === 0;
  const types = typeContext(program);
  for (const { ast } of loaded.files) forgetUselessFlow(ast);
  const refused = loaded.diagnostics.flatMap((problem) => problem.span ?? []);
  const diagnostics: Diagnostic[] = [];
  const modules: Module[] = [];
  for (const file of loaded.files) {
    if (syntax.broken.has(file.file)) continue;
    if (file.file.endsWith(".json")) modules.push(...readJson(file, diagnostics));
    else modules.push(convertModule(contextOf(file, types, isTyped, diagnostics, refused)));
  }
  // After conversion, because it has found what is nested too deeply for the checker, which gets slow there long before it gives up.
  const isDeep = diagnostics.some((problem) => problem.code === "TR1008");
  const semantic = isTyped && !isDeep && !options.unchecked ? checkTypes(program, loaded.files) : [];
  return {
    program: { modules, entries: options.entries },
    diagnostics: arrange([
      ...loaded.diagnostics,
      ...withoutNoise([...syntax.diagnostics, ...semantic], refused),
      ...diagnostics,
      ...types.diagnostics,
    ]),
    sources: new Map(loaded.files.map((file) => [file.file, file.text])),
  };
}

interface SyntaxCheck {
  readonly diagnostics: readonly Diagnostic[];
  /** Files with syntax errors: their trees are guesses, and so are all types. */
  readonly broken: ReadonlySet<string>;
}

function checkSyntax(program: TS.Program, files: readonly LoadedFile[]): SyntaxCheck {
  const diagnostics: Diagnostic[] = [];
  const broken = new Set<string>();
  for (const { file, ast } of files) {
    const problems = program.getSyntacticDiagnostics(ast);
    if (problems.length > 0) broken.add(file);
    diagnostics.push(...problems.flatMap((problem) => fromTypeScript(problem) ?? []));
  }
  return { diagnostics, broken };
}

function checkTypes(program: TS.Program, files: readonly LoadedFile[]): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const { file, ast } of files) {
    try {
      diagnostics.push(...program.getSemanticDiagnostics(ast).flatMap((problem) => fromTypeScript(problem) ?? []));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const what = `${file} is nested too deeply`;
      diagnostics.push(diagnostic("TR1008", { what, limit: "what TypeScript can check" }, { file, start: 0, end: 0 }));
    }
  }
  return diagnostics;
}

function typeContext(program: TS.Program): TypeContext {
  const checker = program.getTypeChecker();
  const sdk = program.getSourceFile(SDK_INDEX);
  const symbol = sdk && checker.getSymbolAtLocation(sdk);
  const json = symbol && checker.getExportsOfModule(symbol).find((member) => member.name === "Json");
  return {
    checker,
    diagnostics: [],
    jsonMembers: json === undefined ? [] : membersOf(checker.getDeclaredTypeOfSymbol(json)),
    cache: new Map(),
    open: new Set(),
    spanOf: (node) => {
      const ast = node.getSourceFile();
      if (!ast.fileName.startsWith(PROJECT_ROOT)) return undefined;
      return { file: ast.fileName.slice(PROJECT_ROOT.length), start: node.getStart(ast), end: node.end };
    },
  };
}

function contextOf(
  file: LoadedFile,
  types: TypeContext,
  isTyped: boolean,
  diagnostics: Diagnostic[],
  refused: Span[],
): Context {
  return {
    file: file.file,
    ast: file.ast,
    imports: file.imports,
    diagnostics,
    refused,
    declaring: new Map(),
    namespaces: new Set(),
    isImport: (identifier) =>
      types.checker
        .getSymbolAtLocation(identifier)
        ?.declarations?.some((node) => ts.isImportSpecifier(node) || ts.isNamespaceImport(node)) ?? false,
    declaredTypes: (call, callee) => (isTyped ? declaredTypes(types, call, callee) : undefined),
    functions: 0,
    depth: 0,
    tooDeep: false,
  };
}

function readJson({ file, text }: LoadedFile, diagnostics: Diagnostic[]): readonly Module[] {
  try {
    return [{ kind: "json", file, value: JSON.parse(text) }];
  } catch {
    // The engine's own words differ between versions of Node.
    const why = "is not JSON (comments and trailing commas are not allowed)";
    diagnostics.push(diagnostic("TR1015", { file, why }, { file, start: 0, end: 0 }));
    return [];
  }
}
