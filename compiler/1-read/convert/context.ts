/** What the conversion of one module carries along. */
import type { Code, ParamsOf } from "../../diagnostics/catalog.ts";
import { type Diagnostic, diagnostic, type Span } from "../../diagnostics/diagnostic.ts";
import type { DeclaredTypes, Expression } from "../syntax.ts";
import type { TS } from "../typescript.ts";
import { type Construct, refusals } from "./refusals.ts";

/** The SDK's functions whose type arguments are part of the pipeline. */
export type DeclaringFunction = "shared" | "isolated" | "pipeline";

export interface Context {
  readonly file: string;
  readonly ast: TS.SourceFile;
  /** Specifier to file, of the imports that could be resolved. */
  readonly imports: ReadonlyMap<string, string>;
  readonly diagnostics: Diagnostic[];
  /** Whole constructs that were refused: what TypeScript has to say about their inside is noise. */
  readonly refused: Span[];
  /** Local names of declaring functions, filled from the import declarations; `namespaces` are `import * as` of the SDK. */
  readonly declaring: Map<string, DeclaringFunction>;
  readonly namespaces: Set<string>;
  /** Whether this use of a name means the import, not a local variable of the same name. */
  readonly isImport: (identifier: TS.Identifier) => boolean;
  readonly declaredTypes: (call: TS.CallExpression, callee: DeclaringFunction) => DeclaredTypes | undefined;
  /** How many functions enclose what is being converted. */
  functions: number;
  /** How many expressions and statements do. */
  depth: number;
  /** Whether that was once too many: it is told once a file. */
  tooDeep: boolean;
}

export function spanOf(context: Context, node: TS.Node): Span {
  return { file: context.file, start: node.getStart(context.ast), end: node.end };
}

export function report<C extends Code>(context: Context, code: C, params: ParamsOf<C>, span: Span): void {
  context.diagnostics.push(diagnostic(code, params, span));
}

/** Reports a construct that the dialect has not. `at` narrows what is underlined. */
export function refuse(context: Context, construct: Construct, node: TS.Node, at?: Span): Expression {
  const span = spanOf(context, node);
  refuseAt(context, construct, at ?? span, span);
  return { kind: "Refused", span };
}

export function refuseAt(context: Context, construct: Construct, at: Span, whole: Span = at): void {
  const [what, instead] = refusals[construct];
  report(context, "TR1010", { what, instead }, at);
  context.refused.push(whole);
}

/** Far above what people write, far below where the stack ends and where the type checker gets slow. */
const MAX_DEPTH = 500;

/** Runs `convert` one level down, or reports that this is too deep and gives `otherwise`. */
export function nested<T>(context: Context, node: TS.Node, convert: () => T, otherwise: (span: Span) => T): T {
  if (context.depth >= MAX_DEPTH) {
    const span = spanOf(context, node);
    if (!context.tooDeep) {
      report(context, "TR1008", { what: "this is nested too deeply", limit: `${MAX_DEPTH} levels` }, span);
    }
    context.tooDeep = true;
    return otherwise(span);
  }
  context.depth++;
  const result = convert();
  context.depth--;
  return result;
}
