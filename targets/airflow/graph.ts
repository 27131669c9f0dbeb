/** Which tasks must end before the run may: the upstream of `Finish`. */
import type { AirflowTask } from "./model.ts";

/**
 * A teardown waits for its direct upstream only, and a task with two upstream tasks is over as soon as one of them failed, while the other still
 * runs. So `Finish` waits for every task that has no follower of its own: one that waits for nothing else, and for the same item.
 */
export function lastTasks(tasks: readonly AirflowTask[]): string[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const followed = new Set<string>();
  for (const task of tasks) {
    const [only] = task.upstream;
    if (only === undefined || task.upstream.length > 1 || task.scope !== undefined) continue;
    const loop = byId.get(only)?.loop;
    if (loop === undefined || loop === task.loop) followed.add(only);
  }
  return tasks.filter((task) => !followed.has(task.id)).map((task) => task.id);
}
