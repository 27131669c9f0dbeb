/** `cron("0 3 * * *", { ... })`. */
import type { CallExpression } from "../1-read/syntax.ts";
import type { Schedule } from "../ir/types.ts";
import { type Evaluation, originOf, report } from "./evaluation.ts";
import { OptionReader } from "./option-reader.ts";
import { describe, isObject, type RecordValue, STUCK, type Value } from "./values.ts";

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
