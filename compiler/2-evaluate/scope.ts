/** Variables. A cell remembers where it was declared: a write from an inner run-time block is joined, from a fork or a run-time loop refused. */
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Thread } from "./evaluation.ts";
import type { Value } from "./values.ts";

export interface Cell {
  readonly name: string;
  readonly mutable: boolean;
  /** `null`: declared by a module. */
  readonly owner: Thread | null;
  readonly span: Span;
  value: Value;
  /** False before the declaration was evaluated. */
  ready: boolean;
}

export interface Scope {
  readonly parent: Scope | undefined;
  readonly cells: Map<string, Cell>;
}

export function childScope(parent: Scope | undefined): Scope {
  return { parent, cells: new Map() };
}

export function lookup(scope: Scope, name: string): Cell | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const cell = at.cells.get(name);
    if (cell !== undefined) return cell;
  }
  return undefined;
}
