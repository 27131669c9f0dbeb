/** Target `argo` (4.0): a whole pipeline as a WorkflowTemplate (and CronWorkflow), or one region of a split as a Workflow that the bridge submits. */
import type { Project } from "../../compiler/config/project.ts";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { wireText } from "../../compiler/ir/encode.ts";
import type { Pipeline, Region } from "../../compiler/ir/types.ts";
import type { Size, TargetInput, TargetOutput } from "../target.ts";
import { type Cluster, clusterOf, findCluster } from "./cluster.ts";
import { emitYaml } from "./emit.ts";
import { checkEngineName, engineName } from "./names.ts";
import { API_VERSION, type Workflow, type WorkflowSpec } from "./objects.ts";
import { pipelineParameters, RUN_PARAMETER, regionParameters, SCHEDULED_PARAMETER } from "./parameters.ts";
import { applyPipelineOptions, cronWorkflow } from "./schedule.ts";
import { templatesOf } from "./templates.ts";
import { checkLabels } from "./text.ts";

/** Finished workflows and their pods, with their logs, are there for a week. Shorter, and a bridge that was down would find its workflow gone. */
const KEEP_SECONDS = 7 * 24 * 3600;
/** A region whose conductor died ends by itself, after what its steps may take and a week of waiting for machines. */
const REGION_SLACK_SECONDS = 7 * 24 * 3600;

/** `argo/<cluster>/<name>.yaml`, both objects in one file. */
export function emitArgo({ pipeline, project, images }: TargetInput): TargetOutput {
  const { cluster, diagnostics: located } = clusterOf(pipeline, project);
  if (cluster === undefined) return { files: [], diagnostics: located };
  const name = engineName(project.project, pipeline.name);
  const { draft, diagnostics: options } = applyPipelineOptions(pipeline, name);
  const { parameters, diagnostics: params } = pipelineParameters(pipeline.params);
  const {
    entrypoint,
    templates,
    origins,
    size,
    diagnostics: lowered,
  } = templatesOf({
    body: pipeline.body,
    mode: { kind: "pipeline", params: pipeline.params, inputs: {}, steps: pipeline.steps, types: new Map() },
    cluster,
    images,
    run: pipelineRun(pipeline, project),
    outputs: [],
    origin: pipeline.origin,
  });
  const labels = labelsOf(pipeline, cluster, draft.labels);
  const metadata = { name, namespace: cluster.config.namespace, labels };
  const annotations = {
    ...(pipeline.doc === undefined ? {} : { "workflows.argoproj.io/description": pipeline.doc }),
    ...draft.annotations,
  };
  const template: Workflow = {
    apiVersion: API_VERSION,
    kind: "WorkflowTemplate",
    metadata: { ...metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: {
      entrypoint,
      ...specOf(cluster, labels),
      ...(draft.activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds: draft.activeDeadlineSeconds }),
      workflowMetadata: { labels },
      ...(draft.synchronization === undefined ? {} : { synchronization: draft.synchronization }),
      arguments: {
        parameters: [
          ...parameters,
          {
            name: SCHEDULED_PARAMETER,
            description: "Instant for which the run is (ISO 8601); empty: none, the run is for when it starts",
            value: "",
          },
        ],
      },
      templates,
    },
  };
  const cron = pipeline.schedule && cronWorkflow(pipeline.schedule, metadata);
  const diagnostics = [
    ...located,
    ...checkEngineName(name, pipeline),
    ...options,
    ...checkLabelsOf(pipeline, cluster),
    ...params,
    ...(cron?.diagnostics ?? []),
    ...lowered,
  ];
  const comment = `Made by Twinrail from ${pipeline.origin.span.file}: change that file, not this one.`;
  // A CronWorkflow that is there before its template is invalid, and looked at again only after 20 minutes (4.0.5).
  const objects = cron ? [template, cron.cron] : [template];
  const path = `argo/${cluster.name}/${name}.yaml`;
  return {
    files: [emitYaml(path, comment, objects, origins)],
    diagnostics,
    sizes: [{ engine: "argo", of: path, ...size }],
  };
}

export interface RegionInput {
  readonly region: Region;
  readonly pipeline: Pipeline;
  readonly project: Project;
  readonly images: Readonly<Record<string, string>>;
}

/**
 * The workflow of a region, without a name: the bridge gives it one, and a value to each of `spec.arguments.parameters`: `run` (JSON for the runtime's
 * `--run`) and, as wire strings, the region's inputs. The root node's output parameters are the wires of `region.outputs`, named by node.
 */
export function lowerRegion({ region, pipeline, project, images }: RegionInput): {
  workflow: object;
  diagnostics: readonly Diagnostic[];
  sizes?: readonly Size[];
} {
  const { cluster, diagnostics: located } = findCluster(region.cluster, project, region.origin);
  if (cluster === undefined) return { workflow: {}, diagnostics: located };
  const { parameters, diagnostics: params } = regionParameters(region);
  const {
    entrypoint,
    templates,
    size,
    diagnostics: lowered,
  } = templatesOf({
    body: region.block,
    mode: { kind: "region", params: [], inputs: region.inputs, steps: pipeline.steps, types: new Map() },
    cluster,
    images,
    run: `{{workflow.parameters.${RUN_PARAMETER}}}`,
    outputs: region.outputs,
    origin: region.origin,
  });
  const labels = labelsOf(pipeline, cluster, pipeline.options.labels ?? {});
  const workflow: Workflow = {
    apiVersion: API_VERSION,
    kind: "Workflow",
    metadata: { labels: { ...labels, "twinrail.dev/region": region.id } },
    spec: {
      entrypoint,
      ...specOf(cluster, labels),
      activeDeadlineSeconds: REGION_SLACK_SECONDS + longestOf(pipeline),
      arguments: { parameters },
      templates,
    },
  };
  return {
    workflow,
    diagnostics: [...located, ...checkLabelsOf(pipeline, cluster), ...params, ...lowered],
    sizes: [{ engine: "argo", of: `region ${region.id}`, ...size }],
  };
}

function specOf(
  { config }: Cluster,
  labels: Readonly<Record<string, string>>,
): Pick<WorkflowSpec, "serviceAccountName" | "ttlStrategy" | "podMetadata"> {
  return {
    ...(config.serviceAccount === undefined ? {} : { serviceAccountName: config.serviceAccount }),
    ttlStrategy: { secondsAfterCompletion: KEEP_SECONDS },
    podMetadata: { labels },
  };
}

function labelsOf(
  pipeline: Pipeline,
  { config }: Cluster,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return {
    ...config.labels,
    ...own,
    "app.kubernetes.io/managed-by": "twinrail",
    "twinrail.dev/pipeline": pipeline.name,
  };
}

function checkLabelsOf(pipeline: Pipeline, cluster: Cluster): readonly Diagnostic[] {
  const { labels = {}, origins } = pipeline.options;
  return [
    ...checkLabels(`label of cluster ${cluster.name}`, cluster.config.labels),
    ...checkLabels("label", labels, origins.labels ?? pipeline.origin),
  ];
}

/** All attempts of all steps that state how long one may take, one after the other. */
function longestOf(pipeline: Pipeline): number {
  return Object.values(pipeline.steps).reduce(
    (sum, { options }) => sum + (options.timeout ?? 0) * ((options.retries ?? 0) + 1),
    0,
  );
}

/** `--run` of runtime/README.md, with tags where the run is known only when it starts. The key is the workflow's uid: it is never used again. */
function pipelineRun(pipeline: Pipeline, project: Project): string {
  const fields = {
    // What two projects under one artifact root call alike stays apart.
    pipeline: wireText(engineName(project.project, pipeline.name)),
    id: '"{{workflow.name}}"',
    key: '"{{workflow.uid}}"',
    scheduled: `"{{workflow.parameters.${SCHEDULED_PARAMETER}}}"`,
    started: '"{{workflow.creationTimestamp.RFC3339}}"',
    timezone: wireText(pipeline.schedule?.timezone ?? "UTC"),
    root: wireText(project.artifactRoot),
  };
  return `{${Object.entries(fields)
    .map(([key, text]) => `"${key}":${text}`)
    .join(",")}}`;
}
