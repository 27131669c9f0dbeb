import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import type { StepOptions } from "../../compiler/ir/step.ts";
import type { Pipeline } from "../../compiler/ir/types.ts";
import type { DagTemplate, PodTemplate, Template, Workflow } from "./objects.ts";
import { stepOptions } from "./options.ts";
import { lowerRegion } from "./target.ts";
import * as t from "./testing.ts";
import { ir } from "./testing.ts";

const { block, branch, fail, forEach, item, lit, op, out, param, task } = ir;

function workflowOf(pipeline: Pipeline): Workflow {
  const output = t.emit(pipeline);
  assert.deepEqual(output.diagnostics, []);
  return parseAllDocuments(t.contentOf(output))[0]?.toJS() as Workflow;
}
function template(workflow: Workflow, name: string): Template {
  const found = workflow.spec.templates.find((one) => one.name === name);
  assert.ok(found, `no template ${name}`);
  return found;
}
function dagTask(workflow: Workflow, dag: string, name: string): DagTemplate["dag"]["tasks"][number] {
  const found = (template(workflow, dag) as DagTemplate).dag.tasks.find((one) => one.name === name);
  assert.ok(found, `no task ${name} in ${dag}`);
  return found;
}
function codes(pipeline: Pipeline): string[] {
  return t.emit(pipeline).diagnostics.map(({ code }) => code);
}

test("a whole pipeline: the template, then the schedule that starts it", () => {
  const output = t.emit(t.churn());
  assert.deepEqual(output.diagnostics, []);
  assert.equal(output.files[0]?.path, "argo/main/acme-churn.yaml");
  assert.equal(t.contentOf(output), t.expected("churn.yaml"));
});

test("the same pipeline gives the same bytes", () => {
  assert.equal(t.contentOf(t.emit(t.churn())), t.contentOf(t.emit(structuredClone(t.churn()))));
});

test("the map names the line of each template that comes from a node", () => {
  const output = t.emit(t.churn());
  const lines = t.contentOf(output).split("\n");
  const mapped = output.files[0]?.map?.map(({ line }) => lines[line - 1]?.trim());
  const nodes = ["extract", "build-features", "train", "if-auc", "publish", "alert"];
  assert.deepEqual(
    mapped,
    nodes.map((id) => `- name: ${id}`),
  );
});

test("a branch: arms exclude each other, what follows needs only the branch", () => {
  const workflow = workflowOf(
    ir.pipeline(
      block([
        task("first"),
        branch(
          "if-ok",
          ["first"],
          op("and", out("first", ["ok"], t.boolean), op("gt", out("first", ["n"], t.number), lit(1))),
          block([task("a"), task("b", ["a"])], t.fields({ m: out("b") })),
          block([], t.fields({ m: lit(null) })),
        ),
        task("after", ["if-ok"], { m: out("if-ok", ["m"]) }),
      ]),
      { outputs: { first: t.record({ ok: t.boolean, n: t.number }) } },
    ),
  );
  const arm = dagTask(workflow, "if-ok", "if-ok-then");
  assert.equal(
    arm.when,
    "{{=fromJSON(inputs.parameters['first_ok']) && (fromJSON(inputs.parameters['first_n']) > 1)}}",
  );
  assert.equal(dagTask(workflow, "main", "after").depends, "if-ok.Succeeded");
  // The wire of a task in the arm that did not run is absent, and the reader is told which arm ran.
  assert.deepEqual(template(workflow, "if-ok").outputs?.parameters, [
    { name: "b", valueFrom: { parameter: "{{tasks.if-ok-then.outputs.parameters.b}}", default: "N" } },
  ]);
  assert.deepEqual(
    dagTask(workflow, "main", "after").arguments?.parameters.map(({ name }) => name),
    ["b", "first"],
  );
});

test("depends comes from every reference, and an empty loop is no failure", () => {
  const workflow = workflowOf(
    ir.pipeline(
      block([
        task("list"),
        forEach(
          "each",
          [],
          out("list", [], t.list(t.json)),
          block([task("work", [], { x: item("each") })], out("work")),
        ),
        task("sum", [], { all: out("each") }),
      ]),
      { outputs: { list: t.list(t.json) } },
    ),
  );
  assert.equal(dagTask(workflow, "main", "each").depends, "list.Succeeded");
  assert.deepEqual(dagTask(workflow, "main", "each").withSequence, {
    count: "{{tasks.list.outputs.parameters.length}}",
  });
  assert.equal(dagTask(workflow, "main", "sum").depends, "each.Succeeded || each.Skipped");
});

test("no wire of a loop's body is in the status unless a sibling reads it", () => {
  const workflow = workflowOf(
    ir.pipeline(
      block([forEach("each", [], lit([1, 2]), block([task("a"), task("b", ["a"], { a: out("a") })], out("b")))]),
    ),
  );
  assert.deepEqual(
    template(workflow, "a").outputs?.parameters.map(({ name }) => name),
    ["out"],
  );
  assert.equal(template(workflow, "b").outputs, undefined);
});

test("a sequential loop stops at its first failure, but not at a failed attempt", () => {
  const workflow = workflowOf(
    ir.pipeline(block([forEach("each", [], lit([1, 2]), block([task("a")]), { mode: "sequential" })]), {
      options: { a: { retries: 1 } },
    }),
  );
  const loop = template(workflow, "each");
  assert.ok("steps" in loop && loop.failFast && loop.parallelism === 1);
  // A DAG around the pod: attempts of a pod are children of what holds it.
  assert.ok("dag" in template(workflow, loop.steps[0]?.[0]?.template ?? ""));
});

test("what Argo cannot evaluate gets a pod of its own", () => {
  const workflow = workflowOf(
    ir.pipeline(
      block([
        task("a"),
        task("b"),
        branch("if-same", ["a", "b"], op("eq", out("a", [], t.string), out("b", [], t.string)), block([task("c")])),
        forEach("outer", ["if-same"], lit([[1], []]), block([forEach("inner", [], item("outer"), block([task("d")]))])),
        fail("stop", ["outer"], lit("enough")),
      ]),
      { outputs: { a: t.string, b: t.string } },
    ),
  );
  assert.equal(dagTask(workflow, "main", "if-same-condition").depends, "a.Succeeded && b.Succeeded");
  assert.equal(dagTask(workflow, "if-same", "c").when, "{{=fromJSON(inputs.parameters['if-same-condition_value'])}}");
  assert.ok("container" in template(workflow, "inner-items"));
  assert.ok((template(workflow, "stop") as PodTemplate).container.args.join("\n").includes('"lit":"enough"'));
});

test("text of users is data: nothing in a manifest is a tag or a variable by accident", () => {
  const hostile = "{{workflow.name}} $(HOME) $$ {{=1+1}}";
  const pipeline = ir.pipeline(block([task("a", [], { x: lit(hostile) })]), {
    options: { a: { env: { COST: "$5 $(X)" } } },
  });
  const pod = template(workflowOf(pipeline), "a") as PodTemplate;
  assert.ok(!pod.container.args.some((arg) => arg.includes("{{workflow.name}} ") || arg.includes("$(")));
  assert.deepEqual(pod.container.env.at(-1), { name: "COST", value: "$$5 $$(X)" });
  const refused = ir.pipeline(block([task("a")]), { options: { a: { env: { X: hostile } } } });
  assert.deepEqual(codes(refused), ["TR6012"]);
});

test("every option arrives in the pod or is refused", () => {
  const values: { readonly [K in keyof Required<StepOptions>]: Required<StepOptions>[K] } = {
    retries: 1,
    backoff: { initial: 1, factor: 2, max: 3 },
    timeout: 60,
    deadline: 900,
    env: { A: "b" },
    requirements: "requirements/a.txt",
    environment: "requirements/a.txt",
    pool: "p",
    poolSlots: 1,
    queue: "q",
    priority: 1,
    image: "python:3.11",
    cluster: "main",
    resources: {
      cpu: "1",
      memory: "1Gi",
      sharedMemory: "1Gi",
      ephemeralStorage: "1Gi",
      gpu: { type: "v100", count: 1 },
    },
    nodeSelector: { a: "b" },
    tolerations: [{ key: "k", operator: "Exists" }],
    serviceAccount: "sa",
    labels: { l: "v" },
    annotations: { a: "v" },
  };
  const plain = t.contentOf(t.emit(ir.pipeline(block([task("a")]))));
  for (const key of Object.keys(values) as (keyof StepOptions)[]) {
    const output = t.emit(ir.pipeline(block([task("a")]), { options: { a: { [key]: values[key] } } }));
    if ("refuse" in stepOptions[key])
      assert.deepEqual(
        output.diagnostics.map(({ code }) => code),
        ["TR6001"],
        key,
      );
    else {
      assert.deepEqual(output.diagnostics, [], key);
      // `image` is in the images, `cluster` in the path, `backoff` in `retries`.
      if (!["image", "cluster", "backoff"].includes(key)) assert.notEqual(t.contentOf(output), plain, key);
    }
  }
});

test("a try: explicit results, and one exit that every path ends in", () => {
  const attempt = ir.attempt("try-a", [], block([task("a")]), {
    handler: block([
      task("b", [], {
        why: { kind: "ref", source: { from: "error", node: "try-a" }, path: ["message"], type: t.string },
      }),
    ]),
    finally: block([task("c")]),
  });
  const workflow = workflowOf(ir.pipeline(block([attempt, task("d", ["try-a"])])));
  assert.deepEqual(
    (template(workflow, "try-a") as DagTemplate).dag.tasks.map(({ name, depends }) => [name, depends]),
    [
      ["a", undefined],
      ["b", "a.Failed || a.Errored"],
      ["c", "(a.Succeeded || a.Failed || a.Errored) && (b.Succeeded || b.Failed || b.Errored || b.Omitted)"],
      ["exit", "(a.Succeeded || b.Succeeded) && c.Succeeded"],
    ],
  );
  const spec = (name: string): { kept?: boolean; errors?: object } => {
    const { args } = (template(workflow, name) as PodTemplate).container;
    return JSON.parse(args[args.indexOf("--spec") + 1] ?? "") as { kept?: boolean };
  };
  assert.equal(spec("a").kept, true);
  assert.equal(spec("d").kept, undefined);
  assert.deepEqual(spec("b").errors, { "try-a": { body: [{ node: "a", step: "a", attempts: 1 }], failed: true } });
});

test("a long chain is nested, and equal steps share a template", () => {
  const chain = Array.from({ length: 1000 }, (_, at) =>
    at === 0 ? task("t0") : { ...task(`t${at}`, [`t${at - 1}`], { x: out(`t${at - 1}`) }), step: "work" },
  );
  const workflow = workflowOf(ir.pipeline(block(chain)));
  assert.equal(workflow.spec.templates.length, 23);
  const { tasks } = (template(workflow, "main") as DagTemplate).dag;
  assert.deepEqual(tasks.slice(0, 2), [
    { name: "t0-to-t49", template: "t0-to-t49" },
    {
      name: "t50-to-t99",
      template: "t50-to-t99",
      depends: "t0-to-t49.Succeeded",
      arguments: { parameters: [{ name: "t49", value: "{{tasks.t0-to-t49.outputs.parameters.t49}}" }] },
    },
  ]);
  const [first] = (template(workflow, "t50-to-t99") as DagTemplate).dag.tasks;
  assert.deepEqual(first?.arguments?.parameters, [
    { name: "slot-1", value: "output:t49={{inputs.parameters.t49}}" },
    { name: "task", value: '{"inputs":{"x":{"get":"output:t49","path":[]}},"node":"t50"}' },
  ]);
});

test("what Argo cannot do is refused", () => {
  const one = ir.pipeline(block([task("a")]));
  const origins = { schedule: ir.ORIGIN };
  const schedule = {
    cron: "0 0 * * *",
    timezone: "UTC",
    catchup: true,
    start: "2026-01-01",
    end: "2026-02-01",
    origins,
  };
  const gpu = { gpu: { type: "h100", count: 1 } };
  // A ring of waits, one above the other.
  const many = Array.from({ length: 210 }, (_, at) =>
    task(
      `t${at}`,
      at < 15 ? [] : [at - 15, at - (at % 15) - 15 + ((at + 1) % 15)].sort((a, b) => a - b).map((n) => `t${n}`),
    ),
  );
  const loops = forEach("each", [], lit(Array.from({ length: 9000 }, () => 0)), block([task("b")]));
  const cases: readonly [string[], Pipeline][] = [
    [["TR6002", "TR6002", "TR6002"], { ...one, schedule }],
    [["TR6002"], { ...one, options: { maxActiveRuns: 2, origins: {} } }],
    [["TR6004"], ir.pipeline(block([task("contains")]))],
    [["TR6005"], { ...one, name: "x".repeat(60) }],
    [["TR6006"], ir.pipeline(block([task("a")]), { options: { a: { resources: gpu } } })],
    [["TR6008"], ir.pipeline(block([task("a")]), { options: { a: { cluster: "other" } } })],
    [["TR6009"], ir.pipeline(block(many))],
    [["TR6012"], { ...one, params: [t.parameter("p", t.string, lit("{{=("))] }],
    [["TR6013"], { ...one, options: { labels: { a: "no spaces" }, origins: {} } }],
    [["TR6014"], { ...one, params: [t.parameter("$x", t.string, lit(""))] }],
    [["TR6015"], ir.pipeline(block([loops]))],
    [["TR6017"], ir.pipeline(block(Array.from({ length: 4000 }, (_, at) => task(`t${at}`, [], { x: lit("x") }))))],
  ];
  for (const [expected, pipeline] of cases) assert.deepEqual(codes(pipeline), expected);
});

test("parameters are what people type; the runtime gets them as base64", () => {
  const maybe = { name: "maybe", type: t.string, optional: true, origin: ir.ORIGIN };
  const params = [t.parameter("text", t.string, lit("=run.day")), t.parameter("n", t.number, lit(1)), maybe];
  const pipeline = { ...ir.pipeline(block([task("a", [], { x: param("text"), y: param("maybe") })])), params };
  const workflow = workflowOf(pipeline);
  assert.deepEqual(
    workflow.spec.arguments.parameters.map(({ name, value }) => [name, value]),
    [
      ["text", "==run.day"],
      ["n", "1"],
      ["maybe", "=undefined"],
      ["scheduled-time", ""],
    ],
  );
  const { args } = (template(workflow, "a") as PodTemplate).container;
  assert.ok(args.includes("text={{=toBase64(workflow.parameters['text'])}}"));
});

test("a region: wires in, wires of its nodes out, a loop's by a last pod", () => {
  const inner = block([
    forEach("each", [], t.input("xs", t.list(t.number)), block([task("work", [], { x: item("each") })], out("work"))),
    task("train", ["each"], { all: out("each"), lr: t.input("lr") }),
  ]);
  const pipeline = ir.pipeline(inner);
  const inputs = { xs: t.list(t.number), lr: t.number };
  const region = t.region(inner, inputs, ["each", "train"]);
  const { workflow, diagnostics } = lowerRegion({ region, pipeline, project: t.project, images: t.imagesOf(pipeline) });
  assert.deepEqual(diagnostics, []);
  const { spec, metadata } = workflow as Workflow;
  assert.equal(metadata.name, undefined);
  assert.deepEqual(spec.arguments.parameters, [{ name: "run" }, { name: "xs" }, { name: "lr" }]);
  const [entry] = spec.templates;
  assert.deepEqual(entry?.outputs?.parameters, [
    { name: "each", valueFrom: { parameter: "{{tasks.each-value.outputs.parameters.out}}" } },
    { name: "train", valueFrom: { parameter: "{{tasks.train.outputs.parameters.out}}" } },
  ]);
  assert.ok((spec.activeDeadlineSeconds ?? 0) > 0);
});
