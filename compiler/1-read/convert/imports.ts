/** Import declarations. What is imported as a type only leaves nothing behind. */
import type { Import } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import { type Context, refuse, report, spanOf } from "./context.ts";

type ImportName = Import["names"][number];

/** None when the import is of types only, or could not be resolved (which has been reported). */
export function convertImport(context: Context, node: TS.ImportDeclaration): readonly Import[] {
  const clause = node.importClause;
  if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || !ts.isStringLiteral(node.moduleSpecifier)) return [];
  if (clause?.phaseModifier === ts.SyntaxKind.DeferKeyword) refuse(context, "importDefer", node);
  const specifier = node.moduleSpecifier.text;
  const from = specifier === "twinrail" ? specifier : context.imports.get(specifier);
  if (from === undefined) return [];
  const names = namesOf(context, clause);
  if (from.endsWith(".json")) checkJsonImport(context, node, specifier);
  if (from === "twinrail") rememberDeclaring(context, names);
  return [{ from, names, span: spanOf(context, node) }];
}

function namesOf(context: Context, clause: TS.ImportClause | undefined): readonly ImportName[] {
  const names: ImportName[] = [];
  if (clause?.name !== undefined) {
    names.push({ imported: "default", local: clause.name.text, span: spanOf(context, clause.name) });
  }
  const bindings = clause?.namedBindings;
  if (bindings === undefined) return names;
  if (ts.isNamespaceImport(bindings)) {
    return [...names, { imported: "*", local: bindings.name.text, span: spanOf(context, bindings) }];
  }
  for (const element of bindings.elements) {
    if (element.isTypeOnly) continue;
    const imported = (element.propertyName ?? element.name).text;
    names.push({ imported, local: element.name.text, span: spanOf(context, element) });
  }
  return names;
}

/** Node wants the attribute and gives a JSON file's value as its default export only. */
function checkJsonImport(context: Context, node: TS.ImportDeclaration, specifier: string): void {
  const isJson = node.attributes?.elements.some(
    ({ name, value }) => name.text === "type" && ts.isStringLiteral(value) && value.text === "json",
  );
  const isOneValue = node.importClause?.name !== undefined && node.importClause.namedBindings === undefined;
  if (isJson !== true || !isOneValue) report(context, "TR1014", { specifier }, spanOf(context, node));
}

function rememberDeclaring(context: Context, names: readonly ImportName[]): void {
  for (const { imported, local } of names) {
    if (imported === "shared" || imported === "isolated" || imported === "pipeline")
      context.declaring.set(local, imported);
    if (imported === "*") context.namespaces.add(local);
  }
}
