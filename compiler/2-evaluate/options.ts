/** Options of steps and pipelines → plain data with the place of each. */
import type { Origin, Span } from "../diagnostics/diagnostic.ts";
import type { Resources, StepDefinition, StepOptions, Toleration } from "../ir/step.ts";
import type { PipelineOptions, Schedule } from "../ir/types.ts";
import type { Evaluation } from "./evaluation.ts";
import { OptionReader } from "./option-reader.ts";
import { define } from "./to-expr.ts";
import { type FunctionValue, isObject, type RecordValue } from "./values.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface ReadStep {
  readonly run: StepDefinition["run"];
  readonly options: StepOptions;
  readonly allowFailure: boolean;
  readonly origins: Readonly<Record<string, Origin>>;
}

export function readStepOptions(ev: Evaluation, record: RecordValue, span: Span): ReadStep | undefined {
  const read = new OptionReader(ev, record, span);
  const options: Mutable<StepOptions> = {};
  const set = <K extends keyof StepOptions>(key: K, value: StepOptions[K] | undefined): void => {
    if (value !== undefined) options[key] = value;
  };
  const run = /^((?:[A-Za-z_][A-Za-z0-9_]*\/)*[A-Za-z_][A-Za-z0-9_]*\.py):([A-Za-z_][A-Za-z0-9_]*)$/.exec(
    read.string("run") ?? "",
  );
  if (run === null && !read.failed)
    read.wrong("run", '"<folder>/<file>.py:<function>", from the project root, each part a Python name');
  set("retries", read.number("retries", 0));
  const backoff = read.record("backoff");
  if (backoff !== undefined) {
    const initial = backoff.duration("initial");
    const factor = backoff.value("factor") ?? 2;
    const max = backoff.duration("max");
    if (typeof factor !== "number" || factor < 1) backoff.wrong("factor", "a number, at least 1");
    else if (initial !== undefined)
      set("backoff", read.take(backoff, { initial, factor, ...(max === undefined ? {} : { max }) }));
    read.take(backoff, undefined);
  }
  set("timeout", read.duration("timeout"));
  set("deadline", read.duration("deadline"));
  set("env", readEnv(read));
  set("requirements", readPath(read, "requirements"));
  set("environment", readPath(read, "environment"));
  if (options.requirements !== undefined && options.environment !== undefined)
    read.wrong(
      "environment",
      "alone: an environment of its own has what its file says, and `requirements` speaks of Airflow's",
    );
  set("pool", read.string("pool"));
  set("poolSlots", read.number("poolSlots", 1));
  set("queue", read.string("queue"));
  set("priority", read.number("priority", 1));
  set("image", read.string("image"));
  set("cluster", read.string("cluster"));
  set("resources", readResources(read));
  set("nodeSelector", read.strings("nodeSelector"));
  set("tolerations", readTolerations(ev, read));
  set("serviceAccount", read.string("serviceAccount"));
  set("labels", read.strings("labels"));
  set("annotations", read.strings("annotations"));
  const allowFailure = read.boolean("allowFailure") ?? false;
  if (read.failed || run === null) return undefined;
  return { run: { file: run[1] ?? "", function: run[2] ?? "" }, options, allowFailure, origins: read.origins };
}

/** A file of the project: names that every system and every tool can hold. */
function readPath(read: OptionReader, key: string): string | undefined {
  const path = read.string(key);
  if (path === undefined || /^(?!\.\.?\/)(?:[\w.-]+\/)*[\w.-]+\.txt$/.test(path)) return path;
  return read.wrong(key, 'a file of the project such as "requirements/train.txt"');
}

function readEnv(read: OptionReader): StepOptions["env"] {
  const inner = read.record("env");
  if (inner === undefined) return undefined;
  const env: Record<string, string | { secret: string; key: string }> = {};
  for (const name of inner.keys()) {
    const value = inner.value(name);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) inner.wrong(name, "a name of letters, digits and _");
    else if (name.startsWith("TWINRAIL_")) inner.wrong(name, "another name: TWINRAIL_ is ours");
    else if (typeof value === "string") {
      if (value.includes("\0")) inner.wrong(name, "text without NUL, which ends an environment variable");
      else define(env, name, inner.string(name) ?? "");
    } else if (isObject(value, "secret")) define(env, name, value.reference);
    else if (value !== undefined) inner.wrong(name, 'a string or `secret("name", "key")`');
  }
  return read.take(inner, env);
}

function readResources(read: OptionReader): Resources | undefined {
  const inner = read.record("resources");
  if (inner === undefined) return undefined;
  const resources: Mutable<Resources> = {};
  for (const key of ["cpu", "memory", "sharedMemory", "ephemeralStorage"] as const) {
    const value = inner.quantity(key);
    if (value !== undefined) resources[key] = value;
  }
  const gpu = inner.record("gpu");
  if (gpu !== undefined) {
    const type = gpu.string("type");
    const count = gpu.number("count", 1);
    if (type !== undefined && count !== undefined) resources.gpu = { type, count };
    inner.take(gpu, undefined);
  }
  return read.take(inner, resources);
}

function readTolerations(ev: Evaluation, read: OptionReader): Toleration[] | undefined {
  const items = read.list("tolerations");
  if (items === undefined) return undefined;
  const found: Toleration[] = [];
  for (const item of items) {
    if (!isObject(item, "record")) {
      read.wrong("tolerations", "a list of objects");
      continue;
    }
    const inner = new OptionReader(ev, item, read.at("tolerations"), "tolerations.");
    const toleration: Mutable<Toleration> = {};
    const key = inner.string("key");
    const operator = inner.string("operator");
    const value = inner.string("value");
    const effect = inner.string("effect");
    const seconds = inner.number("tolerationSeconds", 0);
    if (key !== undefined) toleration.key = key;
    if (operator === "Exists" || operator === "Equal") toleration.operator = operator;
    else if (operator !== undefined) inner.wrong("operator", '"Exists" or "Equal"');
    if (value !== undefined) toleration.value = value;
    if (effect === "NoSchedule" || effect === "PreferNoSchedule" || effect === "NoExecute") toleration.effect = effect;
    else if (effect !== undefined) inner.wrong("effect", '"NoSchedule", "PreferNoSchedule" or "NoExecute"');
    if (seconds !== undefined) toleration.tolerationSeconds = seconds;
    read.take(inner, undefined);
    found.push(toleration);
  }
  return found;
}

export interface ReadPipeline {
  readonly name: string;
  readonly schedule?: Schedule;
  readonly options: PipelineOptions;
  readonly callbacks: Callbacks;
}

/** What runs at the pipeline's end. */
export interface Callbacks {
  readonly onFailure?: FunctionValue;
  readonly onSuccess?: FunctionValue;
}

export function readPipelineOptions(ev: Evaluation, record: RecordValue, span: Span): ReadPipeline | undefined {
  const read = new OptionReader(ev, record, span);
  const name = read.string("name");
  if (name !== undefined && !(/^[a-z][a-z0-9-]*$/.test(name) && name.length <= 50 && !name.endsWith("-"))) {
    read.wrong("name", "lower-case letters, digits and dashes, starting with a letter, at most 50");
  } else if (name === undefined && !read.failed) read.wrong("name", "a name");
  const schedule = read.value("schedule");
  if (schedule !== undefined && !isObject(schedule, "schedule")) read.wrong("schedule", "`cron(...)`");
  const tags = read
    .list("tags")
    ?.map((tag) =>
      typeof tag === "string" && tag.isWellFormed()
        ? tag
        : read.wrong("tags", "a list of strings, without lone surrogates"),
    );
  const owner = read.string("owner");
  const maxActiveRuns = read.number("maxActiveRuns", 1);
  const deadline = read.duration("deadline");
  const labels = read.strings("labels");
  const onFailure = read.function("onFailure");
  const onSuccess = read.function("onSuccess");
  if (read.failed || name === undefined) return undefined;
  return {
    name,
    ...(isObject(schedule, "schedule") ? { schedule: schedule.schedule } : {}),
    callbacks: {
      ...(onFailure === undefined ? {} : { onFailure }),
      ...(onSuccess === undefined ? {} : { onSuccess }),
    },
    options: {
      ...(tags === undefined ? {} : { tags: tags.filter((tag) => tag !== undefined) }),
      ...(owner === undefined ? {} : { owner }),
      ...(maxActiveRuns === undefined ? {} : { maxActiveRuns }),
      ...(deadline === undefined ? {} : { deadline }),
      ...(labels === undefined ? {} : { labels }),
      origins: read.origins,
    },
  };
}
