/** A whole module: imports and exports, then the statements between. */
import type { Export, Import, SourceModule, Statement } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import { type Context, refuse, refuseAt, report, spanOf } from "./context.ts";
import { convertExpression } from "./expressions.ts";
import { convertImport } from "./imports.ts";
import { convertStatements, isDeclare } from "./statements.ts";

interface Parts {
  readonly imports: Import[];
  readonly body: Statement[];
  readonly exports: Export[];
}

export function convertModule(context: Context): SourceModule {
  checkDirectives(context);
  const parts: Parts = { imports: [], body: [], exports: [] };
  for (const statement of context.ast.statements) {
    if (ts.isImportDeclaration(statement)) parts.imports.push(...convertImport(context, statement));
  }
  for (const statement of context.ast.statements) convertTopLevel(context, statement, parts);
  return { kind: "module", file: context.file, ...parts };
}

function convertTopLevel(context: Context, node: TS.Statement, parts: Parts): void {
  if (ts.isImportDeclaration(node)) return;
  if (ts.isExportDeclaration(node)) parts.exports.push(...convertExportDeclaration(context, node));
  else if (ts.isExportAssignment(node)) convertExportAssignment(context, node, parts);
  else if (ts.isModuleDeclaration(node) && isDeclare(node)) checkAugmentation(context, node);
  else {
    parts.body.push(...convertStatements(context, [node]));
    if (isExported(node)) parts.exports.push(...exportsOf(context, node));
  }
}

function isExported(node: TS.Statement): boolean {
  return ts.canHaveModifiers(node) && (node.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) ?? false);
}

function convertExportAssignment(context: Context, node: TS.ExportAssignment, parts: Parts): void {
  if (node.isExportEquals === true) refuse(context, "exportEquals", node);
  const value = convertExpression(context, node.expression, "default");
  parts.exports.push({ kind: "default", value, span: spanOf(context, node) });
}

/** `export const a = 1`, `export function f() {}`, `export default function f() {}` */
function exportsOf(context: Context, node: TS.Statement): readonly Export[] {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations
      .flatMap((declaration) => boundNames(declaration.name))
      .map((name) => ({
        kind: "local",
        exported: name.text,
        local: name.text,
        span: spanOf(context, name),
      }));
  }
  if (!ts.isFunctionDeclaration(node) || node.body === undefined) return [];
  const isDefault = node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ?? false;
  const local = node.name?.text ?? "default";
  return [{ kind: "local", exported: isDefault ? "default" : local, local, span: spanOf(context, node.name ?? node) }];
}

function boundNames(name: TS.BindingName): readonly TS.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  const elements: readonly TS.ArrayBindingElement[] = name.elements;
  return elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundNames(element.name)));
}

function convertExportDeclaration(context: Context, node: TS.ExportDeclaration): readonly Export[] {
  if (node.isTypeOnly) return [];
  const span = spanOf(context, node);
  const specifier = node.moduleSpecifier;
  let from: string | undefined;
  if (specifier !== undefined && ts.isStringLiteral(specifier)) {
    if (specifier.text === "twinrail") {
      refuse(context, "exportSdk", node);
      return [];
    }
    from = context.imports.get(specifier.text);
    if (from === undefined) return [];
  }
  const clause = node.exportClause;
  if (clause === undefined) return from === undefined ? [] : [{ kind: "all", from, span }];
  if (ts.isNamespaceExport(clause)) {
    return from === undefined ? [] : [{ kind: "from", exported: clause.name.text, imported: "*", from, span }];
  }
  return clause.elements.flatMap((element): readonly Export[] => {
    if (element.isTypeOnly) return [];
    const exported = element.name.text;
    const name = element.propertyName ?? element.name;
    if (from !== undefined)
      return [{ kind: "from", exported, imported: name.text, from, span: spanOf(context, element) }];
    const declaring = context.declaring.get(name.text);
    if (declaring !== undefined) report(context, "TR1016", { name: declaring }, spanOf(context, element));
    return [{ kind: "local", exported, local: name.text, span: spanOf(context, element) }];
  });
}

/** `declare module "twinrail" { interface GpuTypes {...} }` is the one declaration of a module that means something. */
function checkAugmentation(context: Context, node: TS.ModuleDeclaration): void {
  const isSdk = ts.isStringLiteral(node.name) && node.name.text === "twinrail";
  const onlyTypes =
    node.body !== undefined &&
    ts.isModuleBlock(node.body) &&
    node.body.statements.every((s) => ts.isInterfaceDeclaration(s));
  if (!isSdk || !onlyTypes) refuse(context, "declareModule", node, spanOf(context, node.name));
}

/** TypeScript keeps these to itself; they are as old as the comments. */
interface Directives {
  readonly commentDirectives?: readonly { readonly range: TS.TextRange }[];
  readonly checkJsDirective?: { readonly enabled: boolean; readonly pos: number; readonly end: number };
}

function checkDirectives(context: Context): void {
  const ast: TS.SourceFile & Directives = context.ast;
  const comments = (ast.commentDirectives ?? []).map((directive) => directive.range);
  if (ast.checkJsDirective?.enabled === false) comments.push(ast.checkJsDirective);
  for (const { pos, end } of comments) {
    const comment = /@ts-[a-z-]+/.exec(ast.text.slice(pos, end))?.[0] ?? "@ts-ignore";
    report(context, "TR1002", { comment }, { file: context.file, start: pos, end });
  }
  for (const { pos, end } of [...ast.referencedFiles, ...ast.typeReferenceDirectives, ...ast.libReferenceDirectives]) {
    refuseAt(context, "reference", { file: context.file, start: pos, end });
  }
}
