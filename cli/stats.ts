/** What `compile --stats` says: what each engine will hold of each pipeline. */
import type { Compiled } from "../compiler/compile.ts";

const HEAD = ["pipeline", "engine", "what", "tasks", "templates", "nodes", "manifest", "status"];

export function statsText(sizes: Compiled["sizes"]): string {
  const rows = sizes.flatMap(({ pipeline, sizes: all }) =>
    all.map(({ engine, of, tasks, templates, nodes, bytes, statusBytes }) => [
      pipeline,
      engine,
      of,
      String(tasks),
      ...[templates, nodes].map((count) => (count === undefined ? "-" : String(count))),
      kib(bytes),
      statusBytes === undefined ? "-" : `about ${kib(statusBytes)}`,
    ]),
  );
  const lines = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return `${padded.map((line) => line.trimEnd()).join("\n")}\n`;
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
