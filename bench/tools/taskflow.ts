/** The same pipeline in Airflow's own TaskFlow style: what the generated DAG file's parse time is compared with. */
import type { ShapeTask } from "../shapes.ts";

export function taskFlowSource(tasks: readonly ShapeTask[]): string {
  const calls = tasks.map(({ name, kind, after }) => {
    const inputs = kind === "join" ? `[${after.join(", ")}]` : after.join(", ");
    return `    ${name} = ${kind}.override(task_id="${name}")(${inputs})\n`;
  });
  return `from airflow.sdk import dag, task


@task
def first() -> int:
    return 1


@task
def work(x: int) -> int:
    return x + 1


@task
def join(parts: list) -> int:
    return sum(parts)


@dag(dag_id="bench", schedule=None)
def bench():
${calls.join("")}

bench()
`;
}
