/**
 * Makes the type check linear. To find a name's type where it is used, TypeScript walks back through every statement before it, in case something
 * narrowed the type; in a pipeline of 5,000 calls that is most of the work, and nearly never does anything narrow it.
 *
 * So the walk is taken from names that nothing in the file can narrow: constants, imports and globals that occur in no condition. Names are
 * compared as text over the whole file, which errs on the side of walking.
 */
import { type TS, ts } from "./typescript.ts";

/** The binder's link from a use to the statement before it. Without one, the checker takes the declared type. */
type Use = TS.Node & { flowNode?: unknown };

/** The file must be bound, which making a type checker does, and nothing about it must have been asked yet. */
export function forgetUselessFlow(ast: TS.SourceFile): void {
  try {
    const { names, uses } = namesAndUses(ast);
    for (const use of uses) {
      const root = rootOf(use);
      if (root !== undefined && !names.has(root)) use.flowNode = undefined;
    }
  } catch (error) {
    // Nested so deeply that the stack ends: conversion is about to refuse it.
    if (!(error instanceof RangeError)) throw error;
  }
}

/** `a` of `a`, `a.b` and `a[0].b` */
function rootOf(node: TS.Node): string | undefined {
  let root = node;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = root.expression;
  return ts.isIdentifier(root) ? root.text : undefined;
}

/** Names whose type may differ from use to use, because they are assigned to, evolve, or are looked at in a condition; and all uses, in one walk. */
function namesAndUses(ast: TS.SourceFile): { names: ReadonlySet<string>; uses: readonly Use[] } {
  const names = new Set<string>();
  const uses: Use[] = [];
  /** What narrows together: names of one pattern, of one parameter list, a constant and what it was made from. */
  const groups: ReadonlySet<string>[] = [];
  const visit = (node: Use): void => {
    if (node.flowNode !== undefined) uses.push(node);
    // Most nodes: they neither narrow nor have children.
    if (ts.isIdentifier(node) || ts.isStringLiteral(node)) return;
    for (const part of narrowingParts(node)) addNames(part, names);
    const group = groupOf(node);
    if (group !== undefined && group.size > 1) groups.push(group);
    ts.forEachChild(node, visit);
  };
  visit(ast);
  spread(names, groups);
  return { names, uses };
}

/** The parts of a node in which a name must occur for the node to change its type. */
function narrowingParts(node: TS.Node): readonly (TS.Node | undefined)[] {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return [node.expression];
  if (ts.isSwitchStatement(node) || ts.isCaseClause(node)) return [node.expression];
  if (ts.isConditionalExpression(node) || ts.isForStatement(node)) return [node.condition];
  if (ts.isBinaryExpression(node)) return narrows(node.operatorToken.kind) ? [node.left] : [];
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return [node.operand];
  if (ts.isOptionalChain(node)) return [node];
  // `assertIsRow(value);` narrows `value`, if that is what the function's type says.
  if (ts.isExpressionStatement(node)) return ts.isCallExpression(node.expression) ? [node.expression] : [];
  if (ts.isVariableDeclarationList(node)) {
    return (node.flags & ts.NodeFlags.Const) === 0 ? node.declarations.map((declaration) => declaration.name) : [];
  }
  // `const x: A | B = a` is an `A` from then on, and the type of `const xs = []` is what is pushed.
  if (ts.isVariableDeclaration(node))
    return node.type !== undefined || isEmptyArray(node.initializer) ? [node.name] : [];
  return [];
}

function narrows(operator: TS.SyntaxKind): boolean {
  return (
    operator === ts.SyntaxKind.AmpersandAmpersandToken ||
    operator === ts.SyntaxKind.BarBarToken ||
    operator === ts.SyntaxKind.QuestionQuestionToken ||
    (operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment)
  );
}

function isEmptyArray(node: TS.Expression | undefined): boolean {
  return node !== undefined && ts.isArrayLiteralExpression(node) && node.elements.length === 0;
}

function groupOf(node: TS.Node): ReadonlySet<string> | undefined {
  const group = new Set<string>();
  if (ts.isVariableDeclaration(node)) {
    // `const { kind } = event` and `const isRow = value.kind === "row"`: a condition on the constant narrows what it was made from.
    addNames(node.name, group);
    if (node.initializer !== undefined && mayBeCondition(node.initializer)) addNames(node.initializer, group);
    return group;
  }
  if (!ts.isFunctionLike(node)) return undefined;
  for (const parameter of node.parameters) addNames(parameter.name, group);
  return group;
}

/** What is awaited, a literal or a function narrows nothing, whatever names occur in it. */
function mayBeCondition(node: TS.Expression): boolean {
  return !(
    ts.isAwaitExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isFunctionLike(node)
  );
}

/** Names that are used or declared in a node: not those of fields or types, nor those inside of functions, whose conditions count for themselves. */
function addNames(node: TS.Node | undefined, names: Set<string>): void {
  if (node === undefined || ts.isTypeNode(node) || ts.isFunctionLike(node)) return;
  if (ts.isIdentifier(node)) names.add(node.text);
  else if (ts.isPropertyAccessExpression(node)) addNames(node.expression, names);
  else if (ts.isPropertyAssignment(node)) addNames(node.initializer, names);
  else if (ts.isBindingElement(node)) {
    addNames(node.name, names);
    addNames(node.initializer, names);
  } else ts.forEachChild(node, (child) => addNames(child, names));
}

/** A group with one name in it is in it as a whole. */
function spread(names: Set<string>, groups: readonly ReadonlySet<string>[]): void {
  const groupsOf = new Map<string, ReadonlySet<string>[]>();
  for (const group of groups) {
    for (const name of group) {
      const others = groupsOf.get(name);
      if (others === undefined) groupsOf.set(name, [group]);
      else others.push(group);
    }
  }
  // A set is iterated over what is added meanwhile, too.
  for (const name of names) {
    for (const group of groupsOf.get(name) ?? []) for (const other of group) names.add(other);
  }
}
