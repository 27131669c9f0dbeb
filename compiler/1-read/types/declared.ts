/** What a call of `shared`, `isolated` or `pipeline` declares by its type arguments, written or inferred. */
import { diagnostic, type Span } from "../../diagnostics/diagnostic.ts";
import type { Field, Type } from "../../ir/types.ts";
import type { DeclaringFunction } from "../convert/context.ts";
import type { DeclaredParam, DeclaredTypes } from "../syntax.ts";
import { type TS, ts } from "../typescript.ts";
import type { Place, TypeContext } from "./context.ts";
import { docOf } from "./doc.ts";
import { argumentsOf, fieldOf, fieldsOf, spanOfProperty } from "./objects.ts";
import { whyNotAName } from "./python-names.ts";
import { isError, isUndefined, membersOf, nameOf, refuseType, toType } from "./to-type.ts";

/** `undefined` when TypeScript could not make sense of the call, which it has reported. */
export function declaredTypes(
  context: TypeContext,
  call: TS.CallExpression,
  callee: DeclaringFunction,
): DeclaredTypes | undefined {
  // The result is `Step<I, O>` or `Pipeline<P>`: its arguments are those of the call.
  const [first, second] = argumentsOf(context.checker, context.checker.getTypeAtLocation(call));
  const whole = context.spanOf(call.expression);
  if (first === undefined || whole === undefined) return undefined;
  const spanOfArgument = (index: number): Span => {
    const node = call.typeArguments?.[index];
    return (node && context.spanOf(node)) ?? whole;
  };
  if (callee === "pipeline") return declaredPipeline(context, first, spanOfArgument(0), call);
  if (second === undefined) return undefined;
  const output = outputOf(context, second, { where: "the output", span: spanOfArgument(1), param: false });
  return { kind: "step", inputs: inputsOf(context, first, spanOfArgument(0)), output };
}

function inputsOf(context: TypeContext, type: TS.Type, span: Span): Readonly<Record<string, Field>> {
  const properties = propertiesOf(context, type, "a step's inputs", span);
  const place: Place = { where: "the inputs", span, param: false };
  for (const property of properties) {
    const why = whyNotAName(property.name);
    const at = spanOfProperty(context, property) ?? span;
    if (why !== undefined) {
      context.diagnostics.push(diagnostic("TR1023", { where: `input \`${property.name}\``, why }, at));
    }
  }
  return fieldsOf(context, properties, place, (name) => ({ ...place, where: `input \`${name}\`` }));
}

function outputOf(context: TypeContext, type: TS.Type, place: Place): Type {
  if (isUndefined(type)) return { kind: "absent" };
  return toType(context, type, place);
}

function declaredPipeline(context: TypeContext, type: TS.Type, span: Span, call: TS.CallExpression): DeclaredTypes {
  const params = propertiesOf(context, type, "a pipeline's parameters", span).map((property): DeclaredParam => {
    const { name } = property;
    const at = spanOfProperty(context, property) ?? span;
    const where = `parameter \`${name}\``;
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      const why = "letters, digits and `_` only, beginning with a letter";
      context.diagnostics.push(diagnostic("TR1023", { where, why }, at));
    }
    const field = fieldOf(context, property, { where, span: at, param: true });
    return {
      name,
      type: field.type,
      optional: field.optional ?? false,
      ...(field.doc === undefined ? {} : { doc: field.doc }),
      span: at,
    };
  });
  const doc = docOf(statementOf(call));
  return { kind: "pipeline", params, ...(doc === undefined ? {} : { doc }) };
}

/** The fields of an object type that is meant as named arguments; `void` and `{}` have none. */
function propertiesOf(context: TypeContext, type: TS.Type, what: string, span: Span): readonly TS.Symbol[] {
  if (isUndefined(type) || isError(type)) return [];
  const { checker } = context;
  const place: Place = { where: what, span, param: false };
  if (type.flags & ts.TypeFlags.Any) refuseType(context, "TR1020", { where: what }, place);
  else if (type.flags & ts.TypeFlags.TypeParameter) {
    refuseType(context, "TR1026", { where: what, type: nameOf(context, type) }, place);
  } else if (!isPlainObject(checker, type)) {
    refuseType(context, "TR1027", { what, type: nameOf(context, type) }, place);
  } else return checker.getPropertiesOfType(type);
  return [];
}

function isPlainObject(checker: TS.TypeChecker, type: TS.Type): boolean {
  if (membersOf(type).length !== 1 || (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0)
    return false;
  const isSequence = checker.isArrayType(type) || checker.isTupleType(type);
  const isBranded = checker
    .getPropertiesOfType(type)
    .some((property) => property.escapedName.toString().startsWith("__@"));
  return (
    !isSequence && !isBranded && type.getCallSignatures().length === 0 && checker.getIndexInfosOfType(type).length === 0
  );
}

/** The statement that the call is the value of. */
function statementOf(call: TS.CallExpression): TS.Node {
  let node: TS.Node = call;
  while (!ts.isStatement(node) && !ts.isExportAssignment(node) && node.parent !== undefined) node = node.parent;
  return node;
}
