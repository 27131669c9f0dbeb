/** Array, object and template literals. */
import type { Expression, ObjectProperty, Spread } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import { type Context, refuse, spanOf } from "./context.ts";
import { convertExpression } from "./expressions.ts";
import { convertFunction } from "./functions.ts";

export function convertArray(context: Context, node: TS.ArrayLiteralExpression): Expression {
  return { kind: "Array", elements: convertItems(context, node.elements), span: spanOf(context, node) };
}

/** Elements or arguments. */
export function convertItems(context: Context, nodes: readonly TS.Expression[]): (Expression | Spread)[] {
  return nodes.map((node) => {
    if (ts.isSpreadElement(node)) return spread(context, node);
    if (ts.isOmittedExpression(node)) return refuse(context, "hole", node);
    return convertExpression(context, node);
  });
}

function spread(context: Context, node: TS.SpreadElement | TS.SpreadAssignment): Spread {
  return { kind: "Spread", value: convertExpression(context, node.expression), span: spanOf(context, node) };
}

export function convertObject(context: Context, node: TS.ObjectLiteralExpression): Expression {
  const properties = node.properties.flatMap((property) => convertProperty(context, property) ?? []);
  return { kind: "Object", properties, span: spanOf(context, node) };
}

function convertProperty(context: Context, node: TS.ObjectLiteralElementLike): ObjectProperty | undefined {
  if (ts.isSpreadAssignment(node)) return spread(context, node);
  if (ts.isAccessor(node)) {
    refuse(context, "accessor", node, spanOf(context, node.name));
    return undefined;
  }
  const keySpan = spanOf(context, node.name);
  if (ts.isShorthandPropertyAssignment(node)) {
    return { kind: "Property", key: node.name.text, keySpan, value: convertExpression(context, node.name) };
  }
  const key = literalKey(node.name);
  if (key === "__proto__" && ts.isPropertyAssignment(node)) refuse(context, "proto", node.name);
  const value = ts.isMethodDeclaration(node)
    ? convertFunction(context, node, key)
    : convertExpression(context, node.initializer, key);
  if (key !== undefined) return { kind: "Property", key, keySpan, value };
  if (ts.isComputedPropertyName(node.name)) {
    return { kind: "ComputedProperty", key: convertExpression(context, node.name.expression), value };
  }
  refuse(context, "unknown", node.name);
  return undefined;
}

function literalKey(name: TS.PropertyName): string | undefined {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) return name.text;
  return ts.isNumericLiteral(name) ? String(Number(name.text)) : undefined;
}

export function convertTemplate(context: Context, node: TS.TemplateExpression): Expression {
  const parts = [node.head.text];
  const values: Expression[] = [];
  for (const piece of node.templateSpans) {
    values.push(convertExpression(context, piece.expression));
    parts.push(piece.literal.text);
  }
  return { kind: "Template", parts, values, span: spanOf(context, node) };
}
