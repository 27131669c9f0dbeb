/** How templates call each other: what a template needs, and under which names it gives what others read. */
import { invariant } from "../../../compiler/invariant.ts";
import type { Block, NodeId } from "../../../compiler/ir/types.ts";
import type { Context } from "../context.ts";
import { indexName, type Value, valueName } from "../names.ts";
import { memberOf } from "../places.ts";

/** An input of a template. */
export type Need =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "index"; readonly loop: NodeId };

/** A template that a DAG task can name. */
export interface Callable {
  readonly template: string;
  readonly needs: ReadonlyMap<string, Need>;
  /** Name of its output parameter for a value that is made inside. */
  readonly outputName: (value: Value) => string;
}

/** The node in its block's DAG. */
export interface Lowered {
  readonly callable: Callable;
  /** Text of `withSequence.count`. */
  readonly count?: (read: (value: Value) => string) => string;
  /** The loop whose index is `{{item}}` here. */
  readonly loop?: NodeId;
  /** What the DAG task itself reads, beside the template's needs. */
  readonly reads: ReadonlyMap<string, Need>;
  /** A loop over nothing is Skipped, and that is a success. */
  readonly maySkip: boolean;
}

export function needsOf(values: Iterable<Value>, loops: Iterable<NodeId>): Map<string, Need> {
  const needs = new Map<string, Need>();
  for (const value of values) needs.set(valueName(value), { kind: "value", value });
  for (const loop of loops) needs.set(indexName(loop), { kind: "index", loop });
  return needs;
}

/** The output of a sibling, as `tasks.train.outputs.parameters.auc`; `undefined` when the value comes from outside of the block. */
export function siblingOutput(
  value: Value,
  block: Block,
  lowered: ReadonlyMap<NodeId, Lowered>,
  cx: Context,
): { readonly task: NodeId; readonly output: string } | undefined {
  const member = memberOf(block, cx.plan.places, value.node);
  if (member === undefined) return undefined;
  const callable = lowered.get(member.id)?.callable;
  invariant(callable, `${member.id} is read before it is lowered`);
  return { task: member.id, output: callable.outputName(value) };
}
