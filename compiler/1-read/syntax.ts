/**
 * Modules as plain data: what reading leaves of TypeScript. Types, `as`, `satisfies`, `!` and parentheses are gone; names are resolved by
 * the evaluator. Nothing after `1-read` knows which TypeScript engine made it.
 */
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Field, Json, Type } from "../ir/types.ts";

export interface SourceModule {
  readonly kind: "module";
  /** Relative to the project root, with `/`. */
  readonly file: string;
  readonly imports: readonly Import[];
  readonly body: readonly Statement[];
  readonly exports: readonly Export[];
}

/** `import data from "./x.json" with { type: "json" }` */
export interface JsonModule {
  readonly kind: "json";
  readonly file: string;
  readonly value: Json;
}

export type Module = SourceModule | JsonModule;

export interface Import {
  /** `"twinrail"`, or the file of another module of the program. */
  readonly from: string;
  /** `imported` is `"default"` for a default import and `"*"` for a namespace. Type-only imports are not here. */
  readonly names: readonly { readonly imported: string; readonly local: string; readonly span: Span }[];
  readonly span: Span;
}

export type Export =
  | { readonly kind: "local"; readonly exported: string; readonly local: string; readonly span: Span }
  /** `export default <expression>` */
  | { readonly kind: "default"; readonly value: Expression; readonly span: Span }
  /** `imported` is `"*"` for `export * as name from "./file.ts"`. */
  | {
      readonly kind: "from";
      readonly exported: string;
      readonly imported: string;
      readonly from: string;
      readonly span: Span;
    }
  | { readonly kind: "all"; readonly from: string; readonly span: Span };

export type Statement =
  | {
      readonly kind: "Variables";
      readonly mutable: boolean;
      readonly declarations: readonly VariableDeclaration[];
      readonly span: Span;
    }
  /** `name` is `"default"`, which no other declaration can have, for `export default function () {}`. */
  | {
      readonly kind: "FunctionDeclaration";
      readonly name: string;
      readonly function: FunctionExpression;
      readonly span: Span;
    }
  | { readonly kind: "ExpressionStatement"; readonly expression: Expression; readonly span: Span }
  | { readonly kind: "Block"; readonly body: readonly Statement[]; readonly span: Span }
  | {
      readonly kind: "If";
      readonly test: Expression;
      readonly then: Statement;
      readonly else?: Statement;
      readonly span: Span;
    }
  | {
      readonly kind: "Switch";
      readonly subject: Expression;
      readonly cases: readonly SwitchCase[];
      readonly span: Span;
    }
  | {
      readonly kind: "ForOf";
      readonly target: Pattern;
      readonly mutable: boolean;
      readonly items: Expression;
      readonly body: Statement;
      readonly span: Span;
    }
  | {
      readonly kind: "For";
      readonly init?: Statement;
      readonly test?: Expression;
      readonly update?: Expression;
      readonly body: Statement;
      readonly span: Span;
    }
  | { readonly kind: "While"; readonly test: Expression; readonly body: Statement; readonly span: Span }
  | { readonly kind: "Return"; readonly value?: Expression; readonly span: Span }
  | { readonly kind: "Throw"; readonly value: Expression; readonly span: Span }
  | {
      readonly kind: "Try";
      readonly body: Statement;
      readonly handler?: { readonly param?: Pattern; readonly body: Statement };
      readonly finally?: Statement;
      readonly span: Span;
    }
  | { readonly kind: "Break" | "Continue"; readonly span: Span }
  | { readonly kind: "Empty"; readonly span: Span };

export interface VariableDeclaration {
  readonly target: Pattern;
  readonly value?: Expression;
  readonly span: Span;
}

export interface SwitchCase {
  /** Absent: `default`. */
  readonly test?: Expression;
  readonly body: readonly Statement[];
  readonly span: Span;
}

export type Pattern =
  | { readonly kind: "Name"; readonly name: string; readonly default?: Expression; readonly span: Span }
  | {
      readonly kind: "ObjectPattern";
      readonly properties: readonly { readonly key: string; readonly value: Pattern; readonly span: Span }[];
      readonly rest?: { readonly name: string; readonly span: Span };
      readonly default?: Expression;
      readonly span: Span;
    }
  /** `null` is a hole. */
  | {
      readonly kind: "ArrayPattern";
      readonly elements: readonly (Pattern | null)[];
      readonly rest?: Pattern;
      readonly default?: Expression;
      readonly span: Span;
    };

export interface FunctionExpression {
  readonly kind: "Function";
  /** The declared name, or the variable's that it is the value of. */
  readonly name?: string;
  readonly async: boolean;
  readonly params: readonly Pattern[];
  readonly rest?: Pattern;
  /** Statements, or the expression of a short arrow. */
  readonly body: readonly Statement[] | Expression;
  readonly span: Span;
}

export type BinaryOperator = "===" | "!==" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%" | "**" | "in";
export type AssignmentOperator = "=" | "+=" | "-=" | "*=" | "/=" | "%=" | "??=" | "&&=" | "||=";

export type Expression =
  | { readonly kind: "Literal"; readonly value: null | boolean | number | string; readonly span: Span }
  /** `parts` has one more item than `values`. Parts are cooked strings. */
  | {
      readonly kind: "Template";
      readonly parts: readonly string[];
      readonly values: readonly Expression[];
      readonly span: Span;
    }
  /** Also `undefined`. */
  | { readonly kind: "Identifier"; readonly name: string; readonly span: Span }
  | { readonly kind: "Array"; readonly elements: readonly (Expression | Spread)[]; readonly span: Span }
  | { readonly kind: "Object"; readonly properties: readonly ObjectProperty[]; readonly span: Span }
  | FunctionExpression
  | CallExpression
  | {
      readonly kind: "New";
      readonly callee: Expression;
      readonly args: readonly (Expression | Spread)[];
      readonly span: Span;
    }
  /**
   * `a?.b.c` is `Member(Member(a, b, optional), c)`: where `a` is absent the whole chain of nested `Member`, `Index` and `Call` is, not its first
   * link alone. A chain that parentheses cut short is refused when reading.
   */
  | {
      readonly kind: "Member";
      readonly object: Expression;
      readonly property: string;
      readonly optional: boolean;
      readonly span: Span;
      readonly propertySpan: Span;
    }
  | {
      readonly kind: "Index";
      readonly object: Expression;
      readonly index: Expression;
      readonly optional: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "Unary";
      readonly operator: "!" | "-" | "+" | "typeof";
      readonly operand: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "Update";
      readonly operator: "++" | "--";
      readonly prefix: boolean;
      readonly target: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "Binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  /** `x == null` and `x != null`, the one accepted use of loose equality. */
  | { readonly kind: "IsNullish"; readonly negated: boolean; readonly operand: Expression; readonly span: Span }
  | {
      readonly kind: "Logical";
      readonly operator: "&&" | "||" | "??";
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "Conditional";
      readonly test: Expression;
      readonly then: Expression;
      readonly else: Expression;
      readonly span: Span;
    }
  | { readonly kind: "Await"; readonly operand: Expression; readonly span: Span }
  /** `target` is a pattern when it destructures, else an `Identifier`, a `Member` or an `Index`. */
  | {
      readonly kind: "Assign";
      readonly operator: AssignmentOperator;
      readonly target: Pattern | Expression;
      readonly value: Expression;
      readonly span: Span;
    }
  /** A construct that reading has refused with a diagnostic; whoever meets it gives up in silence. */
  | { readonly kind: "Refused"; readonly span: Span };

export interface Spread {
  readonly kind: "Spread";
  readonly value: Expression;
  readonly span: Span;
}

export type ObjectProperty =
  | { readonly kind: "Property"; readonly key: string; readonly keySpan: Span; readonly value: Expression }
  | { readonly kind: "ComputedProperty"; readonly key: Expression; readonly value: Expression }
  | Spread;

export interface CallExpression {
  readonly kind: "Call";
  readonly callee: Expression;
  readonly args: readonly (Expression | Spread)[];
  readonly optional: boolean;
  /** Present on calls of the SDK's `shared`, `isolated` and `pipeline`: what their type arguments say. */
  readonly declared?: DeclaredTypes;
  readonly span: Span;
}

export type DeclaredTypes =
  | { readonly kind: "step"; readonly inputs: Readonly<Record<string, Field>>; readonly output: Type }
  /** Parameters in declaration order, docs from JSDoc (`@default` is not read: the default is the one of the destructuring). */
  | { readonly kind: "pipeline"; readonly params: readonly DeclaredParam[]; readonly doc?: string };

export interface DeclaredParam {
  readonly name: string;
  readonly type: Type;
  readonly optional: boolean;
  readonly doc?: string;
  readonly span: Span;
}

/** The modules of one project, reading's result. */
export interface Program {
  /** In dependency order: a module after those that it imports. */
  readonly modules: readonly Module[];
  /** Files that were asked for as pipelines. */
  readonly entries: readonly string[];
}
