/** The pipelines that every tool is given: the same tasks and the same edges, only the words differ. */
export type ShapeName = "chain" | "map-reduce";

export interface ShapeTask {
  /** An identifier in TypeScript and Python, and with `_` for `-` a task's name everywhere. */
  readonly name: string;
  /** `first` has no input, `work` the value of one task, `join` the list of several. */
  readonly kind: "first" | "work" | "join";
  readonly after: readonly string[];
}

const WIDTH = 8;

/** Exactly `size` tasks, in an order in which every task follows those that it reads. */
export function shapeOf(name: ShapeName, size: number): readonly ShapeTask[] {
  const tasks: ShapeTask[] = [{ name: "t0", kind: "first", after: [] }];
  let last = "t0";
  while (tasks.length < size) {
    const left = size - tasks.length;
    if (name === "chain" || left < 3) {
      const task = { name: `t${tasks.length}`, kind: "work", after: [last] } as const;
      tasks.push(task);
      last = task.name;
      continue;
    }
    const parts: ShapeTask[] = [];
    for (let part = 0; part < Math.min(WIDTH, left - 1); part++) {
      parts.push({ name: `t${tasks.length + part}`, kind: "work", after: [last] });
    }
    tasks.push(...parts);
    last = `t${tasks.length}`;
    tasks.push({ name: last, kind: "join", after: parts.map((task) => task.name) });
  }
  return tasks;
}

/** Tasks that run side by side in one piece: a task alone, or all that follow the same one. */
export function stagesOf(tasks: readonly ShapeTask[]): readonly (readonly ShapeTask[])[] {
  const stages: ShapeTask[][] = [];
  for (const task of tasks) {
    const stage = stages.at(-1);
    const sibling = stage?.[0];
    if (sibling?.kind === "work" && task.kind === "work" && sibling.after[0] === task.after[0]) stage?.push(task);
    else stages.push([task]);
  }
  return stages;
}
