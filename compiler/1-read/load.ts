/** From the entry files to everything that they import, in dependency order. */
import { type Diagnostic, diagnostic, type Span } from "../diagnostics/diagnostic.ts";
import { findCycles, type Graph, inDependencyOrder } from "./graph.ts";
import type { FileAnswer, ReadHost } from "./host.ts";
import { resolveImport } from "./resolve.ts";
import { type TS, ts } from "./typescript.ts";

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_TOTAL_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 2000;

export interface LoadedFile {
  readonly file: string;
  readonly text: string;
  readonly ast: TS.SourceFile;
  /** Specifier to the file it names; `"twinrail"` is not here, nor is what was refused. */
  readonly imports: ReadonlyMap<string, string>;
}

export interface Loaded {
  /** In dependency order. */
  readonly files: readonly LoadedFile[];
  readonly diagnostics: readonly Diagnostic[];
}

interface ImportSite {
  readonly specifier: string;
  readonly span: Span;
  readonly typeOnly: boolean;
}

/** Reads entries and what they import, breadth first. `pathOf` gives the path under which TypeScript knows a file. */
export function loadFiles(host: ReadHost, entries: readonly string[], pathOf: (file: string) => string): Loaded {
  const diagnostics: Diagnostic[] = [];
  const files = new Map<string, LoadedFile>();
  const graph: Graph = new Map();
  const queue: { file: string; span?: Span }[] = [...new Set(entries)].map((file) => ({ file }));
  const seen = new Set(queue.map((item) => item.file));
  let bytes = 0;
  for (let next = 0; next < queue.length; next++) {
    const item = queue[next];
    if (item === undefined) break;
    if (files.size >= MAX_FILES) {
      diagnostics.push(tooLarge("the project has more modules", `${MAX_FILES} modules`, item.span));
      break;
    }
    const answer = host.read(item.file, MAX_FILE_BYTES);
    if (answer.kind !== "file") {
      diagnostics.push(unreadable(item.file, answer, item.span));
      continue;
    }
    bytes += answer.text.length;
    if (bytes > MAX_TOTAL_BYTES) {
      diagnostics.push(tooLarge("the project's modules are larger together", "4 MiB", item.span));
      break;
    }
    const ast = parse(pathOf(item.file), answer.text);
    if (ast === undefined) {
      diagnostics.push(tooLarge(`${item.file} is nested too deeply`, "what TypeScript can parse", item.span));
      continue;
    }
    const imports = new Map<string, string>();
    const needs = new Map<string, Span>();
    for (const site of importSites(ast, item.file)) {
      const resolved = resolveImport(item.file, site.specifier, site.span);
      if (resolved.kind === "refused") diagnostics.push(resolved.diagnostic);
      if (resolved.kind !== "file") continue;
      imports.set(site.specifier, resolved.file);
      if (!site.typeOnly && !needs.has(resolved.file)) needs.set(resolved.file, site.span);
      if (seen.has(resolved.file)) continue;
      seen.add(resolved.file);
      queue.push({ file: resolved.file, span: site.span });
    }
    files.set(item.file, { file: item.file, text: answer.text, ast, imports });
    graph.set(item.file, needs);
  }
  for (const { cycle, span } of findCycles(graph)) diagnostics.push(diagnostic("TR1009", { cycle }, span));
  return { files: inDependencyOrder(graph).flatMap((file) => files.get(file) ?? []), diagnostics };
}

function parse(path: string, text: string): TS.SourceFile | undefined {
  try {
    return ts.createSourceFile(path, text, {
      languageVersion: ts.ScriptTarget.ESNext,
      jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
    });
  } catch (error) {
    // The parser recurses with the source's nesting: a million parentheses end in a full stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function importSites(ast: TS.SourceFile, file: string): readonly ImportSite[] {
  const sites: ImportSite[] = [];
  for (const statement of ast.statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    const literal = statement.moduleSpecifier;
    if (literal === undefined || !ts.isStringLiteral(literal)) continue;
    sites.push({
      specifier: literal.text,
      span: { file, start: literal.getStart(ast), end: literal.end },
      typeOnly: ts.isImportDeclaration(statement)
        ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        : statement.isTypeOnly,
    });
  }
  return sites;
}

function unreadable(file: string, answer: Exclude<FileAnswer, { kind: "file" }>, span?: Span): Diagnostic {
  switch (answer.kind) {
    case "missing":
      return diagnostic("TR1004", { file }, span);
    case "outside":
      return diagnostic("TR1006", { specifier: file }, span);
    case "tooLarge":
      return tooLarge(`${file} has ${answer.bytes} bytes`, "1 MiB", span);
    case "unreadable":
      return diagnostic("TR1015", { file, why: answer.why }, span);
  }
}

function tooLarge(what: string, limit: string, span?: Span): Diagnostic {
  return diagnostic("TR1008", { what, limit }, span);
}
