/** Statements, one handler a kind. */
import type { Span } from "../../diagnostics/diagnostic.ts";
import type { Statement, SwitchCase, VariableDeclaration } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import { type Context, nested, refuse, refuseAt, spanOf } from "./context.ts";
import { convertExpression } from "./expressions.ts";
import { convertFunction } from "./functions.ts";
import { convertBinding } from "./patterns.ts";
import type { Construct } from "./refusals.ts";

/** Types and overloads leave nothing behind. */
export function convertStatements(context: Context, nodes: readonly TS.Statement[]): readonly Statement[] {
  const statements: Statement[] = [];
  for (const node of nodes) {
    if (isErased(node)) continue;
    statements.push(convertStatement(context, node));
  }
  return statements;
}

function isErased(node: TS.Statement): boolean {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    (ts.isFunctionDeclaration(node) && node.body === undefined && !isDeclare(node))
  );
}

export function isDeclare(node: TS.Statement): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword) ?? false)
  );
}

export function convertStatement(context: Context, node: TS.Statement): Statement {
  const empty = (span: Span): Statement => ({ kind: "Empty", span });
  return nested(context, node, () => convert(context, node), empty);
}

function convert(context: Context, node: TS.Statement): Statement {
  const span = spanOf(context, node);
  if (ts.isVariableStatement(node)) {
    if (isDeclare(node)) return refuseStatement(context, node, "declare");
    return convertVariables(context, node.declarationList, span);
  }
  if (ts.isExpressionStatement(node)) {
    return { kind: "ExpressionStatement", expression: convertExpression(context, node.expression), span };
  }
  if (ts.isIfStatement(node)) {
    const test = convertExpression(context, node.expression);
    const then = convertStatement(context, node.thenStatement);
    if (node.elseStatement === undefined) return { kind: "If", test, then, span };
    return { kind: "If", test, then, else: convertStatement(context, node.elseStatement), span };
  }
  if (ts.isBlock(node)) return { kind: "Block", body: convertStatements(context, node.statements), span };
  if (ts.isReturnStatement(node)) {
    if (node.expression === undefined) return { kind: "Return", span };
    return { kind: "Return", value: convertExpression(context, node.expression), span };
  }
  if (ts.isForOfStatement(node)) return convertForOf(context, node);
  if (ts.isForStatement(node)) return convertFor(context, node);
  if (ts.isWhileStatement(node)) {
    const test = convertExpression(context, node.expression);
    return { kind: "While", test, body: convertStatement(context, node.statement), span };
  }
  if (ts.isSwitchStatement(node)) {
    const subject = convertExpression(context, node.expression);
    return {
      kind: "Switch",
      subject,
      cases: node.caseBlock.clauses.map((clause) => convertCase(context, clause)),
      span,
    };
  }
  if (ts.isThrowStatement(node)) return { kind: "Throw", value: convertExpression(context, node.expression), span };
  if (ts.isTryStatement(node)) return convertTry(context, node);
  if (ts.isFunctionDeclaration(node)) return convertFunctionDeclaration(context, node);
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) {
    // The label itself is refused where it stands.
    return { kind: ts.isBreakStatement(node) ? "Break" : "Continue", span };
  }
  if (ts.isEmptyStatement(node)) return { kind: "Empty", span };
  return refuseStatement(context, node);
}

export function convertFunctionDeclaration(context: Context, node: TS.FunctionDeclaration): Statement {
  const span = spanOf(context, node);
  if (node.body === undefined) return refuseStatement(context, node, "declare");
  return {
    kind: "FunctionDeclaration",
    name: node.name?.text ?? "default",
    function: convertFunction(context, node),
    span,
  };
}

export function convertVariables(context: Context, list: TS.VariableDeclarationList, span: Span): Statement {
  const mutable = checkKeyword(context, list);
  const declarations: VariableDeclaration[] = [];
  for (const node of list.declarations) {
    const target = convertBinding(context, node.name, undefined);
    const name = ts.isIdentifier(node.name) ? node.name.text : undefined;
    const value = node.initializer && convertExpression(context, node.initializer, name);
    declarations.push({ target, ...(value === undefined ? {} : { value }), span: spanOf(context, node) });
  }
  return { kind: "Variables", mutable, declarations, span };
}

/** Whether the variables may change: `let`. */
function checkKeyword(context: Context, list: TS.VariableDeclarationList): boolean {
  const kind = list.flags & ts.NodeFlags.BlockScoped;
  const start = list.getStart(context.ast);
  if (kind === 0) refuseAt(context, "var", { file: context.file, start, end: start + "var".length });
  if (kind === ts.NodeFlags.Using || kind === ts.NodeFlags.AwaitUsing) refuse(context, "using", list);
  return kind !== ts.NodeFlags.Const;
}

function convertForOf(context: Context, node: TS.ForOfStatement): Statement {
  const span = spanOf(context, node);
  if (node.awaitModifier !== undefined) refuse(context, "forAwait", node.awaitModifier);
  const items = convertExpression(context, node.expression);
  const declaration = ts.isVariableDeclarationList(node.initializer) ? node.initializer : undefined;
  const target = declaration?.declarations[0]?.name;
  if (declaration === undefined || target === undefined)
    return refuseStatement(context, node, "forTarget", spanOf(context, node.initializer));
  const mutable = checkKeyword(context, declaration);
  return {
    kind: "ForOf",
    target: convertBinding(context, target, undefined),
    mutable,
    items,
    body: convertStatement(context, node.statement),
    span,
  };
}

function convertFor(context: Context, node: TS.ForStatement): Statement {
  const { initializer, condition, incrementor } = node;
  const init = initializer === undefined ? undefined : convertInit(context, initializer);
  const test = condition && convertExpression(context, condition);
  const update = incrementor && convertExpression(context, incrementor);
  return {
    kind: "For",
    ...(init === undefined ? {} : { init }),
    ...(test === undefined ? {} : { test }),
    ...(update === undefined ? {} : { update }),
    body: convertStatement(context, node.statement),
    span: spanOf(context, node),
  };
}

function convertInit(context: Context, node: TS.ForInitializer): Statement {
  if (ts.isVariableDeclarationList(node)) return convertVariables(context, node, spanOf(context, node));
  return { kind: "ExpressionStatement", expression: convertExpression(context, node), span: spanOf(context, node) };
}

function convertCase(context: Context, node: TS.CaseOrDefaultClause): SwitchCase {
  const body = convertStatements(context, node.statements);
  const span = spanOf(context, node);
  return ts.isCaseClause(node) ? { test: convertExpression(context, node.expression), body, span } : { body, span };
}

function convertTry(context: Context, node: TS.TryStatement): Statement {
  const body = convertStatement(context, node.tryBlock);
  const clause = node.catchClause;
  const param = clause?.variableDeclaration && convertBinding(context, clause.variableDeclaration.name, undefined);
  const handler = clause && {
    ...(param === undefined ? {} : { param }),
    body: convertStatement(context, clause.block),
  };
  const last = node.finallyBlock && convertStatement(context, node.finallyBlock);
  return {
    kind: "Try",
    body,
    ...(handler === undefined ? {} : { handler }),
    ...(last === undefined ? {} : { finally: last }),
    span: spanOf(context, node),
  };
}

function refuseStatement(context: Context, node: TS.Statement, construct?: Construct, at?: Span): Statement {
  refuse(context, construct ?? refusedStatements.get(node.kind) ?? "unknown", node, at ?? headOf(context, node));
  return { kind: "Empty", span: spanOf(context, node) };
}

/** The first word, so that not the whole body is underlined. */
function headOf(context: Context, node: TS.Statement): Span {
  const span = spanOf(context, node);
  const word = /^\w+/.exec(context.ast.text.slice(span.start, span.end))?.[0].length ?? 1;
  return { ...span, end: span.start + word };
}

const refusedStatements: ReadonlyMap<TS.SyntaxKind, Construct> = new Map<TS.SyntaxKind, Construct>([
  [ts.SyntaxKind.ClassDeclaration, "class"],
  [ts.SyntaxKind.ForInStatement, "forIn"],
  [ts.SyntaxKind.DoStatement, "doWhile"],
  [ts.SyntaxKind.LabeledStatement, "label"],
  [ts.SyntaxKind.WithStatement, "with"],
  [ts.SyntaxKind.DebuggerStatement, "debugger"],
  [ts.SyntaxKind.EnumDeclaration, "enum"],
  [ts.SyntaxKind.ModuleDeclaration, "namespace"],
  [ts.SyntaxKind.ImportEqualsDeclaration, "importEquals"],
]);
