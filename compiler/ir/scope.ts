/** Names and their values while a pipeline is simulated. */
import { invariant } from "../invariant.ts";
import { slotOf } from "./encode.ts";
import type { Lookup, Value } from "./expression.ts";
import type { RunContext } from "./params.ts";
import type { Place } from "./trace.ts";
import type { Json, NodeId, Pipeline } from "./types.ts";

/** What can be referred to at one place of one run, and where that place is. */
export class Scope {
  readonly indices: readonly number[];
  readonly place: Place;
  readonly #values: Map<string, Value>;
  readonly #parent: Scope | undefined;

  private constructor(
    parent: Scope | undefined,
    indices: readonly number[],
    place: Place,
    values?: Map<string, Value>,
  ) {
    this.#parent = parent;
    this.indices = indices;
    this.place = place;
    this.#values = values ?? new Map();
  }

  static outermost(pipeline: Pipeline, params: Readonly<Record<string, Json>>, run: RunContext): Scope {
    const scope = new Scope(undefined, [], []);
    for (const param of pipeline.params) scope.define(`param:${param.name}`, params[param.name]);
    for (const [field, value] of Object.entries(run)) scope.define(`run:${field}`, value);
    return scope;
  }

  /** The same scope; only the place is the node's own. */
  at(position: number): Scope {
    return new Scope(this.#parent, this.indices, [...this.place, position], this.#values);
  }

  inner(arm: number): Scope {
    return new Scope(this, this.indices, [...this.place, arm]);
  }

  item(loop: NodeId, item: Value, index: number): Scope {
    const scope = new Scope(this, [...this.indices, index], [...this.place, index]);
    scope.define(`item:${loop}`, item);
    scope.define(`index:${loop}`, index);
    return scope;
  }

  isolated(): Scope {
    return new Scope(undefined, this.indices, [...this.place, 0]);
  }

  define(slot: string, value: Value): void {
    this.#values.set(slot, value);
  }

  readonly lookup: Lookup = (source) => {
    const slot = slotOf(source);
    for (let scope: Scope | undefined = this; scope; scope = scope.#parent) {
      if (scope.#values.has(slot)) return scope.#values.get(slot);
    }
    invariant(false, `\`${slot}\` has no value at this place`);
  };
}
