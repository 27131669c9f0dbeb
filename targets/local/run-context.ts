/** A run's identity on this machine, with the same `run.*` as the Python runtime computes from it. */
import type { RunContext } from "../../compiler/ir/params.ts";

export interface LocalRun {
  /** Also the name of the run's folder: letters, digits, `.`, `_`, `-`. */
  readonly id: string;
  /** ISO 8601 instants; `scheduled` is absent for a manual run. */
  readonly scheduled?: string;
  readonly started: string;
  /** IANA name. */
  readonly timezone: string;
}

export function runContextOf({ id, scheduled, started, timezone }: LocalRun): RunContext {
  const instant = new Date(scheduled ?? started);
  const day = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  const parts = Object.fromEntries(day.formatToParts(instant).map(({ type, value }) => [type, value]));
  return {
    id,
    logicalDate: `${instant.toISOString().slice(0, 19)}Z`,
    day: `${parts.year?.padStart(4, "0")}-${parts.month}-${parts.day}`,
  };
}
