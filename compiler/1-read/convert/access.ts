/** Property access, indexing and calls. A chain after `?.` is nested `Member`, `Index` and `Call`: the first `optional` one ends it all. */
import { absentGlobal } from "../absent.ts";
import type { CallExpression, Expression } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import { type Context, type DeclaringFunction, refuse, report, spanOf } from "./context.ts";
import { convertExpression } from "./expressions.ts";
import { convertItems } from "./literals.ts";

export function convertMember(context: Context, node: TS.PropertyAccessExpression): Expression {
  if (ts.isPrivateIdentifier(node.name)) return refuse(context, "privateName", node.name);
  const declaring = declaringMember(context, node);
  if (declaring !== undefined) {
    report(context, "TR1016", { name: declaring }, spanOf(context, node));
    return { kind: "Refused", span: spanOf(context, node) };
  }
  return {
    kind: "Member",
    object: convertObjectOf(context, node),
    property: node.name.text,
    optional: node.questionDotToken !== undefined,
    span: spanOf(context, node),
    propertySpan: spanOf(context, node.name),
  };
}

export function convertIndex(context: Context, node: TS.ElementAccessExpression): Expression {
  return {
    kind: "Index",
    object: convertObjectOf(context, node),
    index: convertExpression(context, node.argumentExpression),
    optional: node.questionDotToken !== undefined,
    span: spanOf(context, node),
  };
}

/** `(a?.b).c` fails where `a?.b.c` is undefined; parentheses are dropped, so the first is refused. */
function convertObjectOf(
  context: Context,
  node: TS.PropertyAccessExpression | TS.ElementAccessExpression | TS.CallExpression,
): Expression {
  let inner: TS.Expression = node.expression;
  let parenthesised = false;
  while (
    ts.isParenthesizedExpression(inner) ||
    ts.isAsExpression(inner) ||
    ts.isSatisfiesExpression(inner) ||
    ts.isNonNullExpression(inner)
  ) {
    parenthesised ||= ts.isParenthesizedExpression(inner);
    inner = inner.expression;
  }
  if (parenthesised && ts.isOptionalChain(inner)) return refuse(context, "parenthesisedChain", node.expression);
  return convertExpression(context, node.expression);
}

export function convertCall(context: Context, node: TS.CallExpression): Expression {
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return refuse(context, "dynamicImport", node);
  if (node.expression.kind === ts.SyntaxKind.SuperKeyword) return refuse(context, "super", node);
  const declaring = declaringFunction(context, node.expression);
  const call: CallExpression = {
    kind: "Call",
    callee: declaring === undefined ? convertObjectOf(context, node) : convertDeclaringCallee(context, node.expression),
    args: convertItems(context, node.arguments),
    optional: node.questionDotToken !== undefined,
    span: spanOf(context, node),
  };
  const declared = declaring && context.declaredTypes(node, declaring);
  return declared === undefined ? call : { ...call, declared };
}

/** Symbols are looked up only where the name fits: there are few such calls, and thousands of others. */
function declaringFunction(context: Context, callee: TS.Expression): DeclaringFunction | undefined {
  if (ts.isIdentifier(callee)) {
    const declaring = context.declaring.get(callee.text);
    return declaring !== undefined && context.isImport(callee) ? declaring : undefined;
  }
  return ts.isPropertyAccessExpression(callee) ? declaringMember(context, callee) : undefined;
}

/** `twinrail.shared`, after `import * as twinrail from "twinrail"` */
function declaringMember(context: Context, node: TS.PropertyAccessExpression): DeclaringFunction | undefined {
  const { text } = node.name;
  if (text !== "shared" && text !== "isolated" && text !== "pipeline") return undefined;
  if (!ts.isIdentifier(node.expression) || !context.namespaces.has(node.expression.text)) return undefined;
  return context.isImport(node.expression) ? text : undefined;
}

function convertDeclaringCallee(context: Context, callee: TS.Expression): Expression {
  const span = spanOf(context, callee);
  if (ts.isIdentifier(callee)) return { kind: "Identifier", name: callee.text, span };
  if (!ts.isPropertyAccessExpression(callee)) return convertExpression(context, callee);
  return {
    kind: "Member",
    object: convertExpression(context, callee.expression),
    property: callee.name.text,
    optional: false,
    span,
    propertySpan: spanOf(context, callee.name),
  };
}

export function convertNew(context: Context, node: TS.NewExpression): Expression {
  const name = ts.isIdentifier(node.expression) ? node.expression.text : undefined;
  const absent = name === undefined ? undefined : absentGlobal(name);
  if (name !== undefined && absent !== undefined) {
    // `new Date()`: what matters is not the `new`. TypeScript says the same when it finds no such name; it is told once.
    report(context, "TR1012", { name, ...absent }, spanOf(context, node.expression));
    return { kind: "Refused", span: spanOf(context, node) };
  }
  if (name !== "Error") return refuse(context, "new", node);
  return {
    kind: "New",
    callee: convertExpression(context, node.expression),
    args: convertItems(context, node.arguments ?? []),
    span: spanOf(context, node),
  };
}
