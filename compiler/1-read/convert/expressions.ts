/** Expressions: which handler takes which node. Parentheses and type operators leave nothing behind. */
import type { Span } from "../../diagnostics/diagnostic.ts";
import type { Expression } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import { convertCall, convertIndex, convertMember, convertNew } from "./access.ts";
import { type Context, nested, refuse, report, spanOf } from "./context.ts";
import { convertFunction } from "./functions.ts";
import { convertArray, convertObject, convertTemplate } from "./literals.ts";
import { convertBinary, convertPrefix, convertUpdate } from "./operators.ts";
import type { Construct } from "./refusals.ts";

/** `name` is that of the variable or field it is the value of, for functions. */
export function convertExpression(context: Context, node: TS.Expression, name?: string): Expression {
  const refused = (span: Span): Expression => ({ kind: "Refused", span });
  return nested(context, node, () => convert(context, node, name), refused);
}

function convert(context: Context, node: TS.Expression, name: string | undefined): Expression {
  if (ts.isIdentifier(node)) return convertIdentifier(context, node);
  if (ts.isPropertyAccessExpression(node)) return convertMember(context, node);
  if (ts.isCallExpression(node)) return convertCall(context, node);
  if (ts.isObjectLiteralExpression(node)) return convertObject(context, node);
  if (ts.isStringLiteralLike(node)) return { kind: "Literal", value: node.text, span: spanOf(context, node) };
  if (ts.isNumericLiteral(node)) return { kind: "Literal", value: Number(node.text), span: spanOf(context, node) };
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return convertFunction(context, node, name);
  if (ts.isAwaitExpression(node)) {
    if (context.functions === 0) return refuse(context, "topLevelAwait", node);
    return { kind: "Await", operand: convertExpression(context, node.expression), span: spanOf(context, node) };
  }
  if (ts.isArrayLiteralExpression(node)) return convertArray(context, node);
  if (ts.isTemplateExpression(node)) return convertTemplate(context, node);
  if (ts.isBinaryExpression(node)) return convertBinary(context, node);
  if (ts.isConditionalExpression(node)) return convertConditional(context, node);
  if (ts.isElementAccessExpression(node)) return convertIndex(context, node);
  if (ts.isPrefixUnaryExpression(node)) return convertPrefix(context, node);
  if (ts.isPostfixUnaryExpression(node)) return convertUpdate(context, node, node.operator, false);
  if (ts.isTypeOfExpression(node)) {
    return {
      kind: "Unary",
      operator: "typeof",
      operand: convertExpression(context, node.expression),
      span: spanOf(context, node),
    };
  }
  if (ts.isNewExpression(node)) return convertNew(context, node);
  if (isTransparent(node)) return convertExpression(context, node.expression, name);
  return convertKeyword(context, node);
}

/** `(x)`, `x as T`, `x satisfies T`, `x!` */
type Transparent = TS.ParenthesizedExpression | TS.AsExpression | TS.SatisfiesExpression | TS.NonNullExpression;

export function isTransparent(node: TS.Node): node is Transparent {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node)
  );
}

function convertIdentifier(context: Context, node: TS.Identifier): Expression {
  const { text } = node;
  if (text === "arguments" || text === "globalThis") return refuse(context, text, node);
  if (text === "Symbol") return refuse(context, "symbol", node);
  const declaring = context.declaring.get(text);
  if (declaring !== undefined && context.isImport(node)) {
    report(context, "TR1016", { name: declaring }, spanOf(context, node));
    return { kind: "Refused", span: spanOf(context, node) };
  }
  return { kind: "Identifier", name: text, span: spanOf(context, node) };
}

function convertConditional(context: Context, node: TS.ConditionalExpression): Expression {
  return {
    kind: "Conditional",
    test: convertExpression(context, node.condition),
    then: convertExpression(context, node.whenTrue),
    else: convertExpression(context, node.whenFalse),
    span: spanOf(context, node),
  };
}

function convertKeyword(context: Context, node: TS.Expression): Expression {
  switch (node.kind) {
    case ts.SyntaxKind.TrueKeyword:
      return { kind: "Literal", value: true, span: spanOf(context, node) };
    case ts.SyntaxKind.FalseKeyword:
      return { kind: "Literal", value: false, span: spanOf(context, node) };
    case ts.SyntaxKind.NullKeyword:
      return { kind: "Literal", value: null, span: spanOf(context, node) };
    default:
      return refuse(context, refusedExpressions.get(node.kind) ?? "unknown", node);
  }
}

const refusedExpressions: ReadonlyMap<TS.SyntaxKind, Construct> = new Map<TS.SyntaxKind, Construct>([
  [ts.SyntaxKind.ThisKeyword, "this"],
  [ts.SyntaxKind.SuperKeyword, "super"],
  [ts.SyntaxKind.ClassExpression, "class"],
  [ts.SyntaxKind.DeleteExpression, "delete"],
  [ts.SyntaxKind.VoidExpression, "void"],
  [ts.SyntaxKind.RegularExpressionLiteral, "regex"],
  [ts.SyntaxKind.BigIntLiteral, "bigint"],
  [ts.SyntaxKind.TaggedTemplateExpression, "taggedTemplate"],
  [ts.SyntaxKind.MetaProperty, "importMeta"],
  [ts.SyntaxKind.ImportKeyword, "dynamicImport"],
  [ts.SyntaxKind.YieldExpression, "yield"],
  [ts.SyntaxKind.PrivateIdentifier, "privateName"],
]);
