/** Which tasks must end before the run may: the upstream of `Finish`. */
import type { AirflowTask } from "./model.ts";

/**
 * A teardown waits for its direct upstream only, and a task with two upstream tasks is over as soon as one of them failed, while the other still
 * runs. So `Finish` waits for every task that has no follower of its own: one that waits for nothing else, and for the same item.
 */
export function lastTasks(tasks: readonly AirflowTask[]): string[] {
  return unfollowed(tasks, new Set());
}

/** Operators that wait until their upstream is done, whatever became of it. */
const PATIENT: ReadonlySet<string> = new Set(["Catch", "EndBranch", "EndLoop", "EndTry", "Finally"]);

/**
 * What a task that waits for all of `tasks` has to name: those that no other of them waits for as patiently. (`Finish` names more, for the sake of
 * tasks that somebody cleared alone, after what is behind them had ended.)
 */
export function openTasks(tasks: readonly AirflowTask[]): string[] {
  const inside = tasks.filter(({ scope }) => scope === undefined);
  return unfollowed(
    inside,
    new Set(inside.filter(({ operator }) => PATIENT.has(operator)).flatMap((task) => task.upstream)),
  );
}

function unfollowed(tasks: readonly AirflowTask[], waitedFor: ReadonlySet<string>): string[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const followed = new Set(waitedFor);
  for (const task of tasks) {
    const [only] = task.upstream;
    if (only === undefined || task.upstream.length > 1 || task.scope !== undefined) continue;
    const loop = byId.get(only)?.loop;
    if (loop === undefined || loop === task.loop) followed.add(only);
  }
  return tasks.filter((task) => !followed.has(task.id)).map((task) => task.id);
}
