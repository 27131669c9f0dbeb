/** The schedule as explicit timetable objects, so that no installation's settings change what it means. */

import { invariant } from "../../compiler/invariant.ts";
import type { Schedule } from "../../compiler/ir/types.ts";
import type { Argument } from "./model.ts";
import { pythonString } from "./python-literal.ts";

/** Arguments of the DAG, and what they need imported. */
export function scheduleArguments(schedule: Schedule | undefined): readonly Argument[] {
  if (schedule === undefined) {
    return [
      ["schedule", "None"],
      ["catchup", "False"],
    ];
  }
  const timezone = pythonString(schedule.timezone);
  const dates: Argument[] = [];
  if (schedule.start !== undefined) dates.push(["start_date", instant(schedule.start, timezone)]);
  if (schedule.end !== undefined) dates.push(["end_date", instant(schedule.end, timezone)]);
  return [
    ["schedule", `CronTriggerTimetable(${pythonString(schedule.cron)}, timezone=${timezone})`],
    ...dates,
    ["catchup", schedule.catchup ? "True" : "False"],
  ];
}

/** `2026-01-01T03:30` as the wall clock says it in the schedule's time zone. */
function instant(text: string, timezone: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?$/.exec(text);
  invariant(match, `"${text}" is not a date`);
  const [year, month, day, hour, minute] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const parts = [year, month, day, ...(hour === undefined ? [] : [hour, minute])];
  return `pendulum.datetime(${parts.join(", ")}, tz=${timezone})`;
}
