/** Unary, binary and assignment operators. */
import type { AssignmentOperator, BinaryOperator, Expression } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import { type Context, refuse, report, spanOf } from "./context.ts";
import { convertExpression } from "./expressions.ts";
import { convertAssignmentPattern } from "./patterns.ts";

export function convertBinary(context: Context, node: TS.BinaryExpression): Expression {
  const operator = node.operatorToken.kind;
  const binary = binaryOperators.get(operator);
  const span = spanOf(context, node);
  if (binary !== undefined) {
    const left = convertExpression(context, node.left);
    return { kind: "Binary", operator: binary, left, right: convertExpression(context, node.right), span };
  }
  const logical = logicalOperators.get(operator);
  if (logical !== undefined) {
    const left = convertExpression(context, node.left);
    return { kind: "Logical", operator: logical, left, right: convertExpression(context, node.right), span };
  }
  if (operator === ts.SyntaxKind.EqualsEqualsToken) return convertLooseEquality(context, node, "==");
  if (operator === ts.SyntaxKind.ExclamationEqualsToken) return convertLooseEquality(context, node, "!=");
  const assignment = assignmentOperators.get(operator);
  if (assignment !== undefined) return convertAssignment(context, node, assignment);
  const at = spanOf(context, node.operatorToken);
  if (operator === ts.SyntaxKind.CommaToken) return refuse(context, "comma", node, at);
  if (operator === ts.SyntaxKind.InstanceOfKeyword) return refuse(context, "instanceof", node, at);
  if (operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment)
    return refuse(context, "assignment", node, at);
  return refuse(context, "bitwise", node, at);
}

/** `x == null` is kept, with either order of its operands. */
function convertLooseEquality(context: Context, node: TS.BinaryExpression, operator: "==" | "!="): Expression {
  const span = spanOf(context, node);
  const negated = operator === "!=";
  if (isNull(node.right)) return { kind: "IsNullish", negated, operand: convertExpression(context, node.left), span };
  if (isNull(node.left)) return { kind: "IsNullish", negated, operand: convertExpression(context, node.right), span };
  report(context, "TR1011", { operator }, spanOf(context, node.operatorToken));
  const left = convertExpression(context, node.left);
  const right = convertExpression(context, node.right);
  return { kind: "Binary", operator: negated ? "!==" : "===", left, right, span };
}

function isNull(node: TS.Expression): boolean {
  return node.kind === ts.SyntaxKind.NullKeyword;
}

function convertAssignment(context: Context, node: TS.BinaryExpression, operator: AssignmentOperator): Expression {
  const span = spanOf(context, node);
  const isPattern = ts.isArrayLiteralExpression(node.left) || ts.isObjectLiteralExpression(node.left);
  const target = isPattern ? convertAssignmentPattern(context, node.left) : convertTarget(context, node.left);
  const name = ts.isIdentifier(node.left) ? node.left.text : undefined;
  return { kind: "Assign", operator, target, value: convertExpression(context, node.right, name), span };
}

function convertTarget(context: Context, node: TS.Expression): Expression {
  const target = convertExpression(context, node);
  if (
    target.kind === "Identifier" ||
    target.kind === "Member" ||
    target.kind === "Index" ||
    target.kind === "Refused"
  ) {
    return target;
  }
  return refuse(context, "assignmentTarget", node);
}

export function convertPrefix(context: Context, node: TS.PrefixUnaryExpression): Expression {
  if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) {
    return convertUpdate(context, node, node.operator, true);
  }
  if (node.operator === ts.SyntaxKind.TildeToken) return refuse(context, "bitwise", node);
  const operand = convertExpression(context, node.operand);
  return { kind: "Unary", operator: unaryOperators[node.operator], operand, span: spanOf(context, node) };
}

const unaryOperators = {
  [ts.SyntaxKind.ExclamationToken]: "!",
  [ts.SyntaxKind.MinusToken]: "-",
  [ts.SyntaxKind.PlusToken]: "+",
} as const;

export function convertUpdate(
  context: Context,
  node: TS.PrefixUnaryExpression | TS.PostfixUnaryExpression,
  operator: TS.PostfixUnaryOperator,
  prefix: boolean,
): Expression {
  const target = convertTarget(context, node.operand);
  const sign = operator === ts.SyntaxKind.PlusPlusToken ? "++" : "--";
  return { kind: "Update", operator: sign, prefix, target, span: spanOf(context, node) };
}

const binaryOperators: ReadonlyMap<TS.SyntaxKind, BinaryOperator> = new Map<TS.SyntaxKind, BinaryOperator>([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "==="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "!=="],
  [ts.SyntaxKind.LessThanToken, "<"],
  [ts.SyntaxKind.LessThanEqualsToken, "<="],
  [ts.SyntaxKind.GreaterThanToken, ">"],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">="],
  [ts.SyntaxKind.PlusToken, "+"],
  [ts.SyntaxKind.MinusToken, "-"],
  [ts.SyntaxKind.AsteriskToken, "*"],
  [ts.SyntaxKind.SlashToken, "/"],
  [ts.SyntaxKind.PercentToken, "%"],
  [ts.SyntaxKind.AsteriskAsteriskToken, "**"],
  [ts.SyntaxKind.InKeyword, "in"],
]);

const logicalOperators: ReadonlyMap<TS.SyntaxKind, "&&" | "||" | "??"> = new Map<TS.SyntaxKind, "&&" | "||" | "??">([
  [ts.SyntaxKind.AmpersandAmpersandToken, "&&"],
  [ts.SyntaxKind.BarBarToken, "||"],
  [ts.SyntaxKind.QuestionQuestionToken, "??"],
]);

const assignmentOperators: ReadonlyMap<TS.SyntaxKind, AssignmentOperator> = new Map<TS.SyntaxKind, AssignmentOperator>([
  [ts.SyntaxKind.EqualsToken, "="],
  [ts.SyntaxKind.PlusEqualsToken, "+="],
  [ts.SyntaxKind.MinusEqualsToken, "-="],
  [ts.SyntaxKind.AsteriskEqualsToken, "*="],
  [ts.SyntaxKind.SlashEqualsToken, "/="],
  [ts.SyntaxKind.PercentEqualsToken, "%="],
  [ts.SyntaxKind.QuestionQuestionEqualsToken, "??="],
  [ts.SyntaxKind.AmpersandAmpersandEqualsToken, "&&="],
  [ts.SyntaxKind.BarBarEqualsToken, "||="],
]);
