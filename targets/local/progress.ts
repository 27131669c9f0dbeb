/** A local run on the terminal: a line a task, redrawn in place where the terminal can, one after the other where it cannot. */
import picocolors from "picocolors";
import { visible, widthOf } from "../../compiler/diagnostics/render-text.ts";
import type { RunEvent, RunSummary, TaskName } from "./events.ts";

export interface ProgressOptions {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly color: boolean;
  /** Show what tasks print, each line after its task's name. */
  readonly showLines?: boolean;
  /** Milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
}

export interface Progress {
  onEvent(event: RunEvent): void;
  /** Draws the running tasks' times anew; several times a second, where `out` is a terminal. */
  redraw(): void;
  /** The last lines: how it ended, and where to look. */
  end(summary: RunSummary): void;
}

/** Running tasks that are shown at a time; a loop may have thousands. */
const ROWS = 12;
/** Lines of a failed task's output that are repeated below it. */
const LAST_LINES = 15;

interface Running {
  readonly task: TaskName;
  readonly since: number;
  readonly attempt: number;
  /** Waiting for its next attempt, since this one failed. */
  readonly waiting?: string;
  readonly lines: string[];
}

export function createProgress(options: ProgressOptions): Progress {
  const { out, color, showLines = false, now = () => performance.now() } = options;
  const { bold, cyan, dim, green, red, yellow } = picocolors.createColors(color);
  const live = out.isTTY === true;
  const running = new Map<string, Running>();
  let drawn = 0;

  const erase = () => (drawn > 0 ? `\u001b[${drawn}A\u001b[J` : "");
  const draw = () => {
    const rows = live ? [...running.values()].map(runningRow) : [];
    const more = rows.length > ROWS ? [dim(`  ... and ${rows.length - ROWS + 1} more`)] : [];
    const shown = [...rows.slice(0, more.length > 0 ? ROWS - 1 : ROWS), ...more];
    drawn = shown.length;
    return shown.map((row) => `${row}\n`).join("");
  };
  /** Lines that stay, above those that are redrawn. */
  const print = (...lines: readonly string[]) =>
    out.write(`${erase()}${lines.map((line) => `${line}\n`).join("")}${draw()}`);
  const runningRow = ({ task, since, attempt, waiting }: Running) => {
    const time = secondsText((now() - since) / 1000);
    const state =
      waiting === undefined ? (attempt > 1 ? ` attempt ${attempt}` : "") : ` waits to try again: ${waiting}`;
    return `${waiting === undefined ? cyan("▶") : yellow("↻")} ${fit(`${task.instance} ${time}${state}`, 4)}`;
  };
  const nameText = ({ instance, node, step }: TaskName) =>
    `${visible(instance)}${node === step ? "" : dim(` (${visible(step)})`)}`;
  /** One line of the terminal, so that redrawing knows how many there are. */
  const fit = (text: string, reserved: number) => {
    // Some terminals say 0 when they do not know.
    const room = (out.columns || 100) - reserved;
    let shown = visible(text);
    if (widthOf(shown) <= room) return shown;
    while (widthOf(shown) > room - 1 && shown !== "") shown = shown.slice(0, -1);
    return `${shown}…`;
  };

  return {
    onEvent(event) {
      if (event.kind === "thrown") {
        print(`${red("✗")} ${bold(visible(event.node))} the pipeline threw: ${visible(event.message)}`);
        return;
      }
      const { task } = event;
      const known = running.get(task.instance);
      switch (event.kind) {
        case "started":
          running.set(task.instance, { task, since: known?.since ?? now(), attempt: event.attempt, lines: [] });
          if (live) print();
          else print(`▶ ${nameText(task)} started${event.attempt > 1 ? `, attempt ${event.attempt}` : ""}`);
          return;
        case "line":
          known?.lines.push(event.text);
          if (known && known.lines.length > LAST_LINES) known.lines.shift();
          if (showLines) print(`${dim(`${visible(task.instance)} |`)} ${visible(event.text)}`);
          return;
        case "retry":
          if (known) running.set(task.instance, { ...known, waiting: event.message });
          print(
            `${yellow("↻")} ${nameText(task)} attempt ${event.attempt} failed, next in ${secondsText(event.delay)}: ${visible(event.message)}`,
          );
          return;
        case "succeeded":
          running.delete(task.instance);
          print(`${green("✓")} ${nameText(task)} ${dim(secondsText(event.seconds) + attemptsText(event.attempts))}`);
          return;
        case "failed": {
          running.delete(task.instance);
          const lines = showLines ? [] : (known?.lines ?? []).map((line) => dim(`    ${visible(line)}`));
          const log = event.log === undefined ? [] : [dim(`    log: ${visible(event.log)}`)];
          const times = dim(secondsText(event.seconds) + attemptsText(event.attempts));
          print(`${red("✗")} ${bold(nameText(task))} ${times} ${red(visible(event.message))}`, ...lines, ...log);
          return;
        }
        case "skipped":
          print(dim(`- ${nameText(task)} skipped`));
          return;
      }
    },
    redraw() {
      if (live && running.size > 0) out.write(erase() + draw());
    },
    end(summary) {
      running.clear();
      const paint = summary.state === "succeeded" ? green : red;
      const counts = countsText(summary);
      print(
        `${paint(bold(`${summary.pipeline} ${summary.state}`))} in ${secondsText(summary.seconds)}${counts === "" ? "" : `: ${counts}`}`,
        ...(summary.output === undefined ? [] : [`returned ${fit(JSON.stringify(summary.output), 10)}`]),
        dim(`logs and artifacts: ${visible(summary.folder)}`),
      );
    },
  };
}

/** `0.4s`, `12s`, `3m 05s`, `2h 10m` */
export function secondsText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

function attemptsText(attempts: number): string {
  return attempts > 1 ? ` after ${attempts} attempts` : "";
}

function countsText(summary: RunSummary): string {
  return (["succeeded", "failed", "skipped", "stopped"] as const)
    .map((state) => [state, summary.tasks.filter((task) => task.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
}
