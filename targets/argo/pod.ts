/** The pod template of a task: the step's image, running the runtime with what the task needs. */
import { diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { invariant } from "../../compiler/invariant.ts";
import { runtimeExpr, wireText } from "../../compiler/ir/encode.ts";
import type { StepDefinition } from "../../compiler/ir/step.ts";
import type { Expr, Field, Json, Task, Type } from "../../compiler/ir/types.ts";
import { FAIL_STEP, VALUE_STEP } from "./builtin.ts";
import type { Context } from "./context.ts";
import { indexName } from "./names.ts";
import type { PodTemplate } from "./objects.ts";
import { addEnv, applyOptions, type PodDraft } from "./options.ts";
import { placeOf } from "./places.ts";
import type { Reads } from "./reads.ts";
import { resolve } from "./resolve.ts";
import { verdictJson } from "./verdicts.ts";

/** Where the image's layers put the runtime and the project's sources. */
const RUNTIME_FOLDER = "/opt/twinrail/runtime";
const SOURCE_FOLDER = "/opt/twinrail/src";
/** Where the runtime writes what the engine reads. */
const OUTPUT_FOLDER = "/tmp/twinrail";
/** Of one argument, with the NUL at its end: Linux' MAX_ARG_STRLEN. A spec is ASCII. */
const ARGUMENT_BYTES = 128 * 1024;

export function podTemplate(task: Task, inputs: readonly string[], cx: Context): PodTemplate {
  const step = cx.plan.mode.steps[task.step];
  invariant(step, `step ${task.step} of ${task.id} is not in the pipeline`);
  const pod: PodDraft = {
    labels: {},
    annotations: {},
    nodeSelector: {},
    tolerations: [],
    env: [],
    pythonPath: [],
    requests: {},
    limits: {},
    volumes: [],
    volumeMounts: [],
  };
  const spec = specText(specOf(task, step, cx));
  if (spec.length >= ARGUMENT_BYTES)
    cx.report(diagnostic("TR6016", { id: task.id, kib: Math.ceil(spec.length / 1024) }, task.origin));
  addEnv(cx.cluster.env, pod, cx, () => step.origin);
  applyOptions(step, pod, cx);
  const { loops } = placeOf(cx.plan.places, task.id);
  const extras = [...(cx.plan.extras.get(task.id)?.keys() ?? [])].sort();
  // Inside a loop a wire is one more copy an item; it is there only when a sibling reads it. Results of loops are gathered from the store.
  const hasWire = loops.length === 0 || cx.plan.carried.has(task.id);
  const outputs = [
    ...(hasWire ? [{ name: "out", valueFrom: { path: `${OUTPUT_FOLDER}/out` } }] : []),
    ...extras.map((name) => ({ name, valueFrom: { path: `${OUTPUT_FOLDER}/extra.${name}` } })),
  ];
  return {
    name: task.id,
    ...(inputs.length === 0 ? {} : { inputs: { parameters: inputs.map((name) => ({ name })) } }),
    ...(outputs.length === 0 ? {} : { outputs: { parameters: outputs } }),
    ...metadataOf(pod),
    ...(pod.retry === undefined ? {} : { retryStrategy: pod.retry }),
    ...(pod.activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds: pod.activeDeadlineSeconds }),
    ...(pod.timeout === undefined ? {} : { timeout: pod.timeout }),
    ...(pod.serviceAccountName === undefined ? {} : { serviceAccountName: pod.serviceAccountName }),
    ...(isEmpty(pod.nodeSelector) ? {} : { nodeSelector: pod.nodeSelector }),
    ...(pod.tolerations.length === 0 ? {} : { tolerations: pod.tolerations }),
    ...(pod.volumes.length === 0 ? {} : { volumes: pod.volumes }),
    container: {
      image: pod.image ?? "",
      imagePullPolicy: "IfNotPresent",
      workingDir: "/tmp",
      command: ["python3", "-m", "twinrail_runtime"],
      args: [
        "--source",
        SOURCE_FOLDER,
        "--spec",
        spec,
        "--run",
        cx.run,
        ...readArguments(readsOfTask(task, cx), cx),
        ...loops.flatMap((loop) => ["--index", `${loop}={{inputs.parameters.${indexName(loop)}}}`]),
        "--attempt",
        // Only a template with a retry strategy knows the tag.
        pod.retry === undefined ? "0" : "{{retries}}",
      ],
      env: [{ name: "PYTHONPATH", value: [RUNTIME_FOLDER, ...pod.pythonPath].join(":") }, ...pod.env],
      ...resourcesOf(pod),
      ...(pod.volumeMounts.length === 0 ? {} : { volumeMounts: pod.volumeMounts }),
    },
  };
}

export function readsOfTask(task: Task, cx: Context): Reads {
  const reads = cx.plan.reads.get(task.id);
  invariant(reads, `${task.id} was not planned`);
  return reads;
}

function specOf(task: Task, step: StepDefinition, cx: Context): Readonly<Record<string, Json>> {
  const { places, mode } = cx.plan;
  const reads = readsOfTask(task, cx);
  const expressions = (exprs: Iterable<readonly [string, Expr]>): Readonly<Record<string, Json>> =>
    Object.fromEntries([...exprs].map(([name, expr]) => [name, runtimeExpr(expr)]));
  const params = mode.params.filter(({ name }) => reads.params.has(name));
  const here = placeOf(places, task.id).loops;
  const gathers = [...reads.gathers].map(([loop, { items, result, tasks }]) => {
    const { loops } = placeOf(places, loop);
    // In another loop whose results are read, it is another one in each iteration.
    const inner = loops.every((other) => here.includes(other)) ? {} : { loops };
    const gather = { items: runtimeExpr(items), result: runtimeExpr(result), tasks: Object.fromEntries(tasks) };
    return [loop, { ...gather, ...inner }];
  });
  const errors = [...reads.errors].map(([id, { body, loops, failed }]) => [
    id,
    {
      body: verdictJson(body, places, mode.steps),
      ...(loops.length === 0 ? {} : { loops }),
      ...(failed ? { failed } : {}),
    },
  ]);
  const kept = cx.plan.kept.has(task.id);
  const inputs = expressions(Object.entries(task.inputs).map(([name, expr]) => [name, resolve(expr, places)]));
  const what: Readonly<Record<string, Json>> =
    step.id === VALUE_STEP
      ? expressions([["value", resolve(valueExpr(task), places)]])
      : step.id === FAIL_STEP
        ? { fail: inputs }
        : {
            call: `${step.run.file}:${step.run.function}`,
            inputs,
            inputTypes: Object.fromEntries(
              Object.entries(step.inputs).map(([name, field]) => [name, fieldJson(field)]),
            ),
            output: typeJson(step.output),
            ...(kept ? { step: step.id } : {}),
          };
  const parts: Record<string, Json> = {
    node: task.id,
    ...what,
    params: Object.fromEntries(params.map(({ name, type }) => [name, typeJson(type)])),
    items: expressions(reads.items),
    loops: here,
    gathers: Object.fromEntries(gathers),
    stored: Object.fromEntries(reads.stored),
    errors: Object.fromEntries(errors),
    ...(kept ? { kept } : {}),
    extras: expressions(cx.plan.extras.get(task.id) ?? []),
  };
  const always = ["inputs", "inputTypes", "output"];
  return Object.fromEntries(Object.entries(parts).filter(([key, part]) => always.includes(key) || !isEmpty(part)));
}

function valueExpr(task: Task): Expr {
  const { value } = task.inputs;
  invariant(value, `${task.id} has no value`);
  return value;
}

/** One field a line, so that a diff shows which one changed. */
function specText(spec: Readonly<Record<string, Json>>): string {
  const lines = Object.entries(spec).map(([key, value]) => `${wireText(key)}:${wireText(value)}`);
  return `{\n${lines.join(",\n")}\n}`;
}

function readArguments(reads: Reads, cx: Context): readonly string[] {
  return [
    ...[...reads.wires].sort().flatMap((id) => ["--slot", `output:${id}={{inputs.parameters.${id}}}`]),
    ...[...reads.inputs].sort().flatMap((name) => ["--slot", `input:${name}={{workflow.parameters.${name}}}`]),
    // What people type may hold `{{`, `$(` or control characters; of base64 nothing reads anything.
    ...cx.plan.mode.params
      .filter(({ name }) => reads.params.has(name))
      .flatMap(({ name }) => ["--param-base64", `${name}={{=toBase64(workflow.parameters['${name}'])}}`]),
  ];
}

function metadataOf({ labels, annotations }: PodDraft): Pick<PodTemplate, "metadata"> {
  if (isEmpty(labels) && isEmpty(annotations)) return {};
  return { metadata: { ...(isEmpty(labels) ? {} : { labels }), ...(isEmpty(annotations) ? {} : { annotations }) } };
}

function resourcesOf({ requests, limits }: PodDraft): Pick<PodTemplate["container"], "resources"> {
  if (isEmpty(requests)) return {};
  return { resources: { requests, ...(isEmpty(limits) ? {} : { limits }) } };
}

function isEmpty(value: Json | Readonly<Record<string, unknown>> | undefined): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** A type without its documentation: a comment that changes is no change to what runs. */
export function typeJson(type: Type): Json {
  switch (type.kind) {
    case "list":
      return { kind: type.kind, items: typeJson(type.items) };
    case "tuple":
      return { kind: type.kind, items: type.items.map(typeJson) };
    case "record":
      return {
        kind: type.kind,
        fields: Object.fromEntries(Object.entries(type.fields).map(([name, field]) => [name, fieldJson(field)])),
      };
    case "map":
      return { kind: type.kind, values: typeJson(type.values) };
    case "union":
      return { kind: type.kind, of: type.of.map(typeJson) };
    case "artifact":
      return {
        kind: type.kind,
        artifact: type.artifact,
        ...(type.row === undefined ? {} : { row: typeJson(type.row) }),
      };
    default:
      return type;
  }
}

function fieldJson({ type, optional }: Field): Json {
  return { type: typeJson(type), ...(optional ? { optional } : {}) };
}
