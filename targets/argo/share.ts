/**
 * The API server takes 200 templates. Below that each step of the pipeline has one of its own, which is easiest to read; above it, steps that differ in
 * nothing but what they read share one, and what is their own becomes a parameter: names on the engine's screen stay those of the pipeline.
 */

import { invariant } from "../../compiler/invariant.ts";
import { wireText } from "../../compiler/ir/encode.ts";
import type { Json } from "../../compiler/ir/types.ts";
import type { DagTask, PodTemplate, Template } from "./objects.ts";

/** Parts of the runtime's spec that calls of one step have in common. */
const OF_STEP = new Set(["call", "inputTypes", "output", "params", "step", "secrets"]);
/** Parameter with the rest of the spec. */
const TASK = "task";

interface Shape {
  /** Without a name: equal ones can be one. */
  readonly template: PodTemplate;
  readonly wish: string;
  /** What a call gives for each of the template's former parameters. */
  readonly parameters: ReadonlyMap<string, { readonly name: string; readonly prefix: string }>;
  readonly task: string;
}

export interface Sharing {
  readonly templates: readonly Template[];
  /** Former template → the one that is there now. */
  readonly merged: ReadonlyMap<Template, Template>;
}

/** At most `limit` templates, if that is possible. `name` gives a free name. */
export function shareTemplates(templates: readonly Template[], limit: number, name: (wish: string) => string): Sharing {
  if (templates.length <= limit) return { templates, merged: new Map() };
  const byStep = share(templates, name, (key) => OF_STEP.has(key));
  return byStep.templates.length <= limit ? byStep : share(templates, name, () => false);
}

function share(
  templates: readonly Template[],
  name: (wish: string) => string,
  isCommon: (key: string) => boolean,
): Sharing {
  const alike = new Map<string, { readonly shape: Shape; readonly from: PodTemplate }[]>();
  for (const template of templates) {
    if (!("container" in template)) continue;
    const shape = shapeOf(template, isCommon);
    const key = JSON.stringify(shape.template);
    const known = alike.get(key);
    if (known) known.push({ shape, from: template });
    else alike.set(key, [{ shape, from: template }]);
  }
  const merged = new Map<Template, Template>();
  const calls = new Map<string, { readonly template: string; readonly shape: Shape }>();
  for (const members of alike.values()) {
    const [first] = members;
    if (first === undefined || members.length < 2) continue;
    const template: PodTemplate = { ...first.shape.template, name: name(first.shape.wish) };
    for (const { shape, from } of members) {
      merged.set(from, template);
      calls.set(from.name, { template: template.name, shape });
    }
  }
  const called = (task: DagTask): DagTask => {
    const call = calls.get(task.template);
    return call === undefined ? task : withShape(task, call.template, call.shape);
  };
  const placed = new Set<Template>();
  const result = templates.flatMap((template): readonly Template[] => {
    const instead = merged.get(template);
    if (instead !== undefined) {
      if (placed.has(instead)) return [];
      placed.add(instead);
      return [instead];
    }
    let made: Template = template;
    if ("dag" in template) made = { ...template, dag: { ...template.dag, tasks: template.dag.tasks.map(called) } };
    else if ("steps" in template) made = { ...template, steps: template.steps.map((group) => group.map(called)) };
    if (made !== template) merged.set(template, made);
    return [made];
  });
  return { templates: result, merged };
}

function withShape(task: DagTask, template: string, shape: Shape): DagTask {
  const given = (task.arguments?.parameters ?? []).map(({ name, value }) => {
    const now = shape.parameters.get(name);
    invariant(now, `${task.name} gives ${name}, which its template does not take`);
    return { name: now.name, value: `${now.prefix}${value}` };
  });
  return { ...task, template, arguments: { parameters: [...given, { name: TASK, value: shape.task }] } };
}

function shapeOf(template: PodTemplate, isCommon: (key: string) => boolean): Shape {
  const parameters = new Map<string, { name: string; prefix: string }>();
  let common: Readonly<Record<string, Json>> = {};
  let own: Readonly<Record<string, Json>> = {};
  const args = template.container.args.flatMap((arg, at, all) => {
    const option = all[at - 1];
    if (option === "--spec") {
      const spec = Object.entries(JSON.parse(arg) as Readonly<Record<string, Json>>);
      common = Object.fromEntries(spec.filter(([key]) => isCommon(key)));
      own = Object.fromEntries(spec.filter(([key]) => !isCommon(key)));
      return [wireText(common), "--task", `{{inputs.parameters.${TASK}}}`];
    }
    const [, prefix, parameter] = /^(.*=)\{\{inputs\.parameters\.([^}]+)\}\}$/.exec(arg) ?? [];
    if (prefix === undefined || parameter === undefined || (option !== "--slot" && option !== "--index")) return [arg];
    const name = `${option.slice(2)}-${parameters.size + 1}`;
    parameters.set(parameter, { name, prefix });
    return [`{{inputs.parameters.${name}}}`];
  });
  const names = [...[...parameters.values()].map(({ name }) => name), TASK];
  const { call } = common as { readonly call?: string };
  return {
    template: {
      ...template,
      name: "",
      inputs: { parameters: names.map((name) => ({ name })) },
      container: { ...template.container, args },
    },
    wish: call === undefined ? "step" : nameOf(call),
    parameters,
    task: wireText(own),
  };
}

/** `steps/train.py:fit_model` is `fit-model`. */
function nameOf(call: string): string {
  const name = (call.split(":").at(-1) ?? "").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return name === "" ? "step" : name.slice(0, 60);
}
