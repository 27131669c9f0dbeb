/** One attempt of a task on this machine: files for the runtime, the process, and what its end means. */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { wireText } from "../../compiler/ir/encode.ts";
import type { AttemptOutcome, TaskCall } from "../../compiler/ir/simulate.ts";
import { instanceOf } from "../../compiler/ir/trace.ts";
import type { NodeId, Pipeline, RefSource } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";
import { type ProcessEnd, runProcess } from "./process.ts";
import type { LocalRun } from "./run-context.ts";
import { type Loops, loopsOf, taskArguments } from "./task-arguments.ts";
import { decodeWire, WireValues } from "./values.ts";

export interface MachineOptions {
  readonly pipeline: Pipeline;
  readonly run: LocalRun;
  /** The run's own. */
  readonly folder: string;
  readonly artifacts: string;
  readonly sources: string;
  /** Holds `twinrail_runtime/`. */
  readonly runtime: string;
  readonly python: string;
  /** The interpreters of environments apart from it, by requirements file. */
  readonly pythons?: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Thrown when the run was stopped from outside. */
export class Stopped extends Error {}

/** Exit codes of the runtime (runtime/README.md). */
const BROKEN_CONTRACT = 64;

export class Machine {
  readonly #options: MachineOptions;
  readonly #values: WireValues;
  /** By task instance, as the runtime wrote them: what it made an object stays one. */
  readonly #wires = new Map<string, string>();
  readonly #runFile: string;
  readonly #loops: Loops;
  readonly #tasks: ReadonlySet<NodeId>;

  constructor(options: MachineOptions) {
    this.#options = options;
    const { pipeline, run, artifacts, folder } = options;
    this.#values = new WireValues(join(artifacts, pipeline.name, run.id, "_values"));
    this.#loops = loopsOf(pipeline);
    this.#tasks = tasksOf(pipeline);
    for (const name of ["logs", "tasks"]) mkdirSync(join(folder, name), { recursive: true });
    mkdirSync(artifacts, { recursive: true });
    const { id, scheduled = "", started, timezone } = run;
    this.#runFile = join(folder, "run-context.json");
    const root = pathToFileURL(artifacts).href;
    writeFileSync(
      this.#runFile,
      wireText({ pipeline: pipeline.name, id, key: id, scheduled, started, timezone, root }),
    );
  }

  logOf(call: TaskCall): string {
    return join(this.#options.folder, "logs", `${fileName(call)}.${call.attempt + 1}.log`);
  }

  /** @throws Stopped */
  async attempt(call: TaskCall, onLine?: (text: string) => void): Promise<AttemptOutcome> {
    const { sources, runtime, python, pythons = {}, env, signal } = this.#options;
    if (signal?.aborted) throw new Stopped();
    const task = taskArguments(
      call,
      this.#loops,
      (source, value) => this.#wireOf(call, source) ?? this.#values.encode(value as never),
    );
    const folder = join(this.#options.folder, "tasks", fileName(call), String(call.attempt + 1));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "spec.json"), wireText(task.spec));
    const { timeout } = call.step.options;
    const signals = [signal, call.signal].filter((one) => one !== undefined);
    const end = await runProcess({
      command: [
        pythons[call.step.options.environment ?? ""] ?? python,
        ...["-m", "twinrail_runtime", "--spec", `@${join(folder, "spec.json")}`, "--run", `@${this.#runFile}`],
        ...Object.entries(task.slots).flatMap(([name, wire]) => ["--slot", `${name}=${wire}`]),
        ...Object.entries(task.indices).flatMap(([loop, index]) => ["--index", `${loop}=${index}`]),
        ...["--attempt", String(call.attempt), "--source", sources, "--out", folder],
      ],
      cwd: folder,
      env: {
        ...env,
        ...task.env,
        PYTHONPATH: [runtime, env.PYTHONPATH].filter(Boolean).join(delimiter),
        TWINRAIL_CHECKPOINT_DIR: join(this.#options.folder, "checkpoints", fileName(call)),
      },
      log: this.logOf(call),
      ...(onLine ? { onLine } : {}),
      ...(timeout === undefined ? {} : { timeout }),
      signal: AbortSignal.any(signals),
    });
    if (end.kind === "stopped" && signal?.aborted) throw new Stopped();
    return this.#outcome(call, end, join(folder, "out"));
  }

  #outcome(call: TaskCall, end: ProcessEnd, out: string): AttemptOutcome {
    if (end.kind === "exited" && end.code === 0 && existsSync(out)) {
      const wire = readFileSync(out, "utf8");
      this.#wires.set(instanceOf(call.node.id, call.indices), wire);
      return { ok: true, output: decodeWire(wire) };
    }
    const retry = end.kind !== "failed" && !(end.kind === "exited" && end.code === BROKEN_CONTRACT);
    return { ok: false, message: this.#message(call, end), retry };
  }

  #message(call: TaskCall, end: ProcessEnd): string {
    if (end.kind === "timed out") return `timed out after ${call.step.options.timeout} s`;
    if (end.kind === "stopped") return "stopped when its time was over";
    if (end.kind === "failed") return `${this.#options.python} could not be started: ${end.message}`;
    const said = lastLine(this.logOf(call), `twinrail: ${call.node.id} failed: `);
    if (said !== undefined) return said;
    if (end.kind === "killed") return `the process was killed by ${end.signal}`;
    return end.kind === "exited" && end.code !== 0
      ? `the process ended with exit code ${end.code}`
      : "the process ended without a result";
  }

  #wireOf(call: TaskCall, source: RefSource): string | undefined {
    if (source.from !== "output" || !this.#tasks.has(source.node)) return undefined;
    const depth = this.#loops.get(source.node)?.length ?? 0;
    return this.#wires.get(instanceOf(source.node, call.indices.slice(0, depth)));
  }
}

/** Ids that stand for a task's own output. A region of one node is called like it, and yields a record. */
function tasksOf(pipeline: Pipeline): ReadonlySet<NodeId> {
  const nodes = [...nodesOf(pipeline.body)];
  const tasks = new Set(nodes.filter((node) => node.kind === "task").map((node) => node.id));
  for (const node of nodes) if (node.kind === "region") tasks.delete(node.id);
  return tasks;
}

/** `fit.2.0`: ids are kebab-case, so nothing else has this name. */
function fileName({ node, indices }: TaskCall): string {
  return [node.id, ...indices].join(".");
}

/** The rest of the last line that starts so, if it is near the file's end. */
function lastLine(path: string, start: string): string | undefined {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(16 * 1024);
    const size = readSync(file, buffer, 0, buffer.length, Math.max(0, fstatSync(file).size - buffer.length));
    const lines = buffer.toString("utf8", 0, size).split("\n");
    return lines.findLast((line) => line.startsWith(start))?.slice(start.length);
  } finally {
    closeSync(file);
  }
}
