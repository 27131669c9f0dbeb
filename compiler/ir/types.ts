/**
 * The pipeline IR: what a pipeline means, free of TypeScript and of any engine. Every later stage reads it and nothing else.
 *
 * Compound nodes keep the shape of the source (`branch`, `forEach`, `try`), so that a generated manifest looks like the pipeline it came from.
 * Sequencing, `Promise.all` and forks need no node: they are `after`, the siblings a node waits for.
 */
import type { Origin } from "../diagnostics/diagnostic.ts";
import type { StepDefinition } from "./step.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Lower-kebab, `[a-z][a-z0-9-]*`, at most 100 characters, unique in the whole pipeline; the same name on every engine. */
export type NodeId = string;

export interface Pipeline {
  readonly name: string;
  readonly doc?: string;
  readonly params: readonly Param[];
  readonly schedule?: Schedule;
  readonly options: PipelineOptions;
  /** The steps that the body calls, by step id, in order of first call. */
  readonly steps: Readonly<Record<string, StepDefinition>>;
  readonly body: Block;
  readonly origin: Origin;
}

export interface PipelineOptions {
  readonly tags?: readonly string[];
  readonly owner?: string;
  /** How many runs may be active at once (Airflow `max_active_runs`, Argo `concurrencyPolicy: Forbid` for 1). */
  readonly maxActiveRuns?: number;
  /** Seconds that a run may take in all, waiting in queues included. Over it, the run has failed and what still runs is stopped. */
  readonly deadline?: number;
  /** Kubernetes labels of every workflow. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Where each option was written, for refusals. */
  readonly origins: Readonly<Record<string, Origin>>;
}

export interface Param {
  readonly name: string;
  /** Type without `undefined`; `optional` says whether it may be left out. */
  readonly type: Type;
  readonly optional: boolean;
  readonly doc?: string;
  /** A literal, or a `run` reference (`day = run.day`). Absent: a value must be given, or (when `optional`) the parameter is `undefined`. */
  readonly default?: Expr;
  readonly origin: Origin;
}

export interface Schedule {
  /** Five cron fields. */
  readonly cron: string;
  /** IANA name; `UTC` when not given. */
  readonly timezone: string;
  /** `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`, in `timezone`. */
  readonly start?: string;
  readonly end?: string;
  readonly catchup: boolean;
  readonly origins: {
    readonly schedule: Origin;
    readonly start?: Origin;
    readonly end?: Origin;
    readonly catchup?: Origin;
  };
}

export interface Block {
  /** In source order, which is a topological order of `after`. */
  readonly nodes: readonly Node[];
  /** What the block yields. Of a branch's arms: a record of the variables that live on; of a loop's body: the item's value. */
  readonly result: Expr;
}

export type Node = Task | Branch | ForEach | Try | Fail | Region;

interface NodeBase {
  readonly id: NodeId;
  /** Siblings (same block) that must have succeeded. Sorted by position in the block, no transitive duplicates. */
  readonly after: readonly NodeId[];
  readonly origin: Origin;
}

export interface Task extends NodeBase {
  readonly kind: "task";
  /** Key of `Pipeline.steps`. */
  readonly step: string;
  /** One expression an input; an optional input that is not given is not here. */
  readonly inputs: Readonly<Record<string, Expr>>;
}

export interface Branch extends NodeBase {
  readonly kind: "branch";
  /** Of type boolean. */
  readonly condition: Expr;
  readonly then: Block;
  readonly else: Block;
  /** Type of both arms' result, joined (fields of one arm only are optional). */
  readonly type: Type;
}

export interface ForEach extends NodeBase {
  readonly kind: "forEach";
  /** Of type list. */
  readonly items: Expr;
  readonly itemType: Type;
  /** `parallel`: all bodies run whatever fails. `sequential`: in order, stops at the first failure. */
  readonly mode: "parallel" | "sequential";
  readonly concurrency?: number;
  /**
   * A string or number that names an item for people (`each`'s `key`), over `item(<this id>)`. It means nothing to the run: instances are told
   * apart by index everywhere.
   */
  readonly key?: Expr;
  /** `true` is `Promise.allSettled`: the result holds `{status,value}` or `{status,reason}` an item and the loop itself succeeds. */
  readonly settle: boolean;
  readonly body: Block;
  /** Type of `body.result`; the node's own output is a list of it, in item order. */
  readonly type: Type;
}

export interface Try extends NodeBase {
  readonly kind: "try";
  readonly body: Block;
  /** The handler reads the error as `ref error(<this id>)`. */
  readonly handler?: Block;
  readonly finally?: Block;
  readonly type: Type;
}

export interface Fail extends NodeBase {
  readonly kind: "fail";
  /** Of type string. */
  readonly message: Expr;
  /**
   * A rethrow: it fails with this very error (`{ step?, attempt?, message }`), and `message` is that of the error. A reference to an error that a
   * handler caught, perhaps by way of a variable.
   */
  readonly error?: Ref;
}

/** Made by placement: a block that one engine runs as a unit. It has one entry and one exit and stands where its nodes stood. */
export interface Region extends NodeBase {
  readonly kind: "region";
  readonly target: "argo" | "kubeflow";
  /** Key of `clusters` in twinrail.json. */
  readonly cluster: string;
  readonly block: Block;
  /** Evaluated outside, handed over as wire strings; read inside as `ref input(<name>)`. Inside there is no `param` or `run` reference. */
  readonly inputs: Readonly<Record<string, { readonly expr: Expr; readonly type: Type }>>;
  /** The nodes inside (direct members of `block`) whose output is read outside; outside it is `ref output(<region>).<node>`. */
  readonly outputs: readonly NodeId[];
  /** A record of `outputs`. */
  readonly type: Type;
}

// Expressions ---------------------------------------------------------------------------------------------------------------------

export type Expr =
  | { readonly kind: "literal"; readonly value: Json }
  /** JavaScript's `undefined`. */
  | { readonly kind: "absent" }
  | Ref
  | Call
  | { readonly kind: "list"; readonly items: readonly Expr[] }
  | { readonly kind: "record"; readonly fields: Readonly<Record<string, Expr>> }
  | Comprehension;

export interface Ref {
  readonly kind: "ref";
  readonly source: RefSource;
  /** Property names and list indices, applied left to right; a field that may be missing yields absent. */
  readonly path: readonly (string | number)[];
  /** Type of the whole expression (after `path`). */
  readonly type: Type;
}

export type RefSource =
  | { readonly from: "param"; readonly name: string }
  | { readonly from: "output"; readonly node: NodeId }
  /** The current item, or its index, of an enclosing ForEach. */
  | { readonly from: "item" | "index"; readonly node: NodeId }
  /** `{ step, attempt, message }` in a handler of the named Try. */
  | { readonly from: "error"; readonly node: NodeId }
  | { readonly from: "run"; readonly field: "id" | "logicalDate" | "day" }
  /** An input of the enclosing region. */
  | { readonly from: "input"; readonly name: string }
  /** The variable of an enclosing comprehension. */
  | { readonly from: "bound"; readonly name: string };

/**
 * | operator | arguments | meaning (JavaScript's, on the types given) |
 * |---|---|---|
 * | `not` `and` `or` | booleans | `and`/`or` short-circuit |
 * | `eq` `ne` | two scalars (null, absent, boolean, number, string) | `===`, `!==` |
 * | `lt` `le` `gt` `ge` | two numbers | |
 * | `isNullish` | any | `x == null` |
 * | `select` | boolean, a, b | `c ? a : b`, only the chosen arm is evaluated |
 * | `coalesce` | a, b | `a ?? b` |
 * | `template` | any scalars | `String(x)` of each, joined |
 * | `length` | list | |
 * | `concat` | lists | `[...a, ...b]` |
 * | `merge` | records | `{...a, ...b}`; an absent argument adds nothing |
 * | `get` | value, path as literals | property access on a computed value |
 * | `getOptional` | value, path as literals | the same, absent when the value is null or absent (`?.`) |
 */
export type Operator =
  | "not"
  | "and"
  | "or"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "isNullish"
  | "select"
  | "coalesce"
  | "template"
  | "length"
  | "concat"
  | "merge"
  | "get"
  | "getOptional";

export interface Call {
  readonly kind: "call";
  readonly op: Operator;
  readonly args: readonly Expr[];
  readonly type: Type;
}

/** `items.filter((x) => where).map((x) => each)`: values only, no steps. */
export interface Comprehension {
  readonly kind: "comprehension";
  readonly items: Expr;
  /** Name of the bound variable, unique among the enclosing comprehensions. */
  readonly item: string;
  /** Name of the bound index, when the callback reads it. */
  readonly index?: string;
  readonly where?: Expr;
  readonly each: Expr;
  /** Of the whole: a list. */
  readonly type: Type;
}

// Types ---------------------------------------------------------------------------------------------------------------------------

/** Normal form of a declared TypeScript type. Plain JSON: the runtime checks and converts values by the very same object. */
export type Type =
  | { readonly kind: "null" }
  /** `void` or `undefined`: nothing is returned. */
  | { readonly kind: "absent" }
  | { readonly kind: "boolean" }
  | { readonly kind: "number" }
  | { readonly kind: "string" }
  /** A literal union; values in canonical (sorted) order. */
  | { readonly kind: "enum"; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: "list"; readonly items: Type }
  | { readonly kind: "tuple"; readonly items: readonly Type[] }
  | { readonly kind: "record"; readonly fields: Readonly<Record<string, Field>> }
  /** `Record<string, T>` */
  | { readonly kind: "map"; readonly values: Type }
  | { readonly kind: "union"; readonly of: readonly Type[] }
  /** Any JSON value (`Json` of the SDK, or `unknown`). */
  | { readonly kind: "json" }
  | { readonly kind: "artifact"; readonly artifact: "dataset" | "model" | "file" | "directory"; readonly row?: Type };

export interface Field {
  readonly type: Type;
  /** Present and `true` when the field may be missing. */
  readonly optional?: true;
  readonly doc?: string;
}
