/** What the conversion of one module carries along. */
import type { Code, ParamsOf } from "../../diagnostics/catalog.ts";
import { type Diagnostic, diagnostic, type Span } from "../../diagnostics/diagnostic.ts";
import type { DeclaredTypes, Expression } from "../syntax.ts";
import type { ts } from "../typescript.ts";
import { type Construct, refusals } from "./refusals.ts";

/** The SDK's functions whose type arguments are part of the pipeline. */
export type DeclaringFunction = "shared" | "isolated" | "pipeline";

export interface Context {
  readonly file: string;
  readonly ast: ts.SourceFile;
  /** Specifier to file, of the imports that could be resolved. */
  readonly imports: ReadonlyMap<string, string>;
  readonly diagnostics: Diagnostic[];
  /** Whole constructs that were refused: what TypeScript has to say about their inside is noise. */
  readonly refused: Span[];
  /** Local names of declaring functions, filled from the import declarations; `namespaces` are `import * as` of the SDK. */
  readonly declaring: Map<string, DeclaringFunction>;
  readonly namespaces: Set<string>;
  /** Whether this use of a name means the import, not a local variable of the same name. */
  readonly isImport: (identifier: ts.Identifier) => boolean;
  readonly declaredTypes: (call: ts.CallExpression, callee: DeclaringFunction) => DeclaredTypes | undefined;
  /** How many functions enclose what is being converted. */
  functions: number;
  /** How many expressions and statements do. */
  depth: number;
}

export function spanOf(context: Context, node: ts.Node): Span {
  return { file: context.file, start: node.getStart(context.ast), end: node.end };
}

export function report<C extends Code>(context: Context, code: C, params: ParamsOf<C>, span: Span): void {
  context.diagnostics.push(diagnostic(code, params, span));
}

/** Reports a construct that the dialect has not. `at` narrows what is underlined. */
export function refuse(context: Context, construct: Construct, node: ts.Node, at?: Span): Expression {
  const span = spanOf(context, node);
  refuseAt(context, construct, at ?? span, span);
  return { kind: "Refused", span };
}

export function refuseAt(context: Context, construct: Construct, at: Span, whole: Span = at): void {
  const [what, instead] = refusals[construct];
  report(context, "TR1010", { what, instead }, at);
  context.refused.push(whole);
}
