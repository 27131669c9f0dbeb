/** Emitted DAGs in a real Airflow, by the rig's harness. Skipped where `fixtures/engines/airflow/install.sh` has not run. */
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { after, before, test } from "node:test";
import type { Expr, Json, Pipeline } from "../../compiler/ir/types.ts";
import type { SourceFile } from "../target.ts";
import { packageRoot } from "./assets.ts";
import { emitAirflow } from "./target.ts";
import * as ir from "./testing.ts";

const rig = join(packageRoot(), "fixtures/engines/airflow");
const lock = createHash("sha256")
  .update(readFileSync(join(rig, "requirements.lock")))
  .digest("hex")
  .slice(0, 12);
const cache = process.env.TWINRAIL_CACHE || join(homedir(), ".cache/twinrail");
const engine = join(cache, "engines", `airflow-${lock}`);
const skip = existsSync(join(engine, ".complete")) ? false : "Airflow is not installed";

const STEPS = `
from pathlib import Path

def extract(day):
    Path("events.csv").write_text(day)
    return {"events": Path("events.csv"), "regions": ["eu", "us"]}

def build_features(events, region):
    path = Path(region)
    path.write_text(events.read_text() + region)
    return {"features": path, "rows": 1}

def train(features, lr):
    Path("model").write_text("".join(path.read_text() for path in features))
    return {"model": Path("model"), "auc": 0.91}

def publish(model):
    assert model.read_text() == "2026-01-01eu2026-01-01us"

def alert(text):
    pass

def echo(value):
    return value

def fail_on(value, bad):
    if value == bad:
        raise ValueError(f"no {bad}")
    return value
`;

interface Answer {
  readonly importErrors?: Readonly<Record<string, string>>;
  readonly dags?: readonly { readonly hash: string }[];
  readonly state?: string;
  readonly taskInstances?: readonly {
    readonly taskId: string;
    readonly mapIndex: number;
    readonly state: string;
    readonly xcom?: Json;
  }[];
}

class Harness {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#process = spawn(join(engine, "bin/python"), [join(rig, "harness.py")], { env: { ...process.env, ...env } });
    this.#process.stderr.resume();
    this.#reader = createInterface(this.#process.stdout);
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  async ask(request: object): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      assert.ok(!done, "the harness ended");
      const answer = JSON.parse(value) as Answer & { ready?: boolean };
      if (answer.ready === undefined) return answer;
    }
  }

  end(): void {
    this.#process.stdin.end();
    this.#reader.close();
  }
}

let folder: string;
let harness: Harness;

before(() => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "twinrail-airflow-test-"));
  harness = new Harness();
});

after(() => {
  if (skip) return;
  harness.end();
  rmSync(folder, { recursive: true, force: true });
});

function filesBelow(root: string): SourceFile[] {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".py"))
    .sort();
  return names.map((path) => ({ path, content: readFileSync(join(root, path)) }));
}

/** Writes the pipeline's bundle and says where its DAG file is. */
function write(pipeline: Pipeline): { dag: string; bundle: string } {
  const runtime = filesBelow(join(packageRoot(), "runtime/twinrail_runtime")).map(({ path, content }) => ({
    path: `twinrail_runtime/${path}`,
    content,
  }));
  const sources = [{ path: "steps/all.py", content: new TextEncoder().encode(STEPS) }];
  const project = { ...ir.project, artifactRoot: `file://${folder}/artifacts` };
  const { files, diagnostics } = emitAirflow(ir.targetInput(pipeline, { runtime, sources, project }));
  assert.deepEqual(diagnostics, []);
  for (const { path, content } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return { dag: join(folder, "airflow", `${pipeline.name.replaceAll("-", "_")}.py`), bundle: join(folder, "airflow") };
}

async function run(
  pipeline: Pipeline,
  conf: object = {},
): Promise<{ state: string | undefined; tasks: Record<string, [string, Json?]> }> {
  const answer = await harness.ask({ op: "test", conf, ...write(pipeline) });
  const tasks = (answer.taskInstances ?? []).map(({ taskId, mapIndex, state, xcom }): [string, [string, Json?]] => [
    mapIndex < 0 ? taskId : `${taskId}[${mapIndex}]`,
    xcom === undefined ? [state] : [state, xcom],
  ]);
  return { state: answer.state, tasks: Object.fromEntries(tasks) };
}

test("the example loads with the version check at `error` and has one hash in every process", { skip }, async () => {
  const place = write(ir.churn());
  const other = new Harness({ PYTHONHASHSEED: "7" });
  const [one, two] = await Promise.all([harness.ask({ op: "load", ...place }), other.ask({ op: "load", ...place })]);
  other.end();
  assert.deepEqual(one.importErrors, {});
  assert.equal(one.dags?.[0]?.hash, two.dags?.[0]?.hash);
});

test("the example runs, artifacts included, into either arm", { skip }, async () => {
  const high = await run(ir.churn(), { day: "2026-01-01" });
  assert.equal(high.state, "success");
  assert.deepEqual([high.tasks.publish?.[0], high.tasks.alert?.[0]], ["success", "skipped"]);
  const low = await run(ir.churn(), { day: "2026-01-01", threshold: 0.95 });
  assert.deepEqual([low.state, low.tasks.publish?.[0], low.tasks.alert?.[0]], ["success", "skipped", "success"]);
});

/** A loop with a branch in its body, and a branch with a loop and a branch in an arm. */
function shapes(items: Json, flag: boolean): Pipeline {
  const echo = ir.step("echo", { value: ir.json }, ir.json);
  const task = (id: string, value: Expr, after: readonly string[] = []) => ir.task(id, { value }, after, "echo");
  const inner = ir.branch(
    "big",
    ir.call("gt", ir.ref("output", "one"), ir.literal(3)),
    ir.block([task("more", ir.ref("output", "one"))], ir.records({ v: ir.ref("output", "more") })),
    ir.block([], ir.records({ v: ir.literal("small") })),
    ["one"],
  );
  const body = ir.block(
    [task("one", ir.ref("item", "each")), inner, task("last", ir.ref("output", "big", "v"), ["big"])],
    ir.ref("output", "last"),
  );
  const arm = ir.block(
    [
      ir.forEach(
        "again",
        ir.ref("output", "source"),
        ir.block([task("two", ir.ref("item", "again"))], ir.ref("output", "two")),
      ),
      ir.branch("nested", ir.literal(true), ir.block([task("deep", ir.ref("output", "again"))]), ir.block([]), [
        "again",
      ]),
    ],
    ir.records({ r: ir.ref("output", "again") }),
  );
  const nodes = [
    task("source", ir.literal(items)),
    ir.forEach("each", ir.ref("output", "source"), body, ["source"]),
    task("sum", ir.ref("output", "each"), ["each"]),
    ir.branch("if-flag", ir.literal(flag), arm, ir.block([], ir.records({ r: ir.literal("none") })), ["sum"]),
    task("end", ir.ref("output", "if-flag", "r"), ["if-flag"]),
  ];
  return ir.pipeline("shapes", [echo], ir.block(nodes));
}

test("loops and branches in each other: results in item order, nothing leaks from an arm that is not taken", {
  skip,
}, async () => {
  const all = await run(shapes([1, 5], true));
  assert.deepEqual([all.state, all.tasks.sum?.[1], all.tasks.end?.[1]], ["success", 'V["small",5]', "V[1,5]"]);
  const empty = await run(shapes([], true));
  assert.deepEqual([empty.state, empty.tasks.sum?.[1], empty.tasks.deep?.[1]], ["success", "V[]", "V[]"]);
  const other = await run(shapes([5], false));
  assert.deepEqual([other.state, other.tasks.end?.[1]], ["success", 'V"none"']);
  for (const id of ["again", "two", "again.end", "nested", "deep", "nested.end"])
    assert.equal(other.tasks[id]?.[0], "skipped", id);
});

test("a failed item fails the run, and the other items run to their end", { skip }, async () => {
  const steps = [
    ir.step("fail-on", { value: ir.json, bad: ir.json }, ir.json),
    ir.step("echo", { value: ir.json }, ir.json),
  ];
  const body = ir.block(
    [ir.task("item", { value: ir.ref("item", "each"), bad: ir.literal(2) }, [], "fail-on")],
    ir.ref("output", "item"),
  );
  const nodes = [
    ir.forEach("each", ir.literal([1, 2, 3]), body),
    ir.task("echo", { value: ir.ref("output", "each") }, ["each"]),
  ];
  const { state, tasks } = await run(ir.pipeline("failing", steps, ir.block(nodes)));
  assert.equal(state, "failed");
  assert.deepEqual(
    ["item[0]", "item[1]", "item[2]", "echo"].map((id) => tasks[id]?.[0]),
    ["success", "failed", "success", "upstream_failed"],
  );
});

test("hostile strings come back as they went in", { skip }, async () => {
  const value = {
    a: "{{ 1 }} {% x %} $(HOME) $$ {X}",
    b: "\"'\\\n\r\t\0\u202e\u2028",
    c: "😀",
    __classname__: "=cmd",
    n: 1e21,
  };
  const echo = ir.step("echo", { value: ir.json }, ir.json);
  const nodes = [
    ir.task("one", { value: ir.literal(value) }, [], "echo"),
    ir.task("two", { value: ir.ref("output", "one") }, ["one"], "echo"),
  ];
  const { state, tasks } = await run(ir.pipeline("hostile", [echo], ir.block(nodes)));
  assert.equal(state, "success");
  assert.deepEqual(JSON.parse(String(tasks.two?.[1]).slice(1)), value);
});
