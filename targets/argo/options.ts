/** What Argo does with each option of a step. The entry is the lowering: it writes into the pod's draft, or refuses with what to write instead. */
import { diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import {
  DEFAULT_BACKOFF,
  type SecretReference,
  type StepDefinition,
  type StepOptions,
  type Toleration,
} from "../../compiler/ir/step.ts";
import type { Support } from "../support.ts";
import type { Context } from "./context.ts";
import type { EnvVar, RetryStrategy } from "./objects.ts";
import { checkKey, checkLabels, checkName, checkQuantity, checkTemplateText, envText } from "./text.ts";

/** A pod while its options are applied. */
export interface PodDraft {
  image?: string;
  retry?: RetryStrategy;
  activeDeadlineSeconds?: number;
  timeout?: string;
  serviceAccountName?: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly nodeSelector: Record<string, string>;
  readonly tolerations: Toleration[];
  readonly env: EnvVar[];
  /** Folders of the image, after the runtime's own. */
  readonly pythonPath: string[];
  readonly requests: Record<string, string>;
  readonly limits: Record<string, string>;
  readonly volumes: object[];
  readonly volumeMounts: { name: string; mountPath: string }[];
}

type Lower<T> = (value: T, pod: PodDraft, step: StepDefinition, cx: Context, at: Origin) => void;

/** Where images.ts puts a step's wheels. */
const REQUIREMENTS_FOLDER = "/opt/twinrail/requirements";

/** Exit code of the runtime for a broken contract: another attempt would break it again. */
const CONTRACT_BROKEN = "64";

const airflowOnly = (what: string): Support<never> => ({
  refuse: `Argo has no ${what}`,
  instead: "remove it, or compile with `--target airflow,argo`",
});

type Options = Required<StepOptions>;

export const stepOptions: { readonly [K in keyof Options]: Support<Lower<Options[K]>> } = {
  image: { honour: (_, pod, step, cx, at) => imageOf(pod, step, cx, at) },
  // Checked for the whole pipeline (cluster.ts).
  cluster: { honour: () => undefined },
  retries: { honour: retry },
  // Part of `retries`.
  backoff: { honour: () => undefined },
  // Of one attempt: Kubernetes counts from the start of the pod, so time in the queue is not in it.
  timeout: {
    honour: (seconds, pod) => {
      pod.activeDeadlineSeconds = seconds;
    },
  },
  deadline: {
    emulate: (seconds, pod) => {
      pod.timeout = `${seconds}s`;
      if (pod.retry) pod.retry = { ...pod.retry, backoff: { ...pod.retry.backoff, maxDuration: `${seconds}s` } };
    },
    how: "`timeout` of the pod's node, queue included, and `maxDuration` of the retries; a pod that no machine takes is given up when Argo next looks at the workflow, after 20 minutes at the latest",
  },
  env: {
    honour: (env, pod, step, cx) =>
      addEnv(env, pod, cx, (name) => step.origins[`env.${name}`] ?? step.origins.env ?? step.origin),
  },
  // The layer is in the image; an environment apart from Airflow's is the image's own here.
  requirements: { honour: (_, pod) => void pod.pythonPath.push(REQUIREMENTS_FOLDER) },
  environment: { honour: (_, pod) => void pod.pythonPath.push(REQUIREMENTS_FOLDER) },
  pool: airflowOnly("pools"),
  poolSlots: airflowOnly("pools"),
  queue: airflowOnly("worker queues"),
  priority: airflowOnly("priority weights within a pool"),
  resources: { honour: (resources, pod, step, cx, at) => addResources(resources, pod, step, cx, at) },
  nodeSelector: {
    honour: (selector, pod, step, cx, at) => {
      for (const problem of checkLabels(`nodeSelector of \`${step.id}\``, selector, at)) cx.report(problem);
      Object.assign(pod.nodeSelector, selector);
    },
  },
  tolerations: { honour: (tolerations, pod) => void pod.tolerations.push(...tolerations) },
  serviceAccount: {
    honour: (name, pod, step, cx, at) => {
      for (const problem of checkName(`serviceAccount of \`${step.id}\``, name, at)) cx.report(problem);
      pod.serviceAccountName = name;
    },
  },
  labels: {
    honour: (labels, pod, step, cx, at) => {
      for (const problem of checkLabels(`label of \`${step.id}\``, labels, at)) cx.report(problem);
      Object.assign(pod.labels, labels);
    },
  },
  annotations: {
    honour: (annotations, pod, step, cx, at) => {
      for (const [key, value] of Object.entries(annotations)) {
        for (const problem of checkKey(`annotations of \`${step.id}\``, key, at)) cx.report(problem);
        for (const problem of checkTemplateText(`annotation ${key} of \`${step.id}\``, value, at)) cx.report(problem);
      }
      Object.assign(pod.annotations, annotations);
    },
  },
};

/** Applies every option that is written, in the table's order, so that the order in the source does not show. */
export function applyOptions(step: StepDefinition, pod: PodDraft, cx: Context): void {
  for (const key of Object.keys(stepOptions) as (keyof StepOptions)[]) {
    const value = step.options[key];
    const at = step.origins[key] ?? step.origin;
    if (value === undefined) continue;
    const entry = stepOptions[key] as Support<Lower<unknown>>;
    if ("refuse" in entry) {
      cx.report(diagnostic("TR6001", { step: step.id, option: key, reason: entry.refuse, instead: entry.instead }, at));
    } else {
      const lower = "honour" in entry ? entry.honour : entry.emulate;
      lower(value, pod, step, cx, at);
    }
  }
  // A shared step names no image; its image is the project's.
  if (pod.image === undefined) imageOf(pod, step, cx, step.origin);
}

function imageOf(pod: PodDraft, step: StepDefinition, cx: Context, at: Origin): void {
  const image = cx.images[step.id];
  if (image === undefined) cx.report(diagnostic("TR6007", { step: step.id }, at));
  pod.image = image ?? "";
}

function retry(retries: number, pod: PodDraft, step: StepDefinition, cx: Context): void {
  if (retries === 0) return;
  const { initial, factor, max } = { max: undefined, ...(step.options.backoff ?? DEFAULT_BACKOFF) };
  // Argo 4.0 reads it with strconv.Atoi and ends the workflow in Error otherwise (workflow/controller/operator.go, util/intstr).
  if (!Number.isInteger(factor)) {
    const reason = `Argo takes a whole number for the factor, not ${factor}`;
    const at = step.origins.backoff ?? step.origin;
    cx.report(
      diagnostic(
        "TR6001",
        { step: step.id, option: "backoff", reason, instead: "write `factor: 1` or `factor: 2`" },
        at,
      ),
    );
  }
  pod.retry = {
    limit: String(retries),
    // Errors are lost nodes and deleted pods: another attempt, like a failure.
    retryPolicy: "Always",
    expression: `lastRetry.exitCode != '${CONTRACT_BROKEN}'`,
    backoff: { duration: `${initial}s`, factor: String(factor), ...(max === undefined ? {} : { cap: `${max}s` }) },
  };
}

export function addEnv(
  env: Readonly<Record<string, string | SecretReference>>,
  pod: PodDraft,
  cx: Context,
  at: (name: string) => Origin | undefined,
): void {
  for (const [name, value] of Object.entries(env)) {
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) {
      cx.report(
        diagnostic(
          "TR6013",
          { what: "an environment variable", value: name, rule: "letters, digits, `_`, `-` and `.`" },
          at(name),
        ),
      );
    }
    const earlier = pod.env.findIndex((variable) => variable.name === name);
    if (earlier >= 0) pod.env.splice(earlier, 1);
    if (typeof value === "string") {
      for (const problem of checkTemplateText(`environment variable ${name}`, value, at(name))) cx.report(problem);
      pod.env.push({ name, value: envText(value) });
    } else {
      for (const problem of checkName(`the secret of ${name}`, value.secret, at(name))) cx.report(problem);
      pod.env.push({ name, valueFrom: { secretKeyRef: { name: value.secret, key: value.key } } });
    }
  }
}

/**
 * Memory, GPUs and scratch space are requested and limited alike: what is over them would take it from a neighbour. Of CPU only the request is set: a
 * limit throttles a step on a node that has cores to spare.
 */
function addResources(
  resources: Options["resources"],
  pod: PodDraft,
  step: StepDefinition,
  cx: Context,
  at: Origin,
): void {
  const where = (key: string): Origin => step.origins[`resources.${key}`] ?? at;
  const check = (key: "cpu" | "memory" | "sharedMemory" | "ephemeralStorage"): string | undefined => {
    const quantity = resources[key];
    if (quantity === undefined) return undefined;
    for (const problem of checkQuantity(`resources.${key} of \`${step.id}\``, quantity, where(key))) cx.report(problem);
    return quantity;
  };
  const cpu = check("cpu");
  if (cpu !== undefined) pod.requests.cpu = cpu;
  for (const [key, resource] of [
    ["memory", "memory"],
    ["ephemeralStorage", "ephemeral-storage"],
  ] as const) {
    const quantity = check(key);
    if (quantity !== undefined) requestAndLimit(pod, resource, quantity);
  }
  const shared = check("sharedMemory");
  if (shared !== undefined) {
    // It counts against the memory limit as it fills.
    pod.volumes.push({ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: shared } });
    pod.volumeMounts.push({ name: "shared-memory", mountPath: "/dev/shm" });
  }
  if (resources.gpu !== undefined) addGpu(resources.gpu, pod, step, cx, where("gpu"));
}

function addGpu(
  gpu: { type: string; count: number },
  pod: PodDraft,
  step: StepDefinition,
  cx: Context,
  at: Origin,
): void {
  const offers = cx.cluster.gpus;
  const offer = Object.hasOwn(offers, gpu.type) ? offers[gpu.type] : undefined;
  if (offer === undefined) {
    const offered =
      Object.keys(offers)
        .map((type) => `\`${type}\``)
        .join(", ") || "no GPUs";
    cx.report(diagnostic("TR6006", { step: step.id, type: gpu.type, cluster: cx.clusterName, offered }, at));
    return;
  }
  requestAndLimit(pod, offer.resource, String(gpu.count));
  Object.assign(pod.nodeSelector, offer.nodeSelector);
  pod.tolerations.push(...offer.tolerations);
}

function requestAndLimit(pod: PodDraft, resource: string, quantity: string): void {
  pod.requests[resource] = quantity;
  pod.limits[resource] = quantity;
}
