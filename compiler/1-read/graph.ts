/** Who imports whom. Loops are written out instead of recursing: a chain of 2,000 modules is allowed. */
import type { Span } from "../diagnostics/diagnostic.ts";

/** File to the files that it needs at run time, and where it says so. Files that could not be read have no key. */
export type Graph = Map<string, ReadonlyMap<string, Span>>;

/** Every file after those that it needs; as close to the order of first mention as that allows. */
export function inDependencyOrder(graph: Graph): readonly string[] {
  const done = new Set<string>();
  const entered = new Set<string>();
  for (const root of graph.keys()) {
    const stack = [root];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const file = top;
      const next = entered.has(file) ? undefined : [...(graph.get(file)?.keys() ?? [])].reverse();
      entered.add(file);
      if (next === undefined) {
        stack.pop();
        if (graph.has(file)) done.add(file);
      } else stack.push(...next.filter((need) => !entered.has(need) && graph.has(need)));
    }
  }
  return [...done];
}

/** One cycle for each import that closes one. */
export function findCycles(graph: Graph): readonly { readonly cycle: readonly string[]; readonly span: Span }[] {
  const cycles: { cycle: readonly string[]; span: Span }[] = [];
  const finished = new Set<string>();
  for (const root of graph.keys()) {
    if (finished.has(root)) continue;
    const path: { file: string; needs: Iterator<[string, Span]> }[] = [];
    const enter = (file: string): void => {
      path.push({ file, needs: (graph.get(file) ?? new Map<string, Span>())[Symbol.iterator]() });
    };
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.needs.next();
      if (next.done === true) {
        finished.add(top.file);
        path.pop();
        continue;
      }
      const [need, span] = next.value;
      const at = path.findIndex((item) => item.file === need);
      if (at >= 0) cycles.push({ cycle: [...path.slice(at).map((item) => item.file), need], span });
      else if (!finished.has(need)) enter(need);
    }
  }
  return cycles;
}
