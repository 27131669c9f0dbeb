/** When a pipeline runs by itself. */
/** Five cron fields: minute, hour, day of month, month, day of week. */
export type CronExpression = `${string} ${string} ${string} ${string} ${string}`;
/** `"2026-01-01"` or `"2026-01-01T03:00"`, in the schedule's time zone. */
export type LocalTime = `${number}-${number}-${number}` | `${number}-${number}-${number}T${number}:${number}`;
interface CronBase {
    /** IANA name, `"Europe/Berlin"`. Default `"UTC"`. Runs keep their wall-clock time when clocks change. */
    readonly timezone?: string;
    /** No run after this. */
    readonly end?: LocalTime;
}
/** `catchup: true` runs what was missed since `start`, so it cannot be without one. */
export type CronOptions = (CronBase & {
    readonly catchup?: false;
    readonly start?: LocalTime;
}) | (CronBase & {
    readonly catchup: true;
    readonly start: LocalTime;
});
/** Made by {@link cron}. */
export interface Schedule {
    readonly cron: CronExpression;
    readonly options: CronOptions;
}
export {};
