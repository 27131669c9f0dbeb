/** A step's declaration, `shared<I, O>({...})` or `isolated<I, O>({...})`, as plain data. */
import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Field, Type } from "./types.ts";

export interface StepDefinition {
  /** Lower-kebab of the declared name: `trainXGBoost` is `train-xg-boost`. */
  readonly id: string;
  readonly placement: "shared" | "isolated";
  /** `<file>:<function>`, the file relative to the project root, with `/`. */
  readonly run: { readonly file: string; readonly function: string };
  readonly inputs: Readonly<Record<string, Field>>;
  readonly output: Type;
  readonly options: StepOptions;
  readonly origin: Origin;
  /** Where each option was written (keys are paths: `retries`, `resources.gpu`), for refusals. */
  readonly origins: Readonly<Record<string, Origin>>;
}

/** Durations are whole seconds here; quantities are Kubernetes strings. Everything is optional: absent means not written. */
export interface StepOptions {
  readonly retries?: number;
  /** Delay before retry n is `initial * factor^(n-1)`, at most `max`. */
  readonly backoff?: { readonly initial: number; readonly factor: number; readonly max?: number };
  /** Running time of one attempt; over it, the attempt failed and is retried. */
  readonly timeout?: number;
  /** Of the whole task: all attempts, the waits between them and the time in queues. Over it, the task has failed. */
  readonly deadline?: number;
  readonly env?: Readonly<Record<string, string | SecretReference>>;
  /** A requirements file, relative to the project root, with `/`. */
  readonly requirements?: string;
  // Airflow only
  readonly pool?: string;
  readonly poolSlots?: number;
  readonly queue?: string;
  readonly priority?: number;
  /** A requirements file whose environment, apart from Airflow's own, the step runs in. */
  readonly environment?: string;
  // Kubernetes only
  /** As written: a tag, a digest, or both. */
  readonly image?: string;
  readonly cluster?: string;
  readonly resources?: Resources;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  readonly serviceAccount?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Kubernetes: key `key` of Secret `secret`. Airflow: the Variable `<secret>__<key>`. This machine: environment `TWINRAIL_SECRET_<SECRET>__<KEY>`. */
export interface SecretReference {
  readonly secret: string;
  readonly key: string;
}

export interface Resources {
  /** Cores; also the request. `"500m"` or `4` as written, as a string. */
  readonly cpu?: string;
  readonly memory?: string;
  /** Size of a memory-backed `/dev/shm`. */
  readonly sharedMemory?: string;
  readonly ephemeralStorage?: string;
  readonly gpu?: { readonly type: string; readonly count: number };
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: "Exists" | "Equal";
  readonly value?: string;
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  readonly tolerationSeconds?: number;
}

/** The same on every engine when a step has `retries` and no `backoff`: 10 s, 20 s, 40 s, … */
export const DEFAULT_BACKOFF: { readonly initial: number; readonly factor: number } = { initial: 10, factor: 2 };
