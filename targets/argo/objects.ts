/** The part of Argo's and Kubernetes' API that is emitted. Keys are written in the order in which a reader looks for them. */

export interface Workflow {
  readonly apiVersion: "argoproj.io/v1alpha1";
  readonly kind: "Workflow" | "WorkflowTemplate";
  readonly metadata: Metadata;
  readonly spec: WorkflowSpec;
}

export interface CronWorkflow {
  readonly apiVersion: "argoproj.io/v1alpha1";
  readonly kind: "CronWorkflow";
  readonly metadata: Metadata;
  readonly spec: object;
}

export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface WorkflowSpec {
  readonly entrypoint: string;
  readonly serviceAccountName?: string;
  readonly activeDeadlineSeconds?: number;
  readonly ttlStrategy: { readonly secondsAfterCompletion: number };
  readonly workflowMetadata?: Metadata;
  readonly podMetadata: Metadata;
  readonly synchronization?: { readonly mutexes: readonly { readonly name: string }[] };
  readonly arguments: { readonly parameters: readonly WorkflowParameter[] };
  readonly templates: readonly Template[];
}

export interface WorkflowParameter {
  readonly name: string;
  readonly description?: string;
  readonly value?: string;
  readonly enum?: readonly string[];
}

export type Template = PodTemplate | DagTemplate | StepsTemplate | NothingTemplate;

interface TemplateBase {
  readonly name: string;
  readonly inputs?: { readonly parameters: readonly { readonly name: string }[] };
  readonly outputs?: { readonly parameters: readonly OutputParameter[] };
}

export interface OutputParameter {
  readonly name: string;
  readonly valueFrom: { readonly path: string } | { readonly parameter: string; readonly default?: string };
}

export interface DagTemplate extends TemplateBase {
  readonly dag: { readonly failFast: boolean; readonly tasks: readonly DagTask[] };
}

/** A loop that does not run all its items at once. */
export interface StepsTemplate extends TemplateBase {
  /** How many children may run at once. */
  readonly parallelism: number;
  /** Starts no child after one has failed. Something else than `dag.failFast`, with which a loop starts its children all the same. */
  readonly failFast?: boolean;
  readonly steps: readonly (readonly DagTask[])[];
}

/** A block without steps: a DAG must hold a task. */
export interface NothingTemplate extends TemplateBase {
  readonly suspend: { readonly duration: string };
}

export interface DagTask {
  readonly name: string;
  readonly template: string;
  readonly depends?: string;
  readonly when?: string;
  readonly withSequence?: { readonly count: string };
  readonly arguments?: { readonly parameters: readonly { readonly name: string; readonly value: string }[] };
}

export interface PodTemplate extends TemplateBase {
  readonly metadata?: Metadata;
  readonly retryStrategy?: RetryStrategy;
  readonly activeDeadlineSeconds?: number;
  readonly timeout?: string;
  readonly serviceAccountName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly object[];
  readonly volumes?: readonly object[];
  readonly container: Container;
}

export interface RetryStrategy {
  readonly limit: string;
  readonly retryPolicy: "Always";
  readonly expression: string;
  readonly backoff: {
    readonly duration: string;
    readonly factor: string;
    readonly cap?: string;
    readonly maxDuration?: string;
  };
}

export interface Container {
  readonly image: string;
  readonly imagePullPolicy: "IfNotPresent";
  readonly workingDir: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export type Quantities = Readonly<Record<string, string>>;

export type EnvVar =
  | { readonly name: string; readonly value: string }
  | {
      readonly name: string;
      readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
    };

export const API_VERSION = "argoproj.io/v1alpha1";
