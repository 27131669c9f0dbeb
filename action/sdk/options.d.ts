/** What can be said about a step and about a pipeline. An option that an engine does not have is refused at its line, never ignored. */
import type { Schedule } from "./schedule.ts";
import type { StepError } from "./values.ts";
/** Seconds, minutes, hours or days: `"30s"`, `"10m"`, `"24h"`, `"7d"`. Whole seconds; a fraction such as `"1.5h"` is fine. */
export type Duration = `${number}${"s" | "m" | "h" | "d"}`;
/** An amount of bytes in Kubernetes' notation: `"512Mi"`, `"256Gi"`, `"2T"`. */
export type Quantity = `${number}${"Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "k" | "M" | "G" | "T" | "P"}`;
/**
 * The GPU types that may be asked for, by GKE's accelerator names. What a cluster offers stands in twinrail.json (`clusters.<name>.gpus`).
 * A type of your own is one declaration away:
 *
 *     declare module "twinrail" {
 *       interface GpuTypes { "nvidia-rtx-6000": true }
 *     }
 */
export interface GpuTypes {
    "nvidia-tesla-t4": true;
    "nvidia-tesla-v100": true;
    "nvidia-tesla-a100": true;
    "nvidia-a100-80gb": true;
    "nvidia-l4": true;
    "nvidia-h100-80gb": true;
    "nvidia-h200-141gb": true;
    "nvidia-b200": true;
}
/** Name of a GPU type, see {@link GpuTypes}. */
export type GpuType = keyof GpuTypes;
/** A key of a secret, made by {@link secret}. The value never passes through Twinrail. */
export interface SecretReference {
    readonly secret: string;
    readonly key: string;
}
/** Options that mean the same on every engine. */
export interface StepOptions {
    /** `<file>:<function>`: a Python function, the file relative to the project root. Steps need no Twinrail import. */
    readonly run: `${string}.py:${string}`;
    /** How often a failed attempt is repeated. Default 0. A lost node and an attempt over its `timeout` count as failed attempts. */
    readonly retries?: number;
    /** The delay before retry n is `initial * factor^(n-1)`, at most `max`. Default `{ initial: "10s", factor: 2 }` on every engine. */
    readonly backoff?: {
        readonly initial: Duration;
        readonly factor?: number;
        readonly max?: Duration;
    };
    /** Running time of one attempt, without waiting in a queue. Default: none. */
    readonly timeout?: Duration;
    /**
     * Time for the whole task: all attempts, the waits between them and the time in queues. Over it, the task has failed and is not retried.
     * Airflow cannot honour it for a shared step and refuses it.
     */
    readonly deadline?: Duration;
    /**
     * The failure of a task fails nothing else: once its retries are used up, the call gives `undefined` and the pipeline goes on. It is short for a
     * `try` around the call with an empty `catch`.
     */
    readonly allowFailure?: boolean;
    /** Environment variables. A secret is a reference: `{ TOKEN: secret("crm", "token") }`. */
    readonly env?: Readonly<Record<string, string | SecretReference>>;
    /**
     * The Python packages that the step needs: a requirements file, relative to twinrail.json. In a container they are a layer on top of the
     * image, and the file pins each package by version and hash. Of a shared step they are checked against `airflow.lock.txt`.
     */
    readonly requirements?: `${string}.txt`;
}
/** Options of a step in Airflow's shared Python environment. */
export interface SharedOptions extends StepOptions {
    /** Airflow pool; it must exist. Default: that of twinrail.json, else Airflow's `default_pool`. */
    readonly pool?: string;
    /** Slots that a task takes in the pool. Default 1. */
    readonly poolSlots?: number;
    /** Queue of the workers that may run it (Celery or a hybrid executor). */
    readonly queue?: string;
    /** Airflow `priority_weight`, an integer; higher runs first. Default 1. */
    readonly priority?: number;
    /**
     * A requirements file with versions and hashes: the step runs in a virtual environment of exactly these packages, beside Airflow's own
     * (`twinrail env sync` makes it). For packages that do not go together with Airflow's.
     */
    readonly environment?: `${string}.txt`;
}
/** Options of a step in a container of its own, on Kubernetes. */
export interface IsolatedOptions extends StepOptions {
    /** Base image: a tag, a digest, or both. Pinned to a digest in twinrail.lock.json. */
    readonly image: string;
    /** Key of `clusters` in twinrail.json. May be left out when there is one. */
    readonly cluster?: string;
    readonly resources?: Resources;
    /** Node labels that a node must have; those of a GPU type are added. */
    readonly nodeSelector?: Readonly<Record<string, string>>;
    /** Taints that the pod accepts; those of a GPU type are added. */
    readonly tolerations?: readonly Toleration[];
    /** Kubernetes service account. Default: the cluster's in twinrail.json. */
    readonly serviceAccount?: string;
    /** Pod labels, in addition to Twinrail's own. */
    readonly labels?: Readonly<Record<string, string>>;
    /** Pod annotations. */
    readonly annotations?: Readonly<Record<string, string>>;
}
/** Each is both request and limit, except `cpu`, which is a request. */
export interface Resources {
    /** Cores (`4`, `0.5`), or thousandths of one (`"500m"`). */
    readonly cpu?: number | `${number}m`;
    readonly memory?: Quantity;
    /** Size of a memory-backed `/dev/shm`; counts towards `memory`. */
    readonly sharedMemory?: Quantity;
    /** Scratch space on the node's disk. */
    readonly ephemeralStorage?: Quantity;
    readonly gpu?: {
        readonly type: GpuType;
        readonly count: number;
    };
}
/** A Kubernetes toleration, word for word. */
export interface Toleration {
    readonly key?: string;
    readonly operator?: "Exists" | "Equal";
    readonly value?: string;
    readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
    readonly tolerationSeconds?: number;
}
/** Options of one call of a step. */
export interface CallOptions {
    /** Names the task instead of the step's name. Needed when a scope calls one step twice. */
    readonly name?: string;
}
/** Options of {@link each}. */
export interface EachOptions<Item> {
    /** Names the tasks of an item. Default: the item itself, when it is a string or a number. */
    readonly key?: (item: Item) => string | number;
    /** How many items may be in work at once; it gives no order. Default: no limit. */
    readonly concurrency?: number;
}
/** Options of a pipeline. `P` are its parameters. */
export interface PipelineOptions<P = Record<never, never>> {
    /** Lower-kebab, unique in the project: `"churn"`. */
    readonly name: string;
    /** Made by {@link cron}. Without one the pipeline is started by hand or by an event. */
    readonly schedule?: Schedule;
    readonly tags?: readonly string[];
    readonly owner?: string;
    /** How many runs may be active at once. Default: the engine's. */
    readonly maxActiveRuns?: number;
    /** Time for the whole run, waiting in queues included. Over it, the run has failed and what still runs is stopped. Airflow refuses it. */
    readonly deadline?: Duration;
    /**
     * Runs when the pipeline's body has failed, with what a `catch` around it would get; the run fails all the same. Not when a `deadline` has ended
     * the run or somebody has stopped it.
     */
    onFailure?(error: StepError, params: P): Promise<unknown>;
    /** Runs when the pipeline's body has succeeded. If it fails, the run fails, without `onFailure`. */
    onSuccess?(params: P): Promise<unknown>;
    /** Kubernetes labels of everything that belongs to the pipeline. */
    readonly labels?: Readonly<Record<string, string>>;
}
