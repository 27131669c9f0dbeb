/** TR5xxx. See ../catalog.ts for the shape of an entry. */
export const airflow = {
  TR5001: {
    severity: "error",
    title: "An isolated step without a Kubernetes engine",
    message: (p: { task: string }): string =>
      `"${p.task}" runs in a container, and this pipeline is compiled for Airflow alone`,
    help: (): string => "compile with `--target airflow,argo`, or declare the step with `shared`",
  },
  TR5002: {
    severity: "error",
    title: "An option that Airflow cannot honour",
    message: (p: { step: string; option: string; reason: string; instead: string }): string =>
      `Airflow cannot honour \`${p.option}\` of step "${p.step}": ${p.reason}`,
    help: (p: { instead: string }): string => p.instead,
  },
  TR5003: {
    severity: "error",
    title: "A loop in a loop, of shared steps",
    message: (p: { loop: string; because: string }): string =>
      `Airflow cannot map inside of a mapped body, so the loop "${p.loop}" cannot stand in another loop; it is no region of its own, because ${p.because}`,
    help: (): string =>
      "flatten the two lists in a step and loop once, loop over known values, or make all steps of the inner loop isolated and compile with `--target airflow,argo`",
  },
  TR5004: {
    severity: "error",
    title: "A sequential loop of shared steps",
    message: (p: { loop: string; because: string }): string =>
      `Airflow has no loop that runs its items one after another; "${p.loop}" is no region of its own, because ${p.because}`,
    help: (): string =>
      "loop over known values (unrolled at compile time), use `Promise.all` where order does not matter, or make all steps of the loop isolated and compile with `--target airflow,argo`",
  },
  TR5006: {
    severity: "error",
    title: "A tag that is too long",
    message: (p: { tag: string; limit: number }): string =>
      `Airflow refuses tags of more than ${p.limit} characters; this one has ${p.tag.length}`,
  },
  TR5007: {
    severity: "error",
    title: "Labels without a workflow",
    message: (): string => "`labels` are put on Kubernetes workflows, and nothing of this pipeline runs on Kubernetes",
    help: (): string => "use `tags`, or leave the option out",
  },
  TR5008: {
    severity: "error",
    title: "A concurrency limit over several steps",
    message: (p: { loop: string; concurrency: number; tasks: string }): string =>
      `Airflow limits each task of a mapped body by itself and does not count one that waits for a workflow, so "${p.loop}" (with ${p.tasks}) could have more than ${p.concurrency} items in progress`,
    help: (): string =>
      "do the item's work in one shared step, make all of its steps isolated, or leave `concurrency` out and give the steps a `pool`",
  },
  TR5009: {
    severity: "error",
    title: "A NUL where Airflow stores text",
    message: (p: { what: string }): string =>
      `${p.what} holds a NUL character, and Airflow's database cannot store one`,
    help: (): string => "leave the character out, or give the text to a step as a constant",
  },
  TR5010: {
    severity: "error",
    title: "A pipeline option that Airflow cannot honour",
    message: (p: { option: string; reason: string; instead: string }): string =>
      `Airflow cannot honour \`${p.option}\`: ${p.reason}`,
    help: (p: { instead: string }): string => p.instead,
  },
  TR5011: {
    severity: "error",
    title: "More items than Airflow maps",
    message: (p: { loop: string; count: number; limit: number }): string =>
      `"${p.loop}" has ${p.count} items, and a loop on Airflow takes at most ${p.limit} ([core] max_map_length)`,
    help: (): string => "let each item be a part of the list, and loop over the parts' items in the step",
  },
  TR5012: {
    severity: "warning",
    title: "A DAG file that slows its tasks",
    message: (p: { tasks: number; milliseconds: number }): string =>
      `the DAG has ${p.tasks} tasks, and Airflow reads its whole file before each of them: about ${p.milliseconds} ms of processor time every time`,
    help: (): string => "run equal steps as a loop (`each`), or cut the pipeline in two",
  },
} as const;
