/** A block as the templates of a workflow, the entry first. What both roads, the whole pipeline and the region, share. */
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { Block, NodeId } from "../../compiler/ir/types.ts";
import { blocksOf, nodesOf } from "../../compiler/ir/walk.ts";
import { builtinSteps, FAIL_STEP, VALUE_STEP } from "./builtin.ts";
import type { Cluster } from "./cluster.ts";
import type { Context } from "./context.ts";
import { legalise } from "./legalise.ts";
import { lowerBlock } from "./lower/block.ts";
import { checkNodeNames, TemplateNames } from "./names.ts";
import { LIMIT, nest } from "./nest.ts";
import type { Template } from "./objects.ts";
import type { Mode } from "./parameters.ts";
import { planOf } from "./plan.ts";
import { shareTemplates } from "./share.ts";
import { checkLoopSizes, checkSize, sizeOf, type WorkflowSize } from "./size.ts";

export interface TemplatesInput {
  readonly body: Block;
  readonly mode: Mode;
  readonly cluster: Cluster;
  readonly images: Readonly<Record<string, string>>;
  readonly run: string;
  /** Nodes whose wire the entry gives to the outside. */
  readonly outputs: readonly NodeId[];
  readonly origin: Origin;
}

export interface Templates {
  readonly entrypoint: string;
  readonly templates: readonly Template[];
  readonly origins: ReadonlyMap<Template, Origin>;
  readonly size: WorkflowSize;
  readonly diagnostics: readonly Diagnostic[];
}

export function templatesOf(input: TemplatesInput): Templates {
  const { body, mode, cluster, images, run, outputs, origin } = input;
  const diagnostics: Diagnostic[] = [...checkNodeNames(body)];
  const legal = legalise(body, mode, outputs);
  const steps = { ...mode.steps, ...builtinSteps(origin) };
  const leaving = [...legal.outputs.values()];
  const { plan, diagnostics: planned } = nestedPlan(legal.body, { ...mode, steps, types: legal.types }, leaving);
  diagnostics.push(...planned, ...checkLoopSizes(plan));
  const slots: { make: () => Template; origin: Origin | undefined }[] = [];
  const names = new TemplateNames(plan.body);
  let nothing: string | undefined;
  const cx: Context = {
    plan,
    cluster: cluster.config,
    clusterName: cluster.name,
    images: { ...images, ...builtinImages(body, images) },
    run,
    names,
    report: (problem) => diagnostics.push(problem),
    add: (make, at) => slots.push({ make, origin: at }),
    nothing: () => {
      nothing ??= names.helper("nothing");
      return nothing;
    },
  };
  const entrypoint = names.helper("main");
  const exports = [...legal.outputs].map(([name, node]) => ({ name, value: { node } }));
  lowerBlock(plan.body, entrypoint, exports, cx);
  if (nothing !== undefined)
    slots.push({ make: () => ({ name: nothing ?? "", suspend: { duration: "0" } }), origin: undefined });
  const made = slots.map(({ make, origin: at }) => ({ template: make(), at }));
  const { templates, merged } = shareTemplates(
    made.map(({ template }) => template),
    LIMIT,
    (wish) => names.helper(wish),
  );
  const origins = new Map<Template, Origin>();
  for (const { template, at } of made) if (at) origins.set(merged.get(template) ?? template, at);
  const size = sizeOf(templates, entrypoint);
  diagnostics.push(...checkLimits(templates, origins, origin));
  // Where a loop is the cause that has been said.
  if (!diagnostics.some(({ code }) => code === "TR6015")) diagnostics.push(...checkSize(size, "the workflow", origin));
  return { entrypoint, templates, origins, size, diagnostics };
}

/** What was too long for one DAG is in several. */
function nestedPlan(body: Block, mode: Mode, outputs: readonly NodeId[]): ReturnType<typeof planOf> {
  const bodies = new Map([...nodesOf(body)].flatMap((node) => (node.kind === "try" ? [[node.id, node.body]] : [])));
  const whole = planOf(body, mode, outputs, bodies);
  const blocks = [body, ...[...nodesOf(body)].flatMap(blocksOf)];
  if (blocks.every(({ nodes }) => nodes.length <= LIMIT)) return whole;
  return planOf(nest(body, whole.plan.waits), mode, outputs, bodies);
}

/** Any image of the pipeline has the runtime in it; that of the first task is likely to be on the node. */
function builtinImages(body: Block, images: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const first = [...nodesOf(body)].find((node) => node.kind === "task" && images[node.step] !== undefined);
  const image = first?.kind === "task" ? images[first.step] : undefined;
  return image === undefined ? {} : { [VALUE_STEP]: image, [FAIL_STEP]: image };
}

function checkLimits(
  templates: readonly Template[],
  origins: ReadonlyMap<Template, Origin>,
  origin: Origin,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  if (templates.length > LIMIT) {
    diagnostics.push(
      diagnostic("TR6009", { what: "templates", count: templates.length, where: "the workflow" }, origin),
    );
  }
  for (const template of templates) {
    if (!("dag" in template) || template.dag.tasks.length <= LIMIT) continue;
    const where = `\`${template.name}\``;
    diagnostics.push(
      diagnostic(
        "TR6009",
        { what: "tasks in one DAG", count: template.dag.tasks.length, where },
        origins.get(template) ?? origin,
      ),
    );
  }
  return diagnostics;
}
