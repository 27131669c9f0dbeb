/** Functions of every spelling: declarations, expressions, arrows, methods. */
import type { FunctionExpression, Pattern } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import { type Context, refuse, spanOf } from "./context.ts";
import { convertExpression } from "./expressions.ts";
import { convertBinding } from "./patterns.ts";
import { convertStatements } from "./statements.ts";

export type FunctionNode = TS.FunctionDeclaration | TS.FunctionExpression | TS.ArrowFunction | TS.MethodDeclaration;

/** `name` is that of the variable or field it is the value of; its own name wins. */
export function convertFunction(context: Context, node: FunctionNode, name?: string): FunctionExpression {
  if (node.asteriskToken !== undefined) refuse(context, "generator", node.asteriskToken);
  context.functions++;
  const params: Pattern[] = [];
  let rest: Pattern | undefined;
  for (const param of node.parameters) {
    if (ts.isIdentifier(param.name) && param.name.text === "this") continue;
    const pattern = convertBinding(context, param.name, param.initializer, spanOf(context, param));
    if (param.dotDotDotToken !== undefined) rest = pattern;
    else params.push(pattern);
  }
  const body = bodyOf(context, node);
  context.functions--;
  const own = node.name !== undefined && ts.isIdentifier(node.name) ? node.name.text : name;
  return {
    kind: "Function",
    ...(own === undefined ? {} : { name: own }),
    async: node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword) ?? false,
    params,
    ...(rest === undefined ? {} : { rest }),
    body,
    span: spanOf(context, node),
  };
}

function bodyOf(context: Context, node: FunctionNode): FunctionExpression["body"] {
  if (node.body === undefined) return [];
  return ts.isBlock(node.body)
    ? convertStatements(context, node.body.statements)
    : convertExpression(context, node.body);
}
