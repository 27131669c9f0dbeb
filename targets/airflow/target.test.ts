import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runtimeExpr } from "../../compiler/ir/encode.ts";
import type { Expr, Json, Operator, Pipeline } from "../../compiler/ir/types.ts";
import type { TargetInput, TargetOutput } from "../target.ts";
import { readAsset } from "./assets.ts";
import { express, Imports, operators } from "./express.ts";
import { stepOptions } from "./options.ts";
import { settings } from "./settings.ts";
import { emitAirflow } from "./target.ts";
import * as ir from "./testing.ts";

function emit(pipeline: Pipeline, more: Partial<TargetInput> = {}): TargetOutput {
  return emitAirflow(ir.targetInput(pipeline, more));
}

function dagOf(output: TargetOutput): string {
  const file = output.files.find(({ path }) => /^airflow\/\w+\.py$/.test(path));
  return String(file?.content);
}

/** Without the hash, which every change of an operator changes. */
function readable(output: TargetOutput): string {
  return dagOf(output).replaceAll(/(twinrail_\w+?)_[0-9a-f]{12}/g, "$1_0123456789ab");
}

function codes(output: TargetOutput): string[] {
  return output.diagnostics.map(({ code, span }) => `${code}@${span?.start}`);
}

test("the churn example is the DAG file that one would write by hand", () => {
  const output = emit(ir.churn());
  assert.deepEqual(output.diagnostics, []);
  assert.equal(readable(output), readAsset("targets/airflow/expected/churn.py"));
  execFileSync("python3", ["-c", "import sys; compile(sys.stdin.read(), 'dag', 'exec')"], { input: dagOf(output) });
});

test("the file names the source of each task, and no line of a source", () => {
  const output = emit(ir.churn());
  const file = output.files.find(({ path }) => path === "airflow/churn.py");
  const lines = String(file?.content).split("\n");
  const mapped = (file?.map ?? []).map(({ line, origin }) => `${lines[line - 1]?.trim()} ${origin.span.start}`);
  assert.ok(mapped.some((line) => line.startsWith("extract = Step(") && line.endsWith(" 10")));
  assert.ok(mapped.some((line) => line.startsWith("if_auc = Branch(") && line.endsWith(" 20")));
  // A moved source line changes no byte that Airflow reads.
  const moved = JSON.parse(JSON.stringify(ir.churn()), (key, value) =>
    key === "start" && typeof value === "number" ? value + 9 : value,
  ) as Pipeline;
  const contents = (of: TargetOutput): unknown => of.files.map(({ path, content }) => [path, String(content)]);
  assert.deepEqual(contents(emit(moved)), contents(output));
});

test("every change of the pipeline or of its sources is another package", () => {
  const one = (value: Json, source = ""): string => {
    const body = ir.block([ir.task("echo", { value: ir.literal(value) })]);
    const sources = [{ path: "steps/all.py", content: new TextEncoder().encode(source) }];
    return dagOf(emit(ir.pipeline("p", [ir.step("echo", { value: ir.json }, ir.json)], body), { sources }));
  };
  const packageOf = (dag: string): string | undefined => /from (twinrail_p_\w{12}) import/.exec(dag)?.[1];
  assert.equal(packageOf(one(1)), packageOf(one(1)));
  assert.notEqual(packageOf(one(1)), packageOf(one(2)));
  assert.notEqual(packageOf(one(1)), packageOf(one(1, "x = 1")));
});

test("every folder of sources is a package", () => {
  const sources = [{ path: "steps/deep/all.py", content: new Uint8Array() }];
  const paths = emit(ir.pipeline("p", [], ir.block([])), { sources }).files.map(({ path }) =>
    path.replace(/_\w{12}\//, "/"),
  );
  assert.ok(paths.includes("airflow/twinrail_p/src/steps/__init__.py"));
  assert.ok(paths.includes("airflow/twinrail_p/src/steps/deep/__init__.py"));
  assert.ok(!paths.includes("airflow/twinrail_p/src/__init__.py"));
});

test("a run ends only after everything has ended", () => {
  // `c` is over as soon as `a` failed, while `b` may still run.
  const steps = ["a", "b", "c", "d"].map((id) => ir.step(id, {}, ir.json));
  const body = ir.block([ir.task("a"), ir.task("b"), ir.task("c", {}, ["a", "b"]), ir.task("d", {}, ["c"])]);
  assert.match(
    dagOf(emit(ir.pipeline("p", steps, body))),
    /\[a, b\] >> c >> d\n {4}\[run_start, a, b, d\] >> run_finish/,
  );
});

test("options arrive in Airflow's words", () => {
  const options = {
    retries: 2,
    backoff: { initial: 5, factor: 1, max: 60 },
    timeout: 90,
    env: { A: "{{ x }}", B: { secret: "db", key: "password" } },
    pool: "gpu",
    poolSlots: 2,
    queue: "fast",
    priority: 7,
  };
  const dag = dagOf(emit(ir.pipeline("p", [ir.step("a", {}, ir.json, options)], ir.block([ir.task("a")]))));
  for (const line of [
    "retries=2,",
    "retry_delay=timedelta(seconds=5),",
    "retry_exponential_backoff=0,",
    "max_retry_delay=timedelta(seconds=60),",
    "execution_timeout=timedelta(seconds=90),",
    'env={"A": "{{ x }}", "B": Secret("db", "password")},',
    'pool="gpu",',
    "pool_slots=2,",
    'queue="fast",',
    "priority_weight=7,",
  ]) {
    assert.ok(dag.includes(`        ${line}\n`), line);
  }
});

test("every option that the table refuses is refused where it was written", () => {
  const refused = Object.entries(stepOptions).filter(([, entry]) => "refuse" in entry);
  assert.ok(refused.length >= 8);
  for (const [option] of refused) {
    const step = ir.step("a", {}, ir.json, { [option]: "x" });
    assert.deepEqual(codes(emit(ir.pipeline("p", [step], ir.block([ir.task("a")])))), ["TR5002@100"], option);
  }
});

test("a `try` waits for everything before each of its turns, and names the members that it judges", () => {
  const echo = ir.step("echo", { value: ir.json }, ir.json);
  const one = (id: string, after: string[] = []) => ir.task(id, { value: ir.literal(1) }, after, "echo");
  const body = ir.block([one("a"), one("slow"), one("b", ["a"])], ir.ref("output", "b"));
  const handler = ir.block([one("h")], ir.ref("error", "t", "message"));
  const nodes = [one("before"), ir.tryNode("t", body, handler, ir.block([one("f")]), ["before"]), one("after", ["t"])];
  const dag = dagOf(emit(ir.pipeline("p", [echo], ir.block(nodes))));
  for (const line of [
    / {4}t = Try\(\n.*\n {8}body=\["a", "slow", "b"\],\n {8}handler=\["h"\],\n {8}last=\["f"\],\n {8}result=\(Out\("b"\), Error\("t"\).message\),\n/,
    /import Catch, EndTry, Finally, Try\n/,
    / >> before >> t >> \[a, slow\]\n/,
    /\[slow, b\] >> t_catch >> h >> t_finally >> f >> t_end >> after\n/,
  ])
    assert.match(dag, line);
});

test("an allowed failure takes no handler, an item of a settled loop one that tells the error", () => {
  const echo = ir.step("echo", { value: ir.json }, ir.json);
  const task = ir.task("echo", { value: ir.literal(1) });
  const allowed = ir.tryNode("t", ir.block([task], ir.ref("output", "echo")), ir.block([]));
  const dag = dagOf(emit(ir.pipeline("p", [echo], ir.block([allowed]))));
  assert.match(dag, /handler=\[\], result=\(Out\("echo"\), Absent\)/);
  assert.doesNotMatch(dag, /Catch/);
  const loop = ir.forEach("each", ir.literal([1]), ir.block([task], ir.ref("output", "echo")), [], { settle: true });
  const settled = dagOf(emit(ir.pipeline("p", [echo], ir.block([loop]))));
  assert.match(settled, /"rejected", "reason": Error\("each.item"\)/);
  assert.match(settled, /each_item >> echo >> each_item_catch >> each_item_end/);
});

test("arms in a mapped body look themselves whether they are taken", () => {
  const echo = ir.step("echo", { value: ir.json }, ir.json);
  const one = (id: string, after: string[] = []) => ir.task(id, { value: ir.literal(1) }, after, "echo");
  const deep = ir.branch("deep", ir.literal(true), ir.block([one("c")]), ir.block([]));
  const body = ir.block([ir.branch("if", ir.literal(true), ir.block([one("a"), one("b", ["a"])]), ir.block([deep]))]);
  const dag = dagOf(emit(ir.pipeline("p", [echo], ir.block([ir.forEach("each", ir.literal([1]), body)]))));
  for (const line of [
    /Branch\(task_id="if", condition=True\)/,
    /task_id="a",[\s\S]*?when=\("if", True\)/,
    /deep = Branch\(task_id="deep", condition=True, when=\("if", False\)\)/,
    /EndBranch\(task_id="deep.end", of="deep", then=\["c"\], otherwise=\[\]\)/,
    /End\(task_id="if.end", trigger_rule="none_failed"\)/,
    /EndLoop\(task_id="each.end", of="each", must=\["if.end"\]\)/,
  ])
    assert.match(dag, line);
  assert.equal(dag.match(/when=/g)?.length, 3);
});

test("what depends on context is refused by the lowering", () => {
  const echo = ir.step("echo", { value: ir.json }, ir.json);
  const items = ir.literal([1]);
  const body = ir.block([ir.task("echo", { value: ir.ref("item", "loop") })]);
  const two = ir.block([...body.nodes, ir.task("again", { value: ir.literal(1) }, ["echo"], "echo")]);
  const isolated = ir.step("gpu", {}, ir.json, { image: "x" }, { placement: "isolated" });
  const one = (...of: Parameters<typeof ir.forEach>): Pipeline =>
    ir.pipeline("p", [echo], ir.block([ir.forEach(...of)]));
  assert.deepEqual(codes(emit(one("loop", items, body, [], { mode: "sequential" }))), ["TR5004@30"]);
  assert.deepEqual(codes(emit(one("outer", items, ir.block([ir.forEach("loop", items, body)])))), ["TR5003@30"]);
  assert.deepEqual(codes(emit(one("loop", items, two, [], { concurrency: 2 }))), ["TR5008@30"]);
  assert.deepEqual(codes(emit(one("loop", ir.literal(Array(1025).fill(0)), body))), ["TR5011@30"]);
  assert.deepEqual(codes(emit(one("loop", ir.literal(Array(1024).fill(0)), body))), []);
  assert.deepEqual(codes(emit(one("loop", items, body, [], { concurrency: 2 }))), []);
  assert.deepEqual(codes(emit(ir.pipeline("p", [isolated], ir.block([ir.task("gpu")])))), ["TR5001@10"]);
  const tagged = {
    options: { tags: ["t".repeat(101)], labels: { a: "b" }, origins: { tags: ir.origin(70), labels: ir.origin(80) } },
  };
  assert.deepEqual(codes(emit(ir.pipeline("p", [], ir.block([]), tagged))), ["TR5006@70", "TR5007@80"]);
});

test("of a region the package knows what can fail it, in source order, without what it catches itself", () => {
  const gpu = ir.step("gpu", {}, ir.json, { image: "x" }, { placement: "isolated" });
  const one = (id: string) => ir.task(id, {}, [], "gpu");
  const caught = ir.tryNode("t", ir.block([one("a")]), ir.block([one("h")]), ir.block([one("f")]));
  const loop = ir.forEach("each", ir.literal([1]), ir.block([one("b"), ir.fail("stop", ir.literal("no"))]));
  const settled = ir.forEach("all", ir.literal([1]), ir.block([one("c")]), [], { settle: true });
  const block = ir.block([caught, loop, settled]);
  const { regions } = settings(
    ir.targetInput(ir.pipeline("p", [gpu], ir.block([{ ...ir.region("r", {}, []), block }]))),
    [],
  ) as {
    regions: Record<string, { node: string; step?: string; loops: string[] }[]>;
  };
  assert.deepEqual(
    regions.r?.map(({ node, step, loops }) => [node, step, loops]),
    [
      ["f", "gpu", []],
      ["h", "gpu", []],
      ["b", "gpu", ["each"]],
      ["stop", undefined, ["each"]],
    ],
  );
});

test("a file that slows its tasks is said, with what it costs", () => {
  const echo = ir.step("echo", { value: ir.json }, ir.json);
  const many = Array.from({ length: 400 }, (_, n) => ir.task(`t-${n}`, { value: ir.literal(n) }, [], "echo"));
  const { diagnostics, files } = emit(ir.pipeline("p", [echo], ir.block(many)));
  assert.deepEqual(
    diagnostics.map(({ code, severity }) => [code, severity]),
    [["TR5012", "warning"]],
  );
  assert.match(diagnostics[0]?.message ?? "", /402 tasks.*about 50 ms/);
  assert.ok(files.length > 0);
});

test("the key of a loop names its items in Airflow's screens, and its limit is that of the one task in its body", () => {
  const echo = ir.step("echo", { value: ir.json }, ir.json);
  const task = ir.task("echo", { value: ir.ref("item", "each") });
  const more = { key: ir.ref("item", "each", "name"), concurrency: 2 };
  for (const nodes of [[task], [ir.tryNode("t", ir.block([task]), ir.block([]))]]) {
    const loop = ir.forEach("each", ir.ref("param", "x"), ir.block(nodes), [], more);
    const dag = dagOf(emit(ir.pipeline("p", [echo], ir.block([loop]))));
    assert.match(dag, /max_active_tis_per_dagrun=2,\n *key=Item\("each"\).name,\n *map_index_template="\{\{ item_key/);
  }
});

test("Python builds the very expression that the runtime would get", () => {
  const o = ir.ref("output", "a", "x", 0, "class", "_y", "a b");
  const args: Record<Operator, Expr[]> = {
    ...{ not: [o], and: [o, o], or: [o, o], eq: [o, ir.literal(null)], ne: [ir.literal(1), ir.literal(true)] },
    ...{ lt: [o, ir.literal(1)], le: [ir.literal(1), o], gt: [o, o], ge: [o, ir.literal(0.5)], isNullish: [o] },
    ...{
      select: [ir.call("eq", o, ir.literal("s")), o, { kind: "absent" }],
      coalesce: [o, ir.literal([1])],
      template: [ir.literal("a"), o],
    },
    ...{ length: [o], concat: [{ kind: "list", items: [o] }, o], merge: [o, ir.records({ "a b": o })] },
    ...{ get: [o, ir.literal("k")], getOptional: [o, ir.literal(0)] },
  };
  const each: Expr = {
    kind: "comprehension",
    items: o,
    item: "p",
    index: "i",
    where: ir.call("not", ir.ref("bound", "p")),
    each: ir.ref("bound", "i"),
    type: ir.json,
  };
  const nested = ir.call("and", ir.call("or", o, ir.call("ge", o, ir.literal(1))), ir.call("not", ir.call("eq", o, o)));
  const all: Expr[] = [
    ...Object.entries(args).map(([op, of]) => ir.call(op as Operator, ...of)),
    each,
    nested,
    ir.ref("run", "day"),
    ir.ref("param", "x-y"),
    ir.ref("error", "t", "step"),
    ir.ref("index", "l"),
  ];
  assert.equal(Object.keys(args).length, Object.keys(operators).length);
  const program = `${readFileSync(new URL("python/expressions.py", sourceFolder()), "utf8")}\nimport json, sys\nprint(json.dumps([to_json(eval(s)) for s in json.loads(sys.argv[1])]))`;
  const sources = all.map((expr) => express(expr, new Imports()));
  const built = JSON.parse(execFileSync("python3", ["-c", program, JSON.stringify(sources)]).toString()) as Json[];
  assert.deepEqual(
    built.map(plainLiterals),
    all.map((expr) => plainLiterals(runtimeExpr(expr))),
  );
});

/** Where the Python files are: beside the TypeScript sources, which this file may be compiled from. */
function sourceFolder(): URL {
  return new URL(import.meta.url.includes("/dist/") ? "../../../targets/airflow/" : "./", import.meta.url);
}

/** A literal list and a list of literals are the same value. */
function plainLiterals(value: Json): Json {
  return JSON.parse(JSON.stringify(value), (_, item) =>
    item && Array.isArray(item.list) && item.list.every((e: object) => "lit" in e)
      ? { lit: item.list.map((e: { lit: Json }) => e.lit) }
      : item,
  ) as Json;
}
