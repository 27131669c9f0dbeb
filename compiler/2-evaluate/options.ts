/** Options as the user wrote them → plain data with the place of each. TypeScript has checked shapes; what it cannot see is checked here. */
import type { CallExpression } from "../1-read/syntax.ts";
import type { Origin, Span } from "../diagnostics/diagnostic.ts";
import type { Resources, StepDefinition, StepOptions, Toleration } from "../ir/step.ts";
import type { PipelineOptions, Schedule } from "../ir/types.ts";
import { type Evaluation, originOf, report } from "./evaluation.ts";
import { define, needKnown } from "./to-expr.ts";
import { describe, type FunctionValue, isObject, isStuck, type RecordValue, STUCK, type Value } from "./values.ts";

/** Reads one level of an options object; every problem is reported where the value stands. */
class OptionReader {
  readonly origins: Record<string, Origin> = {};
  failed = false;
  readonly #ev: Evaluation;
  readonly #record: RecordValue;
  readonly #span: Span;
  readonly #prefix: string;

  constructor(ev: Evaluation, record: RecordValue, span: Span, prefix = "") {
    this.#ev = ev;
    this.#record = record;
    this.#span = span;
    this.#prefix = prefix;
    for (const key of record.fields.keys()) this.origins[prefix + key] = originOf(ev, this.at(key));
  }

  at(key: string): Span {
    return this.#record.spans?.get(key) ?? this.#span;
  }

  keys(): string[] {
    return [...this.#record.fields.keys()].filter((key) => this.#record.fields.get(key) !== undefined);
  }

  value(key: string): Value {
    const value = this.#record.fields.get(key);
    if (isStuck(value)) this.failed = true;
    if (!isObject(value, "symbolic")) return isStuck(value) ? undefined : value;
    needKnown(this.#ev, value, `\`${this.#prefix}${key}\``, this.at(key));
    this.failed = true;
    return undefined;
  }

  wrong(key: string, wanted: string): undefined {
    report(this.#ev, "TR2057", { option: this.#prefix + key, wanted }, this.at(key));
    this.failed = true;
    return undefined;
  }

  string(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined) return value;
    if (typeof value !== "string") return this.wrong(key, "a string");
    return value.isWellFormed() ? value : this.wrong(key, "Unicode text, without lone surrogates");
  }

  boolean(key: string): boolean | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === "boolean") return value;
    return this.wrong(key, "true or false");
  }

  number(key: string, least: number): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= least) return value;
    return this.wrong(key, `a whole number, at least ${least}`);
  }

  /** A duration (`90s`, `5m`, `24h`, `7d`) in whole seconds. */
  duration(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const found = typeof value === "string" ? /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(value) : null;
    const seconds = found === null ? 0 : Math.round(Number(found[1]) * (UNITS[found[2] ?? "s"] ?? 1) * 1e6) / 1e6;
    return seconds > 0 && Number.isSafeInteger(seconds)
      ? seconds
      : this.wrong(key, 'a duration in whole seconds such as "90s", "5m", "1.5h" or "7d"');
  }

  /** A Kubernetes quantity; a number is written as it is. */
  quantity(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const text = typeof value === "number" ? String(value) : value;
    if (
      typeof text === "string" &&
      /^(?:\d+(?:\.\d+)?|\.\d+)(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.test(text) &&
      !/^0+(?:\.0+)?\D*$/.test(text)
    )
      return text;
    return this.wrong(key, 'a Kubernetes quantity such as 4, "500m" or "256Gi"');
  }

  record(key: string): OptionReader | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (!isObject(value, "record")) return this.wrong(key, "an object");
    return new OptionReader(this.#ev, value, this.at(key), `${this.#prefix}${key}.`);
  }

  list(key: string): readonly Value[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    return isObject(value, "list") ? value.items : this.wrong(key, "a list");
  }

  function(key: string): FunctionValue | undefined {
    const value = this.value(key);
    if (value === undefined || isObject(value, "function")) return value;
    return this.wrong(key, "a function that is written out");
  }

  strings(key: string): Record<string, string> | undefined {
    const inner = this.record(key);
    if (inner === undefined) return undefined;
    const found: Record<string, string> = {};
    for (const name of inner.keys()) {
      const value = inner.string(name);
      if (value !== undefined) define(found, name, value);
    }
    return this.take(inner, found);
  }

  /** Adopts what a nested reader met. */
  take<T>(inner: OptionReader, value: T): T {
    Object.assign(this.origins, inner.origins);
    if (inner.failed) this.failed = true;
    return value;
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

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

export function readSchedule(ev: Evaluation, args: readonly Value[], node: CallExpression): Value {
  const [cron, given] = args;
  const options: RecordValue = isObject(given, "record") ? given : { kind: "record", fields: new Map(), owner: null };
  const read = new OptionReader(ev, options, node.span);
  const fields = typeof cron === "string" ? cron.trim().split(/\s+/) : [];
  if (typeof cron !== "string" || fields.length !== 5 || !fields.every(isCronField)) {
    return report(
      ev,
      "TR2058",
      { what: typeof cron === "string" ? JSON.stringify(cron) : describe(cron) },
      node.args[0]?.span ?? node.span,
    );
  }
  const timezone = read.string("timezone") ?? "UTC";
  if (!isTimeZone(timezone)) read.wrong("timezone", "an IANA name such as Europe/Berlin");
  const start = readDate(read, "start");
  const end = readDate(read, "end");
  const catchup = read.boolean("catchup") ?? false;
  if (catchup && start === undefined && !read.failed)
    read.wrong("catchup", "together with `start`: the day to catch up from");
  if (read.failed) return STUCK;
  const { origins } = read;
  const schedule: Schedule = {
    cron: fields.join(" "),
    timezone,
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    catchup,
    origins: {
      schedule: originOf(ev, node.span),
      ...(origins.start === undefined ? {} : { start: origins.start }),
      ...(origins.end === undefined ? {} : { end: origins.end }),
      ...(origins.catchup === undefined ? {} : { catchup: origins.catchup }),
    },
  };
  return { kind: "schedule", schedule };
}

function readDate(read: OptionReader, key: string): string | undefined {
  const text = read.string(key);
  if (text === undefined) return undefined;
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:T([01]\d|2[0-3]):([0-5]\d))?$/.exec(text);
  const day = found === null ? Number.NaN : Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
  const exact = !Number.isNaN(day) && new Date(day).toISOString().slice(0, 10) === text.slice(0, 10);
  return exact ? text : read.wrong(key, 'a date "2026-01-01" or "2026-01-01T06:00", in the schedule\'s time zone');
}

/** The form that both engines read: numbers, `*`, lists, ranges and steps; names of months and days. */
function isCronField(field: string): boolean {
  return field.split(",").every((item) => /^(?:\*|[0-9A-Za-z]+(?:-[0-9A-Za-z]+)?)(?:\/\d+)?$/.test(item));
}

function isTimeZone(name: string): boolean {
  return TIME_ZONE.test(name);
}

/** By form only: which zones exist is the engine's knowledge, and the host's list would make the verdict depend on the machine. */
const TIME_ZONE = /^(?:UTC|GMT|[A-Z][A-Za-z_]+(?:\/[A-Z][A-Za-z0-9_+-]+){1,2})$/;

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
