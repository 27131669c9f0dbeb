/** The benchmark's tables, as Markdown. */
import type { Cost } from "./measure.ts";

export interface Row {
  readonly case: string;
  readonly tasks: number;
  readonly tool: string;
  /** Or why there is none. */
  readonly cost: Cost | string;
  /** The tool says no by design. */
  readonly refused?: boolean;
}

export interface ParseRow {
  readonly case: string;
  /** CPU seconds. */
  readonly own: number;
  readonly taskFlow: number;
  readonly bytes: number;
  readonly taskFlowBytes: number;
}

export interface Results {
  readonly machine: string;
  readonly version: string;
  readonly runs: number;
  readonly compiled: readonly Row[];
  readonly parsed: readonly ParseRow[];
}

export function markdownOf({ machine, version, runs, compiled, parsed }: Results): string {
  return `# What compiling costs

Made by \`npm run bench\` (README.md here says how it is measured); not edited by hand.

Twinrail ${version}; medians of ${runs} runs after a warm-up, in turn; other tools once at 5,000 tasks. ${machine}.

## Whole process, from source to files

Ratios are to \`twinrail airflow\` in the same case: above 1, the tool costs more than Twinrail.

${table(
  ["case", "tool", "CPU s", "wall s", "peak MiB", "bytes a step", "CPU ×", "wall ×"],
  compiled.map((row) => cellsOf(row, compiled)),
)}
${growth(compiled)}${parsed.length === 0 ? "" : parseTable(parsed)}`;
}

function cellsOf({ case: name, tasks, tool, cost }: Row, all: readonly Row[]): readonly string[] {
  if (typeof cost === "string") return [name, tool, cost, "", "", "", "", ""];
  const own = all.find((row) => row.case === name && row.tool === "twinrail airflow")?.cost;
  const ratio = (key: "cpu" | "wall"): string => (typeof own === "object" ? (cost[key] / own[key]).toFixed(2) : "");
  return [
    name,
    tool,
    cost.cpu.toFixed(2),
    cost.wall.toFixed(2),
    cost.rss.toFixed(0),
    (cost.bytes / tasks).toFixed(0),
    ratio("cpu"),
    ratio("wall"),
  ];
}

function growth(all: readonly Row[]): string {
  const lines = ["chain", "map-reduce"].flatMap((shape) => {
    const [small, large] = [1000, 5000].map(
      (size) => all.find((row) => row.case === `${shape} ${size}` && row.tool === "twinrail airflow")?.cost,
    );
    if (typeof small !== "object" || typeof large !== "object") return [];
    return [
      `- ${shape}: 5,000 tasks cost ${(large.cpu / small.cpu).toFixed(2)} × the CPU of 1,000, and ${(large.wall / small.wall).toFixed(2)} × the wall time.`,
    ];
  });
  return lines.length === 0 ? "" : `\n${lines.join("\n")}\n`;
}

function parseTable(rows: readonly ParseRow[]): string {
  const head = [
    "case",
    "generated, CPU ms",
    "TaskFlow, CPU ms",
    "generated ÷ TaskFlow",
    "DAG file, bytes a step",
    "TaskFlow, bytes a step",
  ];
  const cells = rows.map(({ case: name, own, taskFlow, bytes, taskFlowBytes }) => {
    const tasks = Number(name.split(" ").at(-1));
    return [
      name,
      (own * 1000).toFixed(0),
      (taskFlow * 1000).toFixed(0),
      (own / taskFlow).toFixed(2),
      (bytes / tasks).toFixed(0),
      (taskFlowBytes / tasks).toFixed(0),
    ];
  });
  return `
## Parsing the DAG file in Airflow 3.3

The CPU time of one parse by Airflow's DAG bag, imports of the generated package from source included, beside the same pipeline in TaskFlow.

${table(head, cells)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
