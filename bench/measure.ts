/** Costs of whole processes (measure.py) and of parsing DAG files (the engine fixtures' harness.py): one Python process each, one line a question. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PACKAGE_ROOT } from "../compiler/package.ts";
import type { Command } from "./tools/tool.ts";

/** Seconds, MiB, bytes. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly rss: number;
  readonly bytes: number;
}

/** A tool that takes longer than this is stopped, and said to have failed. */
const LIMIT_SECONDS = 180;

/** Asks a process that answers one JSON line a line. */
export class Lines {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(argv: readonly [string, ...string[]]) {
    this.#process = spawn(argv[0], argv.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    if (this.#process.stdout === null) throw new Error("no pipe");
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async next(): Promise<unknown> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("the process that measures has ended");
    return JSON.parse(value);
  }

  ask(question: object): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify(question)}\n`);
    return this.next();
  }

  close(): void {
    this.#process.stdin?.end();
  }
}

/** What one run costs, or why it failed. Its output is removed before. */
export async function costOf(meter: Lines, { argv, cwd, env, output }: Command): Promise<Cost | string> {
  rmSync(output, { recursive: true, force: true });
  const question = { argv, cwd, env: { ...process.env, ...env }, limit: LIMIT_SECONDS };
  const answer = (await meter.ask(question)) as { code: number; wall: number; cpu: number; rss: number; log: string };
  if (answer.code === 0) return { ...answer, bytes: bytesOf(output) };
  return answer.log.trim().split("\n").at(-1) || `exit code ${answer.code}`;
}

export function openMeter(): Lines {
  return new Lines(["python3", join(PACKAGE_ROOT, "bench/measure.py")]);
}

/** Airflow in a process that parses DAG files, as the engine fixtures install it. */
export async function openAirflow(): Promise<Lines> {
  const rig = join(PACKAGE_ROOT, "fixtures/engines/airflow");
  const engine = execFileSync(join(rig, "install.sh"), {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  }).trim();
  const airflow = new Lines([join(engine, "bin/python"), join(rig, "harness.py")]);
  await airflow.next();
  return airflow;
}

/** CPU seconds of parsing one DAG file. */
export async function parseSeconds(airflow: Lines, dag: string, bundle: string): Promise<number> {
  const answer = (await airflow.ask({ op: "load", dag, bundle })) as {
    importErrors?: Record<string, string>;
    dags?: unknown[];
    parseCpuSeconds: number;
  };
  if (answer.dags?.length !== 1) throw new Error(`${dag} does not load: ${JSON.stringify(answer).slice(0, 2000)}`);
  return answer.parseCpuSeconds;
}

export function bytesOf(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
}
