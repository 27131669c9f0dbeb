/**
 * Run between passes: does the pipeline keep the promises of types.ts? A violation is a bug of the pass that was last, never of the user, so it
 * is thrown.
 */
import { assertNever, invariant } from "../invariant.ts";
import { isBoolean, isError, isKey, isListType, isString, typeOf } from "./type-of.ts";
import type { Block, Expr, Node, NodeId, Pipeline, Region, Task } from "./types.ts";
import { type Check, checkExpr } from "./validate-expr.ts";
import { blocksOf, exprsOf, nodesOf } from "./walk.ts";

/** @throws naming the pass and the node. */
export function validate(pipeline: Pipeline, pass: string): void {
  const check: Check = (condition, message) =>
    invariant(condition, `after ${pass}, pipeline \`${pipeline.name}\`: ${message}`);
  new Validator(pipeline, check).run();
}

/** What is certain to have a value at one place: slots as `slotOf` names them. */
type Visible = Pick<ReadonlySet<string>, "has">;

function also(outside: Visible, ...slots: readonly string[]): Visible {
  const more = new Set(slots);
  return { has: (slot) => more.has(slot) || outside.has(slot) };
}

class Validator {
  readonly #pipeline: Pipeline;
  readonly #check: Check;

  constructor(pipeline: Pipeline, check: Check) {
    this.#pipeline = pipeline;
    this.#check = check;
  }

  run(): void {
    this.#names();
    this.#params();
    const visible = new Set(["run:id", "run:logicalDate", "run:day"]);
    for (const param of this.#pipeline.params) visible.add(`param:${param.name}`);
    this.#block(this.#pipeline.body, visible);
  }

  #names(): void {
    const ids = new Set<NodeId>();
    const called = new Set<string>();
    const nodes = [...nodesOf(this.#pipeline.body)];
    // A region around a single node goes by that node's name: engines then show one, and the region's block is a scope of its own.
    const namesakes = new Set(
      nodes.flatMap((node) => {
        const [only, ...others] = node.kind === "region" ? node.block.nodes : [];
        return only?.id === node.id && others.length === 0 ? [only] : [];
      }),
    );
    for (const node of nodes) {
      this.#check(/^[a-z][a-z0-9-]{0,99}$/.test(node.id), `the id \`${node.id}\` is not lower-kebab`);
      this.#check(namesakes.has(node) || !ids.has(node.id), `two nodes are \`${node.id}\``);
      ids.add(node.id);
      if (node.kind === "task") called.add(node.step);
    }
    for (const [id, step] of Object.entries(this.#pipeline.steps)) {
      this.#check(step.id === id, `the step \`${step.id}\` is kept as \`${id}\``);
      this.#check(called.has(id), `no task calls the step \`${id}\``);
    }
  }

  #params(): void {
    const names = new Set<string>();
    for (const param of this.#pipeline.params) {
      this.#check(!names.has(param.name), `two parameters are \`${param.name}\``);
      names.add(param.name);
      const ofRun =
        param.default?.kind === "ref" && param.default.source.from === "run" && param.default.path.length === 0;
      const known = param.default === undefined || param.default.kind === "literal" || ofRun;
      this.#check(known, `the default of parameter \`${param.name}\` is neither a literal nor of the run`);
    }
  }

  #block(block: Block, outside: Visible): void {
    const order = new BlockOrder(block);
    for (const [position, node] of block.nodes.entries()) {
      this.#after(node, position, order);
      // Everything that has succeeded when a node starts: what it waits for, and what that waited for.
      this.#node(node, { has: (slot) => order.isBefore(slot, node) || outside.has(slot) });
    }
    this.#expr(block.result, also(outside, ...block.nodes.map((node) => `output:${node.id}`)), "a block's result");
  }

  #after(node: Node, position: number, order: BlockOrder): void {
    let last = -1;
    for (const id of node.after) {
      const at = order.positions.get(id);
      this.#check(
        at !== undefined && at < position,
        `\`${node.id}\` is after \`${id}\`, which is not an earlier sibling`,
      );
      this.#check(at > last, `\`after\` of \`${node.id}\` is not in the order of the block`);
      last = at;
    }
    const implied = order.implied(node);
    this.#check(implied === undefined, `\`${node.id}\` is after \`${implied}\`, which another one implies`);
  }

  #node(node: Node, visible: Visible): void {
    for (const expr of exprsOf(node)) this.#expr(expr, visible, `\`${node.id}\``);
    switch (node.kind) {
      case "task":
        this.#task(node);
        return;
      case "branch":
        this.#check(isBoolean(typeOf(node.condition)), `the condition of \`${node.id}\` is not boolean`);
        for (const block of blocksOf(node)) this.#block(block, visible);
        return;
      case "forEach":
        this.#check(isListType(typeOf(node.items)), `the items of \`${node.id}\` are not a list`);
        this.#check(node.concurrency === undefined || node.concurrency >= 1, `\`${node.id}\` has no room for an item`);
        this.#check(!node.settle || node.mode === "parallel", `\`${node.id}\` is sequential and settles`);
        if (node.key) {
          this.#expr(node.key, also(visible, `item:${node.id}`), `the key of \`${node.id}\``);
          this.#check(isKey(typeOf(node.key)), `the key of \`${node.id}\` is neither string nor number`);
        }
        this.#block(node.body, also(visible, `item:${node.id}`, `index:${node.id}`));
        return;
      case "try":
        this.#check(node.handler || node.finally, `\`${node.id}\` has neither handler nor finally`);
        this.#block(node.body, visible);
        // What the body made may not exist: only a block's result leaves it.
        if (node.handler) this.#block(node.handler, also(visible, `error:${node.id}`));
        if (node.finally) this.#block(node.finally, visible);
        return;
      case "fail":
        this.#check(isString(typeOf(node.message)), `the message of \`${node.id}\` is not a string`);
        this.#check(!node.error || isError(node.error.type), `\`${node.id}\` fails again with what is no error`);
        return;
      case "region":
        this.#region(node);
        return;
      default:
        assertNever(node);
    }
  }

  #task(node: Task): void {
    const step = this.#pipeline.steps[node.step];
    this.#check(step !== undefined, `\`${node.id}\` calls the step \`${node.step}\`, which is not there`);
    for (const name of Object.keys(node.inputs)) {
      this.#check(
        Object.hasOwn(step.inputs, name),
        `\`${node.id}\` gives \`${name}\`, which \`${step.id}\` does not take`,
      );
    }
    for (const [name, field] of Object.entries(step.inputs)) {
      const given = field.optional || Object.hasOwn(node.inputs, name);
      this.#check(given, `\`${node.id}\` does not give \`${name}\`, which \`${step.id}\` needs`);
    }
  }

  #region(node: Region): void {
    for (const inner of nodesOf(node.block))
      this.#check(inner.kind !== "region", `\`${inner.id}\` is a region in a region`);
    const members = new Set(node.block.nodes.map((inner) => inner.id));
    for (const id of node.outputs) {
      this.#check(members.has(id), `\`${node.id}\` hands out \`${id}\`, which is not in it`);
    }
    this.#block(node.block, new Set(Object.keys(node.inputs).map((name) => `input:${name}`)));
  }

  #expr(expr: Expr, visible: Visible, where: string): void {
    checkExpr(expr, visible, (condition, message) => this.#check(condition, `${where}: ${message}`));
  }
}

/** Which siblings come before which, asked without ever writing the whole relation down. */
class BlockOrder {
  readonly positions: ReadonlyMap<NodeId, number>;
  readonly #nodes: readonly Node[];
  /** Length of the longest chain of `after` up to the node: whoever comes before it has a smaller one. */
  readonly #depths: number[] = [];

  constructor({ nodes }: Block) {
    this.#nodes = nodes;
    this.positions = new Map(nodes.map((node, position) => [node.id, position]));
    for (const node of nodes) {
      const before = node.after.map((id) => this.#depths[this.positions.get(id) ?? -1] ?? 0);
      this.#depths.push(before.reduce((most, depth) => Math.max(most, depth + 1), 0));
    }
  }

  /** Whether `slot` is the output of a sibling that has succeeded when `node` starts. */
  isBefore(slot: string, node: Node): boolean {
    const at = slot.startsWith("output:") ? this.positions.get(slot.slice("output:".length)) : undefined;
    if (at === undefined) return false;
    for (const found of this.#ancestors(node.after, this.#depths[at] ?? 0)) if (found === at) return true;
    return false;
  }

  /** A member of `after` that another member comes after already. */
  implied({ after }: Node): NodeId | undefined {
    if (after.length < 2) return undefined;
    const members = after.map((id) => this.positions.get(id) ?? -1);
    const lowest = members.reduce((least, at) => Math.min(least, this.#depths[at] ?? 0), Number.POSITIVE_INFINITY);
    const wanted = new Set(members);
    const above = new Set(members.flatMap((at) => this.#nodes[at]?.after ?? []));
    for (const found of this.#ancestors([...above], lowest)) if (wanted.has(found)) return this.#nodes[found]?.id;
    return undefined;
  }

  /** Positions of `ids` and of all before them, as far up as chains of the length `lowest`. */
  *#ancestors(ids: readonly NodeId[], lowest: number): Generator<number> {
    const seen = new Set<number>();
    const waiting = ids.map((id) => this.positions.get(id) ?? -1);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (seen.has(at) || (this.#depths[at] ?? -1) < lowest) continue;
      seen.add(at);
      yield at;
      for (const id of this.#nodes[at]?.after ?? []) waiting.push(this.positions.get(id) ?? -1);
    }
  }
}
