import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent, RunSummary, TaskName } from "./events.ts";
import { createProgress, secondsText } from "./progress.ts";

const named = (instance: string, step = instance): TaskName => ({ instance, node: instance, step, indices: [] });
const train = named("train");
const EVENTS: readonly RunEvent[] = [
  { kind: "started", task: train, attempt: 1, log: "l1" },
  { kind: "line", task: train, attempt: 1, text: "loss\u001b[2J 0.1" },
  { kind: "retry", task: train, attempt: 1, message: "no memory", delay: 10 },
  { kind: "started", task: train, attempt: 2, log: "l2" },
  { kind: "line", task: train, attempt: 2, text: "boom" },
  { kind: "failed", task: train, attempts: 2, seconds: 12.3, message: "ValueError: boom\u202e", log: "l2" },
  { kind: "skipped", task: named("publish") },
  { kind: "thrown", node: "stop", message: "the end" },
];
const SUMMARY: RunSummary = {
  ...{ pipeline: "churn", id: "r", state: "failed", seconds: 185, folder: "/p/.twinrail/runs/r", output: { a: 1 } },
  tasks: [{ ...train, state: "failed", attempts: 2, seconds: 12, logs: [] }],
};

function show(isTTY: boolean, more: { readonly color?: boolean; readonly showLines?: boolean } = {}): string {
  let text = "";
  const progress = createProgress({
    out: { write: (t) => (text += t), isTTY, columns: 80 },
    color: false,
    now: () => 0,
    ...more,
  });
  for (const event of EVENTS) {
    progress.onEvent(event);
    progress.redraw();
  }
  progress.end(SUMMARY);
  return text;
}

test("without a terminal: a line an event, and where to look", () => {
  assert.equal(
    show(false),
    `▶ train started
↻ train attempt 1 failed, next in 10s: no memory
▶ train started, attempt 2
✗ train 12s after 2 attempts ValueError: boom<U+202E>
    boom
    log: l2
- publish skipped
✗ stop the pipeline threw: the end
churn failed in 3m 05s: 1 failed
returned {"a":1}
logs and artifacts: /p/.twinrail/runs/r
`,
  );
  assert.match(show(false, { showLines: true }), /train \| loss<U\+001B>\[2J 0\.1\n/);
});

test("on a terminal running tasks are redrawn in place; what stays is the same", () => {
  const screen: string[] = [""];
  for (const [index, part] of show(true).split("\u001b[").entries()) {
    // `<n>A` goes up, `J` clears what is below: the only two commands.
    const [, command, rest] = index === 0 ? ["", "J", part] : (/^(\d*[AJ])(.*)$/s.exec(part) ?? []);
    assert.ok(command !== undefined && rest !== undefined, part);
    if (command !== "J") screen.splice(screen.length - 1 - Number.parseInt(command, 10), Number.POSITIVE_INFINITY, "");
    const [first = "", ...lines] = rest.split("\n");
    screen.push(`${screen.pop()}${first}`, ...lines);
  }
  const text = screen.join("\n");
  assert.ok(!text.includes("\u001b"));
  assert.match(text, /^↻ train attempt 1 failed, next in 10s: no memory\n✗ train 12s after 2 attempts/);
  assert.match(text, /logs and artifacts/);
});

test("colours only when asked; many running tasks stay a few lines", () => {
  assert.ok(!show(false).includes("\u001b"));
  assert.ok(show(false, { color: true }).includes("\u001b[31m"));
  let last = "";
  const progress = createProgress({ out: { write: (t) => (last = t), isTTY: true }, color: false, now: () => 0 });
  for (let i = 0; i < 500; i++)
    progress.onEvent({ kind: "started", task: named(`work[${i}]`, "work"), attempt: 1, log: "" });
  progress.redraw();
  assert.equal(last.split("\n").length, 13);
  assert.match(last, /\.\.\. and 489 more/);
});

test("durations", () => {
  assert.deepEqual([0.44, 9.96, 59.4, 61, 7800].map(secondsText), ["0.4s", "10.0s", "59s", "1m 01s", "2h 10m"]);
});
