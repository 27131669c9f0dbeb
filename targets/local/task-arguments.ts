/** A task's call as the runtime takes it (runtime/README.md, "A step as a process"): expressions and their slots, so that it evaluates them. */
import { runtimeExpr, slotOf } from "../../compiler/ir/encode.ts";
import { jsonOf, type Value } from "../../compiler/ir/expression.ts";
import type { TaskCall } from "../../compiler/ir/simulate.ts";
import type { SecretReference } from "../../compiler/ir/step.ts";
import type { Block, Expr, ForEach, Json, NodeId, Pipeline, RefSource } from "../../compiler/ir/types.ts";
import { blocksOf, refsOf } from "../../compiler/ir/walk.ts";

export interface TaskArguments {
  readonly spec: Json;
  /** Wire strings by slot. */
  readonly slots: Readonly<Record<string, string>>;
  /** By enclosing loop. */
  readonly indices: Readonly<Record<NodeId, number>>;
  readonly env: Readonly<Record<string, string>>;
}

/** Enclosing loops of every node, outermost first. */
export type Loops = ReadonlyMap<NodeId, readonly ForEach[]>;

export function loopsOf(pipeline: Pipeline): Loops {
  const loops = new Map<NodeId, readonly ForEach[]>();
  const visit = (block: Block, around: readonly ForEach[]): void => {
    for (const node of block.nodes) {
      loops.set(node.id, around);
      for (const inner of blocksOf(node)) visit(inner, node.kind === "forEach" ? [...around, node] : around);
    }
  };
  visit(pipeline.body, []);
  return loops;
}

/** @param encode a slot's value on the wire. */
export function taskArguments(
  call: TaskCall,
  loops: Loops,
  encode: (source: RefSource, value: Value) => string,
): TaskArguments {
  const { node, step } = call;
  const around = loops.get(node.id) ?? [];
  const slots: Record<string, string> = {};
  const items: Record<NodeId, Json> = {};
  const need = (expr: Expr): void => {
    for (const { source } of refsOf(expr)) {
      if (source.from === "item") {
        const loop = around.find(({ id }) => id === source.node);
        if (loop === undefined || Object.hasOwn(items, loop.id)) continue;
        items[loop.id] = runtimeExpr(loop.items);
        need(loop.items);
      } else if (source.from !== "run" && source.from !== "index" && source.from !== "bound") {
        slots[slotOf(source)] ??= encode(source, jsonOf(call.lookup(source)));
      }
    }
  };
  for (const expr of Object.values(node.inputs)) need(expr);

  const entries = Object.entries(step.options.env ?? {});
  const isSecret = (entry: [string, string | SecretReference]): entry is [string, SecretReference] =>
    typeof entry[1] !== "string";
  const secrets = entries.filter(isSecret).map(([name, { secret, key }]) => [name, { secret, key }] as const);
  const plain = entries.filter((entry): entry is [string, string] => !isSecret(entry));
  return {
    spec: {
      node: node.id,
      step: step.id,
      call: `${step.run.file}:${step.run.function}`,
      inputs: mapValues(node.inputs, runtimeExpr),
      inputTypes: asJson(step.inputs),
      output: asJson(step.output),
      items,
      loops: around.map(({ id }) => id),
      secrets: Object.fromEntries(secrets),
    },
    slots,
    indices: Object.fromEntries(around.map(({ id }, depth) => [id, call.indices[depth] ?? 0])),
    env: Object.fromEntries(plain),
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** Types and fields are plain data, but interfaces have no index signature. */
function asJson(value: object): Json {
  return value as unknown as Json;
}
