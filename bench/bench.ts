/**
 * Compile cost beside other tools, in one run: `npm run bench`, see README.md here.
 *
 *   --quick           100 and 1,000 tasks, three runs each, no file written
 *   --only twinrail   nothing to install: neither the other tools nor Airflow
 *   --only compile    all tools, without parsing in Airflow
 *   --slow            5,000 tasks with the tools, too, that take minutes for them
 *   --runs <n>        runs that count, after one that does not (default 5)
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT, VERSION } from "../compiler/package.ts";
import { bytesOf, type Cost, costOf, type Lines, median, openAirflow, openMeter, parseSeconds } from "./measure.ts";
import { markdownOf, type Row } from "./report.ts";
import { type ShapeName, shapeOf } from "./shapes.ts";
import { cdk8s } from "./tools/cdk8s.ts";
import { startFakeS3 } from "./tools/fake-s3.ts";
import { hera } from "./tools/hera.ts";
import { kfp } from "./tools/kfp.ts";
import { metaflow } from "./tools/metaflow.ts";
import { taskFlowSource } from "./tools/taskflow.ts";
import type { Command, Tool } from "./tools/tool.ts";
import { compileCommand, pipelineSource, twinrail, writeProject } from "./tools/twinrail.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    slow: { type: "boolean", default: false },
    only: { type: "string" },
    runs: { type: "string" },
  },
});
const alone = options.only === "twinrail";
const runs = Number(options.runs ?? (options.quick ? 3 : 5));
const SHAPES: readonly ShapeName[] = ["chain", "map-reduce"];
const SIZES = options.quick ? [100, 1000] : [10, 100, 1000, 5000];
/** Above this, other tools take minutes: they are run once. */
const ONCE_ABOVE = 1000;
const SLOW: ReadonlySet<string> = new Set(["kfp", "metaflow"]);
const PROJECT = { pipelines: 200, tasks: 20 };

const work = mkdtempSync(join(tmpdir(), "twinrail-bench-"));
const s3 = await startFakeS3();
const meter = openMeter();
const began = `load ${loadavg()[0]?.toFixed(1)}`;
try {
  const compiled = await compileRows();
  const parsed = options.only !== undefined ? [] : await parseRows();
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}; ${began} before, ${loadavg()[0]?.toFixed(1)} after`;
  const text = markdownOf({ machine, version: VERSION, runs, compiled, parsed });
  console.log(text);
  if (!options.quick && !alone) writeFileSync(join(PACKAGE_ROOT, "bench/RESULTS.md"), text);
  if (compiled.some((row) => row.tool.startsWith("twinrail") && typeof row.cost === "string" && row.refused !== true))
    process.exitCode = 1;
} finally {
  meter.close();
  s3.close();
  rmSync(work, { recursive: true });
}

async function compileRows(): Promise<readonly Row[]> {
  const own = [twinrail("airflow"), twinrail("argo"), twinrail("airflow", { cache: false })];
  const tools = alone ? own : [...own, hera, kfp, metaflow(s3.url), cdk8s];
  const rows: Row[] = [];
  for (const shape of SHAPES) {
    for (const size of SIZES) rows.push(...(await caseRows(shape, size, tools)));
  }
  if (!options.quick) rows.push(...(await projectRows()));
  return rows;
}

async function caseRows(shape: ShapeName, size: number, tools: readonly Tool[]): Promise<readonly Row[]> {
  const name = `${shape} ${size}`;
  const tasks = shapeOf(shape, size);
  const rows: Row[] = [];
  const commands = new Map<string, { command: Command; runs: number }>();
  for (const tool of tools) {
    const skipped = SLOW.has(tool.name) && size > ONCE_ABOVE && !options.slow ? "not run: takes minutes" : undefined;
    const refused = tool.refuses?.(tasks) ?? skipped;
    if (refused !== undefined) {
      rows.push({ case: name, tasks: size, tool: tool.name, cost: refused, refused: true });
      continue;
    }
    const folder = join(work, `${name}-${tool.name}`.replaceAll(/[ ,]+/g, "-"));
    mkdirSync(folder);
    const once = size > ONCE_ABOVE && !tool.name.startsWith("twinrail");
    commands.set(tool.name, { command: tool.prepare(folder, tasks), runs: once ? 1 : runs });
  }
  rows.push(...(await inTurn(name, size, commands)));
  return rows;
}

async function projectRows(): Promise<readonly Row[]> {
  const name = `${PROJECT.pipelines} pipelines × ${PROJECT.tasks}`;
  const folder = join(work, "project");
  const names = Array.from({ length: PROJECT.pipelines }, (_, position) => `p${position}`);
  const tasks = shapeOf("chain", PROJECT.tasks);
  writeProject(
    folder,
    Object.fromEntries(names.map((pipeline) => [`${pipeline}.pipeline.ts`, pipelineSource(pipeline, tasks)])),
  );
  const targets = ["airflow", "argo"] as const;
  const commands = targets.map(
    (target) => [`twinrail ${target}`, { command: compileCommand(folder, target), runs }] as const,
  );
  return inTurn(name, PROJECT.pipelines * PROJECT.tasks, new Map(commands));
}

/** All tools once, then all once more: what slows the machine for a while slows all of them. The first round does not count. */
async function inTurn(
  name: string,
  tasks: number,
  commands: ReadonlyMap<string, { command: Command; runs: number }>,
): Promise<readonly Row[]> {
  const costs = new Map<string, (Cost | string)[]>();
  for (let round = 0; round <= runs; round++) {
    for (const [tool, { command, runs: wanted }] of commands) {
      const all = costs.get(tool) ?? [];
      costs.set(tool, all);
      // What runs only once is not warmed up, and what failed fails again.
      if (round > wanted || (wanted === 1 && round === 0) || typeof all.at(-1) === "string") continue;
      const cost = await costOf(meter, command);
      if (typeof cost === "string" || round > 0) all.push(cost);
      console.error(`${name}  ${tool}  ${typeof cost === "string" ? cost : `${cost.cpu.toFixed(2)} s`}`);
    }
  }
  return [...costs].map(([tool, all]) => ({ case: name, tasks, tool, cost: medianOf(all) }));
}

function medianOf(all: readonly (Cost | string)[]): Cost | string {
  const failed = all.find((cost) => typeof cost === "string");
  if (failed !== undefined) return failed;
  const good = all.filter((cost) => typeof cost !== "string");
  const of = (key: keyof Cost): number => median(good.map((cost) => cost[key]));
  return { wall: of("wall"), cpu: of("cpu"), rss: of("rss"), bytes: of("bytes") };
}

/** The generated DAG file and TaskFlow's, parsed in turn by one Airflow. */
async function parseRows(): Promise<
  readonly { case: string; own: number; taskFlow: number; bytes: number; taskFlowBytes: number }[]
> {
  const airflow = await openAirflow();
  const rows = [];
  for (const shape of SHAPES) {
    for (const size of SIZES) {
      const tasks = shapeOf(shape, size);
      const folder = join(work, `parse-${shape}-${size}`);
      const other = join(folder, "taskflow");
      mkdirSync(other, { recursive: true });
      const command = twinrail("airflow").prepare(join(folder, "project"), tasks);
      const cost = await costOf(meter, command);
      if (typeof cost === "string") throw new Error(cost);
      const bundle = join(command.output, "airflow");
      const file = readdirSync(bundle).find((entry) => entry.endsWith(".py")) ?? "";
      writeFileSync(join(other, "bench.py"), taskFlowSource(tasks));
      const files = [join(bundle, file), join(other, "bench.py")] as const;
      const own = await parses(airflow, files);
      rows.push({ case: `${shape} ${size}`, ...own, bytes: bytesOf(files[0]), taskFlowBytes: bytesOf(files[1]) });
    }
  }
  airflow.close();
  return rows;
}

async function parses(
  airflow: Lines,
  [own, taskFlow]: readonly [string, string],
): Promise<{ own: number; taskFlow: number }> {
  const seconds: { own: number[]; taskFlow: number[] } = { own: [], taskFlow: [] };
  for (let round = 0; round <= runs; round++) {
    const pair = [
      await parseSeconds(airflow, own, join(own, "..")),
      await parseSeconds(airflow, taskFlow, join(taskFlow, "..")),
    ] as const;
    if (round === 0) continue;
    seconds.own.push(pair[0]);
    seconds.taskFlow.push(pair[1]);
  }
  return { own: median(seconds.own), taskFlow: median(seconds.taskFlow) };
}
