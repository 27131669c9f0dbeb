import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import {
  attempt,
  block,
  branch,
  error,
  fail,
  forEach,
  item,
  lit,
  op,
  out,
  type PipelineParts,
  param,
  pipeline,
  task,
} from "../../compiler/ir/ir-for-tests.ts";
import type { Block, Expr, Json, Type } from "../../compiler/ir/types.ts";
import type { RunEvent } from "./events.ts";
import { type LocalResult, type RunLocallyOptions, runLocally } from "./run-locally.ts";

const root = mkdtempSync(join(tmpdir(), "twinrail-local-"));
after(() => rmSync(root, { recursive: true, force: true }));
let runs = 0;

/** Steps are Python texts by step id; each defines `main`. */
async function run(
  body: Block,
  steps: Record<string, string>,
  more: PipelineParts & { readonly values?: Record<string, Json> } & Partial<Omit<RunLocallyOptions, "params">> = {},
): Promise<LocalResult & { readonly events: readonly RunEvent[]; readonly folder: string }> {
  const project = join(root, String(runs++));
  mkdirSync(join(project, "steps"), { recursive: true });
  for (const [id, text] of Object.entries(steps)) writeFileSync(join(project, "steps", `${id}.py`), text);
  const events: RunEvent[] = [];
  const folder = join(project, ".twinrail/runs/r1");
  const result = await runLocally({
    pipeline: pipeline(body, more),
    run: { id: "r1", started: "2026-03-01T23:30:00Z", timezone: "Europe/Berlin" },
    folder,
    sources: project,
    runtime: runtimeFolder(),
    ...more,
    params: more.values ?? {},
    onEvent: (event) => {
      events.push(event);
      more.onEvent?.(event);
    },
  });
  return { ...result, events, folder };
}

function runtimeFolder(): string {
  for (let at = import.meta.dirname; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, "runtime/twinrail_runtime/__main__.py"))) return join(at, "runtime");
  }
  throw new Error("the runtime is not above this test");
}

const identity = "def main(x=None):\n    return x\n";
const runField = (field: "id" | "logicalDate" | "day"): Expr => ({
  kind: "ref",
  source: { from: "run", field },
  path: [],
  type: { kind: "string" },
});
const ran = (result: LocalResult) => result.summary.tasks.map((t) => `${t.instance} ${t.state} ${t.attempts}`);
const inputsOf = (result: LocalResult, instance: string) =>
  result.trace?.executions.find((e) => [e.node, ...e.indices].join(".") === instance)?.inputs;

test("values pass between processes, hostile and large ones too", async () => {
  const hostile = "{{ x }} {% y %} $(z) $\u007ba} \u202e\u0000\n\"'\\ 🚀 __classname__ =cmd";
  const large = "🚀{{".repeat(100_000);
  const body = block(
    [
      task("first", [], { x: param("text") }),
      task("second", ["first"], { x: op("template", out("first"), lit("!"), out("first")) }),
      task("third", ["second"], {
        x: {
          kind: "list",
          items: [out("second"), param("large"), runField("day"), runField("logicalDate"), runField("id")],
        },
      }),
    ],
    out("third"),
  );
  const params = ["text", "large"].map((name) => ({ name, type: { kind: "string" } as const, optional: false }));
  const result = await run(
    body,
    { first: identity, second: identity, third: identity },
    { params, values: { text: hostile, large } },
  );
  assert.deepEqual(result.summary.output, [`${hostile}!${hostile}`, large, "2026-03-02", "2026-03-01T23:30:00Z", "r1"]);
  assert.deepEqual(ran(result), ["first succeeded 1", "second succeeded 1", "third succeeded 1"]);
});

test("branches, loops and their results are evaluated by the runtime, from references", async () => {
  const body = block(
    [
      task("plan"),
      forEach(
        "outer",
        ["plan"],
        out("plan", ["groups"]),
        block(
          [
            forEach(
              "inner",
              [],
              item("outer", ["list"]),
              block(
                [task("work", [], { x: { kind: "list", items: [item("outer", ["name"]), item("inner")] } })],
                out("work"),
              ),
            ),
          ],
          out("inner"),
        ),
      ),
      branch(
        "check",
        ["outer"],
        op("gt", op("length", out("outer")), lit(1)),
        block([task("yes", [], { x: out("outer") })], out("yes")),
        block([task("no")]),
      ),
      task("last", ["check"], { x: out("check", [1, 0]) }),
    ],
    out("last"),
  );
  const plan =
    'def main():\n    return {"groups": [{"name": "a" * 3000, "list": [1, 2]}, {"name": "b", "list": [3]}]}\n';
  const result = await run(body, { plan, work: identity, yes: identity, no: identity, last: identity });
  assert.deepEqual(result.summary.output, ["b", 3]);
  assert.deepEqual(ran(result), [
    "plan succeeded 1",
    "work[0,0] succeeded 1",
    "work[0,1] succeeded 1",
    "work[1,0] succeeded 1",
    "yes succeeded 1",
    "no skipped 0",
    "last succeeded 1",
  ]);
  assert.deepEqual(inputsOf(result, "work.1.0"), { x: ["b", 3] });
});

test("artifacts are files; environment and secrets arrive", async () => {
  const dataset: Type = { kind: "artifact", artifact: "dataset" };
  const write =
    'import os\nfrom pathlib import Path\ndef main():\n    Path("d.csv").write_text(os.environ["PLAIN"] + os.environ["TOKEN"])\n    return Path("d.csv")\n';
  const p = pipeline(block([task("write"), task("read", ["write"], { x: out("write", [], dataset) })], out("read")), {
    outputs: { write: dataset },
    options: { write: { env: { PLAIN: "p", TOKEN: { secret: "my-db", key: "pass.word" } } } },
  });
  const read = p.steps.read;
  assert.ok(read);
  const typed = { ...p, steps: { ...p.steps, read: { ...read, inputs: { x: { type: dataset } } } } };
  const result = await run(
    p.body,
    { write, read: "def main(x):\n    return x.read_text()\n" },
    {
      pipeline: typed,
      env: { ...process.env, TWINRAIL_SECRET_MY_DB__PASS_WORD: "s" },
    },
  );
  assert.equal(result.summary.output, "ps");
  const missing = await run(p.body, { write, read: "" }, { pipeline: typed });
  assert.match(missing.summary.error?.message ?? "", /TWINRAIL_SECRET_MY_DB__PASS_WORD/);
});

test("failures: the user's traceback in the log, the reason in the summary, retries, handlers", async () => {
  const flaky = `import os, pathlib
def main():
    marker = pathlib.Path(os.environ["TWINRAIL_CHECKPOINT_DIR"]) / "n"
    tries = int(marker.read_text()) if marker.exists() else 0
    marker.write_text(str(tries + 1))
    print("try", tries)
    if tries < 2:
        raise ValueError("not yet")
    return tries
`;
  const body = block([
    task("flaky"),
    attempt("safe", ["flaky"], block([task("bad"), task("never", ["bad"])]), {
      handler: block([
        task("tell", [], {
          x: { kind: "list", items: [error("safe", ["step"]), error("safe", ["attempt"]), error("safe", ["message"])] },
        }),
      ]),
    }),
    fail("stop", ["safe"], lit("the end")),
  ]);
  const result = await run(
    body,
    { flaky, bad: "def main():\n    return float('nan')\n", never: identity, tell: identity },
    {
      options: { flaky: { retries: 3, backoff: { initial: 0.05, factor: 1 } }, bad: { retries: 5 } },
    },
  );
  assert.deepEqual(ran(result), ["flaky succeeded 3", "bad failed 1", "never skipped 0", "tell succeeded 1"]);
  assert.deepEqual([result.summary.state, result.summary.error], ["failed", { message: "the end" }]);
  const told = inputsOf(result, "tell")?.x as readonly Json[];
  assert.deepEqual(told.slice(0, 2), ["bad", 1]);
  assert.match(String(told[2]), /NaN|nan/);
  const [firstLog] = result.summary.tasks[0]?.logs ?? [];
  assert.match(
    readFileSync(firstLog ?? "", "utf8"),
    /^try 0\nTraceback[\s\S]*steps\/flaky\.py", line 8, in main[\s\S]*ValueError: not yet\n/,
  );
  const kinds = result.events
    .filter((e) => e.kind !== "line")
    .map((e) => ("task" in e ? `${e.kind} ${e.task.instance}` : e.kind));
  const flakyKinds = [
    "started flaky",
    "retry flaky",
    "started flaky",
    "retry flaky",
    "started flaky",
    "succeeded flaky",
  ];
  assert.deepEqual(kinds, [
    ...flakyKinds,
    "started bad",
    "failed bad",
    "skipped never",
    "started tell",
    "succeeded tell",
    "thrown",
  ]);
  assert.ok(result.events.some((e) => e.kind === "line" && e.text === "try 2" && e.attempt === 3));
  assert.equal(JSON.parse(readFileSync(join(result.folder, "run.json"), "utf8")).state, "failed");
});

test("an attempt over its timeout is ended with everything that it started, and retried", async () => {
  const slow = `import os, subprocess, time, pathlib
def main():
    child = subprocess.Popen(["sleep", "60"])
    pathlib.Path(os.environ["TWINRAIL_CHECKPOINT_DIR"], str(child.pid)).touch()
    time.sleep(60)
`;
  const result = await run(block([task("slow")]), { slow }, { options: { slow: { timeout: 5 } } });
  assert.deepEqual([ran(result), result.summary.error?.message], [["slow failed 1"], "timed out after 5 s"]);
  const children = readdirSync(join(result.folder, "checkpoints/slow"));
  assert.equal(children.length, 1);
  for (const pid of children) assert.equal(isAlive(Number(pid)), false);
  const backoff = { initial: 0, factor: 1 };
  const again = await run(
    block([task("slow")]),
    { slow },
    { options: { slow: { retries: 1, timeout: 0.1, backoff } } },
  );
  assert.deepEqual(ran(again), ["slow failed 2"]);
});

test("deadlines end what runs and what waits for a slot, and the run says so", async () => {
  const slow = "import time\ndef main():\n    time.sleep(60)\n";
  const own = await run(block([task("slow")]), { slow }, { options: { slow: { retries: 3, deadline: 2 } } });
  assert.deepEqual([ran(own), own.summary.error?.message], [["slow failed 1"], "not done within 2 s"]);
  const body = block([task("slow"), task("waits"), task("next", ["slow"])]);
  const whole = await run(body, { slow, waits: slow, next: identity }, { deadline: 2, concurrency: 1 });
  assert.deepEqual([whole.summary.state, whole.summary.error?.message], ["failed", "the run was not done within 2 s"]);
  assert.deepEqual(ran(whole), ["slow failed 1", "waits failed 0", "next skipped 0"]);
});

test("a stop ends every process, starts nothing else, and says so", async () => {
  const controller = new AbortController();
  const steps = {
    slow: "import time\ndef main():\n    print('here', flush=True)\n    time.sleep(60)\n",
    next: identity,
    failing: "def main():\n    raise OSError\n",
  };
  const body = block([
    task("slow"),
    task("next", ["slow"]),
    task("failing"),
    attempt("t", [], block([task("other", [], {}, "slow")]), { handler: block([task("handler", [], {}, "next")]) }),
  ]);
  const before = performance.now();
  const result = await run(body, steps, {
    options: { failing: { retries: 9 } },
    concurrency: 3,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.kind === "line" && event.text === "here") setTimeout(() => controller.abort(), 300);
    },
  });
  assert.equal(result.summary.state, "stopped");
  assert.ok(performance.now() - before < 15_000);
  assert.deepEqual(
    ran(result).filter((text) => !text.includes("stopped")),
    [],
  );
  assert.equal(existsSync(join(result.folder, "logs/handler.1.log")), false);
});

test("concurrency limits processes", async () => {
  const work =
    "import time\ndef main(x=None):\n    start = time.time()\n    time.sleep(0.3)\n    return [start, time.time()]\n";
  const result = await run(
    block(
      [forEach("each", [], lit([1, 2, 3, 4]), block([task("work", [], { x: item("each") })], out("work")))],
      out("each"),
    ),
    { work },
    { concurrency: 2 },
  );
  const spans = result.summary.output as [number, number][];
  const most = Math.max(...spans.map(([at]) => spans.filter(([start, end]) => start <= at && at < end).length));
  assert.equal(most, 2);
});

test("a process that dies or leaves nothing has failed; a Python that is not there is said", async () => {
  const dies = "import os, signal\ndef main():\n    os.kill(os.getpid(), signal.SIGKILL)\n";
  const leaves = "import os\ndef main():\n    os._exit(0)\n";
  const result = await run(block([task("dies"), task("leaves")]), { dies, leaves });
  assert.deepEqual(
    result.summary.tasks.map((t) => t.message),
    ["the process was killed by SIGKILL", "the process ended without a result"],
  );
  const missing = await run(
    block([task("dies")]),
    { dies },
    { python: "/nowhere/python3", options: { dies: { retries: 2 } } },
  );
  assert.match(missing.summary.error?.message ?? "", /\/nowhere\/python3 could not be started: .*ENOENT/);
  assert.deepEqual(ran(missing), ["dies failed 1"]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Killed, but nobody has collected it yet.
  return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
}
