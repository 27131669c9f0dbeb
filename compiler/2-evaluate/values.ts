/**
 * What an expression is while compiling. A value is known now, or it is `symbolic`: it exists only when the pipeline runs, and an IR
 * expression says how it is got. Guest objects are Maps, so that `__proto__` and `constructor` are just keys.
 */
import type { FunctionExpression } from "../1-read/syntax.ts";
import type { Origin, Span } from "../diagnostics/diagnostic.ts";
import type { SecretReference, StepDefinition } from "../ir/step.ts";
import type { Expr, Param, Schedule, Type } from "../ir/types.ts";
import type { BlockDraft, NodeDraft } from "./builder.ts";
import type { Thread } from "./evaluation.ts";
import type { Scope } from "./scope.ts";

export type Primitive = null | undefined | boolean | number | string;
export type Value = Primitive | ObjectValue;

export type ObjectValue =
  | ListValue
  | RecordValue
  | FunctionValue
  | BuiltinValue
  | StepValue
  | PipelineValue
  | SymbolicValue
  | PromiseValue
  | LoopValue
  | OpaqueValue
  | LostValue
  | StuckValue;

export interface ListValue {
  readonly kind: "list";
  readonly items: Value[];
  /** Where it was made (`null`: by a module): changing it from an inner run-time block or another fork is refused. */
  readonly owner: Thread | null;
}

export interface RecordValue {
  readonly kind: "record";
  readonly fields: Map<string, Value>;
  readonly owner: Thread | null;
  /** Where each field's value was written, of object literals: refusals of options point there. */
  readonly spans?: ReadonlyMap<string, Span>;
}

export interface FunctionValue {
  readonly kind: "function";
  readonly syntax: FunctionExpression;
  readonly scope: Scope;
}

/** A function or namespace of the dialect's library (`Promise.all`, `items.map`, `Math`). */
export interface BuiltinValue {
  readonly kind: "builtin";
  readonly name: string;
  readonly self?: Value;
}

export interface StepValue {
  readonly kind: "step";
  /** Set by the first variable or property that holds the step. */
  name: string | undefined;
  /** A call is a `try` with an empty handler. */
  readonly allowFailure: boolean;
  readonly declare: (name: string) => StepDefinition;
  readonly span: Span;
}

export interface PipelineValue {
  readonly kind: "pipeline";
  readonly options: RecordValue;
  readonly body: FunctionValue;
  readonly params: readonly Param[];
  readonly doc?: string;
  readonly origin: Origin;
}

export interface SymbolicValue {
  readonly kind: "symbolic";
  readonly expr: Expr;
  readonly type: Type;
  /** Where the run-time value comes from (a call, a parameter): the reason in messages. */
  readonly because: { readonly span: Span; readonly what: string } | undefined;
  /** A parameter whose default the run has applied, so that a pattern's default has nothing to do. */
  readonly defaulted?: boolean;
}

export interface PromiseValue {
  readonly kind: "promise";
  readonly value: Value;
  /** What its awaiting adds to the frontier. */
  readonly ends: ReadonlySet<NodeDraft>;
  /** Every node that was made for it, in order; of the block that it belongs to. */
  readonly made: readonly NodeDraft[];
  /** The async functions behind it, which have run when it is awaited. */
  readonly forks: readonly Thread[];
  /** Its function always throws: nothing after the `await` runs. */
  readonly throws: boolean;
  readonly block: BlockDraft;
  awaited: boolean;
  readonly span: Span;
}

/** `items.map(async ...)` over a run-time list: promises that only `Promise.all` and `Promise.allSettled` can take. */
export interface LoopValue {
  readonly kind: "loop";
  readonly promise: PromiseValue;
  readonly node: NodeDraft & { readonly kind: "forEach" };
}

/** Values of the SDK that are only handed to the SDK. */
export type OpaqueValue =
  | { readonly kind: "schedule"; readonly schedule: Schedule }
  | { readonly kind: "secret"; readonly reference: SecretReference }
  | { readonly kind: "error"; readonly message: Value; readonly span: Span };

/** Of a variable that a `try` has assigned: which value it has depends on where the `try` failed. Reading it is refused. */
export interface LostValue {
  readonly kind: "lost";
  readonly where: "handler" | "finally";
  readonly span: Span;
}

/** An error was reported where this value should have come from; whoever meets it says nothing more. */
export interface StuckValue {
  readonly kind: "stuck";
}

export const STUCK: StuckValue = { kind: "stuck" };

export function isPrimitive(value: Value): value is Primitive {
  return typeof value !== "object" || value === null;
}

export function isObject<K extends ObjectValue["kind"]>(
  value: Value,
  kind: K,
): value is Extract<ObjectValue, { kind: K }> {
  return typeof value === "object" && value !== null && value.kind === kind;
}

export function isStuck(value: Value): value is StuckValue {
  return isObject(value, "stuck");
}

/** A word for messages. */
export function describe(value: Value): string {
  if (value === null) return "null";
  if (typeof value !== "object") return value === undefined ? "undefined" : `a ${typeof value}`;
  switch (value.kind) {
    case "list":
      return "a list";
    case "record":
      return "an object";
    case "function":
    case "builtin":
      return "a function";
    case "step":
      return "a step";
    case "pipeline":
      return "a pipeline";
    case "symbolic":
      return "a run-time value";
    case "promise":
      return "a promise";
    case "loop":
      return "a list of promises";
    case "schedule":
      return "a schedule";
    case "secret":
      return "a secret";
    case "error":
      return "an error";
    case "lost":
    case "stuck":
      return "nothing";
  }
}
