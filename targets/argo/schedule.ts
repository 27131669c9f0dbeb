/** What Argo does with a pipeline's schedule and options: the support tables, and the CronWorkflow. */
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { Pipeline, PipelineOptions, Schedule } from "../../compiler/ir/types.ts";
import type { Support } from "../support.ts";
import { API_VERSION, type CronWorkflow, type Metadata, type WorkflowSpec } from "./objects.ts";
import { SCHEDULED_PARAMETER } from "./parameters.ts";

/** A controller that was down when a run was due starts it when it is back within this time. */
const STARTING_DEADLINE_SECONDS = 3600;
const HISTORY_LIMIT = 10;

export interface CronDraft {
  schedules?: readonly string[];
  timezone?: string;
}

const ONLY_AIRFLOW = "compile with `--target airflow,argo`, or remove it";

export const scheduleFields: {
  readonly [K in keyof Omit<Required<Schedule>, "origins">]: Support<
    (value: Required<Schedule>[K], cron: CronDraft) => void
  >;
} = {
  cron: {
    honour: (cron, draft) => {
      draft.schedules = [cron];
    },
  },
  timezone: {
    honour: (timezone, draft) => {
      draft.timezone = timezone;
    },
  },
  start: { refuse: "a CronWorkflow has no first date", instead: ONLY_AIRFLOW },
  end: { refuse: "a CronWorkflow has no last date", instead: ONLY_AIRFLOW },
  catchup: { refuse: "a CronWorkflow does not run what was missed", instead: ONLY_AIRFLOW },
};

export interface PipelineDraft {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  activeDeadlineSeconds?: number;
  synchronization?: WorkflowSpec["synchronization"];
}

type PipelineOption<T> = Support<
  (
    value: T,
    draft: PipelineDraft,
    cx: { readonly name: string; readonly report: (problem: Diagnostic) => void; readonly at: Origin },
  ) => void
>;

export const pipelineOptions: {
  readonly [K in keyof Omit<Required<PipelineOptions>, "origins">]: PipelineOption<Required<PipelineOptions>[K]>;
} = {
  tags: {
    honour: (tags, draft) => {
      draft.annotations["twinrail.dev/tags"] = tags.join(", ");
    },
  },
  owner: {
    honour: (owner, draft) => {
      draft.annotations["twinrail.dev/owner"] = owner;
    },
  },
  // From the workflow's start. Nothing runs after it, neither a handler nor `finally`: the run itself is over.
  deadline: {
    honour: (seconds, draft) => {
      draft.activeDeadlineSeconds = seconds;
    },
  },
  labels: { honour: (labels, draft) => void Object.assign(draft.labels, labels) },
  maxActiveRuns: {
    // Runs wait for each other, as they do in Airflow; `concurrencyPolicy: Forbid` would drop the later one.
    honour: (count, draft, { name, report, at }) => {
      if (count === 1) draft.synchronization = { mutexes: [{ name }] };
      else {
        const reason = `Argo lets ${count} runs at once only by a semaphore that somebody keeps in a ConfigMap`;
        report(
          diagnostic("TR6002", { option: "maxActiveRuns", reason, instead: "write 1, or nothing for no limit" }, at),
        );
      }
    },
  },
};

export function applyPipelineOptions(
  pipeline: Pipeline,
  name: string,
): { draft: PipelineDraft; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const draft: PipelineDraft = { labels: {}, annotations: {} };
  for (const key of Object.keys(pipelineOptions) as (keyof typeof pipelineOptions)[]) {
    const value = pipeline.options[key];
    if (value === undefined) continue;
    const entry = pipelineOptions[key] as PipelineOption<unknown>;
    const at = pipeline.options.origins[key] ?? pipeline.origin;
    if ("refuse" in entry)
      diagnostics.push(diagnostic("TR6002", { option: key, reason: entry.refuse, instead: entry.instead }, at));
    else
      ("honour" in entry ? entry.honour : entry.emulate)(value, draft, {
        name,
        report: (problem) => diagnostics.push(problem),
        at,
      });
  }
  return { draft, diagnostics };
}

export function cronWorkflow(
  schedule: Schedule,
  metadata: Metadata & { readonly name: string },
): { cron: CronWorkflow; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const draft: CronDraft = {};
  for (const key of Object.keys(scheduleFields) as (keyof typeof scheduleFields)[]) {
    const value = schedule[key];
    // `catchup: false` asks for nothing.
    if (value === undefined || value === false) continue;
    const entry = scheduleFields[key] as Support<(value: unknown, cron: CronDraft) => void>;
    const at =
      (key === "start" || key === "end" || key === "catchup" ? schedule.origins[key] : undefined) ??
      schedule.origins.schedule;
    if ("refuse" in entry)
      diagnostics.push(diagnostic("TR6002", { option: key, reason: entry.refuse, instead: entry.instead }, at));
    else ("honour" in entry ? entry.honour : entry.emulate)(value, draft);
  }
  const cron: CronWorkflow = {
    apiVersion: API_VERSION,
    kind: "CronWorkflow",
    // `kubectl apply` goes by the order in the file, Argo CD by kind unless told otherwise.
    metadata: { ...metadata, annotations: { "argocd.argoproj.io/sync-wave": "1" } },
    spec: {
      ...draft,
      // Two runs at once are the pipeline's business: `maxActiveRuns`.
      concurrencyPolicy: "Allow",
      startingDeadlineSeconds: STARTING_DEADLINE_SECONDS,
      successfulJobsHistoryLimit: HISTORY_LIMIT,
      failedJobsHistoryLimit: HISTORY_LIMIT,
      workflowSpec: {
        workflowTemplateRef: { name: metadata.name },
        arguments: { parameters: [{ name: SCHEDULED_PARAMETER, value: "{{workflow.scheduledTime}}" }] },
      },
    },
  };
  return { cron, diagnostics };
}
