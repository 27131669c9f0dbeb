/** Destructuring: in declarations and parameters (binding patterns), and in assignments (literals that stand for patterns). */
import type { Expression, Pattern } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import { type Context, refuse, spanOf } from "./context.ts";
import { convertExpression } from "./expressions.ts";

type ObjectPattern = Extract<Pattern, { kind: "ObjectPattern" }>;
type ArrayPattern = Extract<Pattern, { kind: "ArrayPattern" }>;
type Span = Pattern["span"];

export function convertBinding(
  context: Context,
  node: TS.BindingName,
  initializer: TS.Expression | undefined,
  span: Span = spanOf(context, node),
): Pattern {
  const defaults = defaultOf(context, initializer, ts.isIdentifier(node) ? node.text : undefined);
  if (ts.isIdentifier(node)) return { kind: "Name", name: node.text, ...defaults, span: spanOf(context, node) };
  if (ts.isObjectBindingPattern(node)) return { ...objectBinding(context, node), ...defaults, span };
  return { ...arrayBinding(context, node), ...defaults, span };
}

function defaultOf(context: Context, node: TS.Expression | undefined, name?: string): { default?: Expression } {
  return node === undefined ? {} : { default: convertExpression(context, node, name) };
}

function objectBinding(context: Context, node: TS.ObjectBindingPattern): ObjectPattern {
  const properties: ObjectPattern["properties"][number][] = [];
  let rest: ObjectPattern["rest"];
  for (const element of node.elements) {
    const span = spanOf(context, element);
    if (element.dotDotDotToken !== undefined) {
      if (ts.isIdentifier(element.name)) rest = { name: element.name.text, span };
      continue;
    }
    const key = patternKey(context, element.propertyName ?? element.name);
    if (key === undefined) continue;
    properties.push({ key, value: convertBinding(context, element.name, element.initializer), span });
  }
  return { kind: "ObjectPattern", properties, ...(rest === undefined ? {} : { rest }), span: spanOf(context, node) };
}

/** A key that is known when reading; a computed one is taken when it is a literal. */
function patternKey(context: Context, node: TS.PropertyName | TS.BindingName): string | undefined {
  if (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return String(Number(node.text));
  if (ts.isComputedPropertyName(node) && ts.isStringLiteralLike(node.expression)) return node.expression.text;
  refuse(context, "computedPattern", node);
  return undefined;
}

function arrayBinding(context: Context, node: TS.ArrayBindingPattern): ArrayPattern {
  const elements: (Pattern | null)[] = [];
  let rest: Pattern | undefined;
  for (const element of node.elements) {
    if (ts.isOmittedExpression(element)) elements.push(null);
    else if (element.dotDotDotToken !== undefined) rest = convertBinding(context, element.name, undefined);
    else elements.push(convertBinding(context, element.name, element.initializer));
  }
  return { kind: "ArrayPattern", elements, ...(rest === undefined ? {} : { rest }), span: spanOf(context, node) };
}

/** The left side of `[a, b] = ...` or `({ a } = ...)`: the same shapes, but spelled as literals and over existing variables. */
export function convertAssignmentPattern(context: Context, node: TS.Expression): Pattern {
  const span = spanOf(context, node);
  if (ts.isParenthesizedExpression(node)) return convertAssignmentPattern(context, node.expression);
  if (ts.isIdentifier(node)) return { kind: "Name", name: node.text, span };
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    const name = ts.isIdentifier(node.left) ? node.left.text : undefined;
    return { ...convertAssignmentPattern(context, node.left), ...defaultOf(context, node.right, name), span };
  }
  if (ts.isArrayLiteralExpression(node)) return arrayTarget(context, node);
  if (ts.isObjectLiteralExpression(node)) return objectTarget(context, node);
  refuse(context, "patternTarget", node);
  return { kind: "Name", name: "", span };
}

function arrayTarget(context: Context, node: TS.ArrayLiteralExpression): ArrayPattern {
  const elements: (Pattern | null)[] = [];
  let rest: Pattern | undefined;
  for (const element of node.elements) {
    if (ts.isOmittedExpression(element)) elements.push(null);
    else if (ts.isSpreadElement(element)) rest = convertAssignmentPattern(context, element.expression);
    else elements.push(convertAssignmentPattern(context, element));
  }
  return { kind: "ArrayPattern", elements, ...(rest === undefined ? {} : { rest }), span: spanOf(context, node) };
}

function objectTarget(context: Context, node: TS.ObjectLiteralExpression): ObjectPattern {
  const properties: ObjectPattern["properties"][number][] = [];
  let rest: ObjectPattern["rest"];
  for (const element of node.properties) {
    const span = spanOf(context, element);
    if (ts.isSpreadAssignment(element)) {
      if (ts.isIdentifier(element.expression)) rest = { name: element.expression.text, span };
      else refuse(context, "patternTarget", element);
    } else if (ts.isShorthandPropertyAssignment(element)) {
      const { text } = element.name;
      const defaults = defaultOf(context, element.objectAssignmentInitializer, text);
      properties.push({ key: text, value: { kind: "Name", name: text, ...defaults, span }, span });
    } else if (ts.isPropertyAssignment(element)) {
      const key = patternKey(context, element.name);
      if (key !== undefined)
        properties.push({ key, value: convertAssignmentPattern(context, element.initializer), span });
    } else refuse(context, "patternTarget", element);
  }
  return { kind: "ObjectPattern", properties, ...(rest === undefined ? {} : { rest }), span: spanOf(context, node) };
}
