/** What the conversion of types shares over a whole program. */
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import type { Type } from "../../ir/types.ts";
import type { TS } from "../typescript.ts";

export interface TypeContext {
  readonly checker: TS.TypeChecker;
  readonly diagnostics: Diagnostic[];
  /** The members of the SDK's `Json` and `undefined` for a program without the SDK. */
  readonly jsonMembers: readonly TS.Type[];
  /** Each type is converted, and complained about, once. */
  readonly cache: Map<TS.Type, Type>;
  /** What is being converted: meeting it again inside itself is recursion. */
  readonly open: Set<TS.Type>;
  /** A span of the project, if the node is the project's. */
  readonly spanOf: (node: TS.Node) => Span | undefined;
}

/** Where in a declaration a type stands, for messages and for underlining. */
export interface Place {
  /** ``input `day` ``, ``output `parts[].rows` `` */
  readonly where: string;
  readonly span: Span;
  /** Of a pipeline's parameters: no artifacts. */
  readonly param: boolean;
}
