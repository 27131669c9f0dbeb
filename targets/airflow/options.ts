/** Step and pipeline options: what Airflow does with each. An option that is not honoured is refused where it was written. */
import type { Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { StepDefinition, StepOptions } from "../../compiler/ir/step.ts";
import { DEFAULT_BACKOFF } from "../../compiler/ir/step.ts";
import type { PipelineOptions } from "../../compiler/ir/types.ts";
import { type Support, supported } from "../support.ts";
import type { Lowering } from "./context.ts";
import type { Argument } from "./model.ts";
import { pythonString } from "./python-literal.ts";
import { checkStorable } from "./storable.ts";

/** `Exclude` so that the tables below do not inherit the options' `?`. */
type StepOption = Exclude<keyof StepOptions, never>;
type LowerOption<K extends StepOption> = (value: NonNullable<StepOptions[K]>, context: Lowering) => readonly Argument[];
type StepTable = { readonly [K in StepOption]: Support<LowerOption<K>> };

const onKubernetes = (what: string): { refuse: string; instead: string } => ({
  refuse: `${what}, and a shared step runs inside Airflow's own worker`,
  instead: "declare the step with `isolated`, or leave the option out",
});

/** Of shared steps. The options of an isolated step belong to the target that runs its region. */
export const stepOptions: StepTable = {
  retries: { honour: (count) => (count === 0 ? [] : [["retries", String(count)]]) },
  backoff: {
    emulate: ({ initial, factor, max }) => [
      ...(initial === DEFAULT_BACKOFF.initial ? [] : [["retry_delay", seconds(initial)] as const]),
      ...(factor === DEFAULT_BACKOFF.factor
        ? []
        : [["retry_exponential_backoff", String(factor === 1 ? 0 : factor)] as const]),
      ...(max === undefined ? [] : [["max_retry_delay", seconds(max)] as const]),
    ],
    how: "retry_delay and retry_exponential_backoff; with a factor other than 1 Airflow adds up to as much again, so that tasks do not retry in step",
  },
  timeout: { honour: (value) => [["execution_timeout", seconds(value)]] },
  deadline: {
    refuse: "Airflow times attempts, from when they start; it has no limit that counts the queue and the retries",
    instead: "write `timeout`, the running time of one attempt, or make the step isolated",
  },
  env: { honour: lowerEnv },
  /** Checked against Airflow's own environment while compiling (images/shared-environment.ts): what fits is there. */
  requirements: { honour: () => [] },
  /** A folder in the settings (settings.ts), from which the operator starts another Python. */
  environment: { honour: () => [] },
  pool: { honour: (value) => [["pool", pythonString(value)]] },
  poolSlots: { honour: (value) => [["pool_slots", String(value)]] },
  queue: { honour: (value) => [["queue", pythonString(value)]] },
  priority: { honour: (value) => [["priority_weight", String(value)]] },
  image: onKubernetes("an image is for containers"),
  cluster: onKubernetes("a cluster is where containers run"),
  resources: onKubernetes("resources are requested from Kubernetes"),
  nodeSelector: onKubernetes("node selectors are for Kubernetes"),
  tolerations: onKubernetes("tolerations are for Kubernetes"),
  serviceAccount: onKubernetes("service accounts are for Kubernetes"),
  labels: onKubernetes("labels are put on pods"),
  annotations: onKubernetes("annotations are put on pods"),
};

type PipelineOption = Exclude<keyof PipelineOptions, "origins">;
type LowerPipelineOption<K extends PipelineOption> = (
  value: NonNullable<PipelineOptions[K]>,
  context: Lowering,
) => readonly Argument[];
type PipelineTable = { readonly [K in PipelineOption]: Support<LowerPipelineOption<K>> };

/** Arguments of the DAG. */
export const pipelineOptions: PipelineTable = {
  tags: { honour: lowerTags },
  /** A default argument of the tasks: emit.ts. */
  owner: { honour: () => [] },
  maxActiveRuns: { honour: (count) => [["max_active_runs", String(count)]] },
  deadline: {
    refuse: "what Airflow has for it, `dagrun_timeout`, skips the tasks that stop running workflows and judge the run",
    instead: "write `timeout` at the steps, or compile with `--target argo`",
  },
  /** Of the workflows that the regions are, hence the Kubernetes target's; without a region nothing would carry them. */
  labels: {
    honour: (labels, context) => {
      if (Object.keys(labels).length > 0 && Object.keys(context.input.regions).length === 0) {
        context.report("TR5007", {}, originOf(context, "labels"));
      }
      return [];
    },
  },
};

function lowerTags(tags: readonly string[], context: Lowering): readonly Argument[] {
  for (const tag of tags) {
    if (tag.length > MAX_TAG) context.report("TR5006", { tag, limit: MAX_TAG }, originOf(context, "tags"));
  }
  return tags.length === 0 ? [] : [["tags", `[${tags.map(pythonString).join(", ")}]`]];
}

/** Airflow refuses to load a DAG with a longer tag. */
const MAX_TAG = 100;

/** Arguments of the step's task; refusals go to the context. */
export function lowerStepOptions(step: StepDefinition, context: Lowering): Argument[] {
  const made: Argument[] = [];
  const options = withDefaults(step.options, context);
  for (const key of Object.keys(stepOptions) as StepOption[]) {
    if (options[key] === undefined) continue;
    made.push(...lowerOne(key, options, step, context));
  }
  return made;
}

function lowerOne<K extends StepOption>(
  key: K,
  options: StepOptions,
  step: StepDefinition,
  context: Lowering,
): readonly Argument[] {
  const entry: Support<LowerOption<K>> = stepOptions[key];
  const lower = supported(entry);
  const value = options[key];
  if (lower && value !== undefined) return lower(value as NonNullable<StepOptions[K]>, context);
  if ("refuse" in entry) {
    context.report(
      "TR5002",
      { step: step.id, option: key, reason: entry.refuse, instead: entry.instead },
      step.origins[key] ?? step.origin,
    );
  }
  return [];
}

function withDefaults(options: StepOptions, { input }: Lowering): StepOptions {
  const { pool, queue } = input.project.airflow;
  return { ...(pool === undefined ? {} : { pool }), ...(queue === undefined ? {} : { queue }), ...options };
}

function lowerEnv(env: NonNullable<StepOptions["env"]>, context: Lowering): readonly Argument[] {
  const entries = Object.entries(env).map(([name, value]) => {
    const source =
      typeof value === "string"
        ? pythonString(value)
        : `${context.imports.use("Secret")}(${pythonString(value.secret)}, ${pythonString(value.key)})`;
    return `${pythonString(name)}: ${source}`;
  });
  return entries.length === 0 ? [] : [["env", `{${entries.join(", ")}}`]];
}

export function lowerPipelineOptions(context: Lowering): Argument[] {
  const made: Argument[] = [];
  checkStorable(context);
  for (const key of Object.keys(pipelineOptions) as PipelineOption[]) made.push(...lowerPipelineOption(key, context));
  return made;
}

function lowerPipelineOption<K extends PipelineOption>(key: K, context: Lowering): readonly Argument[] {
  const entry: Support<LowerPipelineOption<K>> = pipelineOptions[key];
  const value = context.input.pipeline.options[key];
  if (value === undefined) return [];
  const lower = supported(entry);
  if (lower) return lower(value as NonNullable<PipelineOptions[K]>, context);
  if ("refuse" in entry)
    context.report("TR5010", { option: key, reason: entry.refuse, instead: entry.instead }, originOf(context, key));
  return [];
}

function originOf(context: Lowering, option: string): Origin {
  const { pipeline } = context.input;
  return pipeline.options.origins[option] ?? pipeline.origin;
}

export function seconds(value: number): string {
  return `timedelta(seconds=${value})`;
}
