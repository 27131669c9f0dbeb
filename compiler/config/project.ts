/** twinrail.json as a typed value. Unknown keys are errors. Every name that an engine will see comes from here or from the pipeline. */
import type { Toleration } from "../ir/step.ts";

export interface Project {
  /** Prefix of every engine-wide name: the DAG `acme` + `churn` is `acme-churn`. Absent: no prefix. */
  readonly project?: string;
  /** Globs of pipeline files. Default `["**\/*.pipeline.ts"]`. */
  readonly pipelines: readonly string[];
  /** Default of `--target`: `["airflow", "argo"]` splits. */
  readonly target: readonly EngineName[];
  /** Where values above 2 KiB and artifacts live: `s3://bucket/prefix` or `file:///folder`. Read by Airflow's workers and by pods alike. */
  readonly artifactRoot: string;
  readonly airflow: AirflowConfig;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  /** Registry and repository prefix for step images, e.g. `registry.acme.com/churn`. Needed when a step is isolated, or by `--target argo`. */
  readonly registry?: string;
  /** The image that shared steps run in when everything goes to Argo (`--target argo`): tag or digest, locked like every image. */
  readonly sharedImage?: string;
  /** What is to be known of images, by reference as written. */
  readonly images?: Readonly<Record<string, ImageConfig>>;
}

export interface ImageConfig {
  /** `3.11`. Default: what the image's own configuration says. */
  readonly python?: string;
}

export type EngineName = "airflow" | "argo" | "kubeflow";

export interface AirflowConfig {
  /** Default pool and queue of shared steps. */
  readonly pool?: string;
  readonly queue?: string;
  /** Version of the workers' Python: `3.12`. */
  readonly python?: string;
  /** Folder of the environments of steps, on every worker. Default `/opt/twinrail/environments`. */
  readonly environments?: string;
}

export interface ClusterConfig {
  /** Airflow connection id of type Kubernetes. */
  readonly connection: string;
  readonly namespace: string;
  readonly serviceAccount?: string;
  /** Added to every container, e.g. S3 endpoint and credentials. */
  readonly env: Readonly<Record<string, string | { readonly secret: string; readonly key: string }>>;
  /** How this cluster offers a GPU type. A step that asks for a type that is not here is refused. */
  readonly gpus: Readonly<Record<string, GpuOffer>>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface GpuOffer {
  /** Extended resource. Default `nvidia.com/gpu`. */
  readonly resource: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
}
