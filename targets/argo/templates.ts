/** A block as the templates of a workflow, the entry first. What both roads, the whole pipeline and the region, share. */
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { Block, NodeId } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";
import { builtinSteps, FAIL_STEP, VALUE_STEP } from "./builtin.ts";
import type { Cluster } from "./cluster.ts";
import type { Context } from "./context.ts";
import { legalise } from "./legalise.ts";
import { lowerBlock } from "./lower/block.ts";
import { checkNodeNames, TemplateNames } from "./names.ts";
import type { Template } from "./objects.ts";
import type { Mode } from "./parameters.ts";
import { planOf } from "./plan.ts";
import { checkLoopSizes } from "./size.ts";

/** Of the CRD, for `templates` and for `dag.tasks`. */
const LIMIT = 200;

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
  readonly diagnostics: readonly Diagnostic[];
}

export function templatesOf(input: TemplatesInput): Templates {
  const { body, mode, cluster, images, run, outputs, origin } = input;
  const diagnostics: Diagnostic[] = [...checkNodeNames(body)];
  const legal = legalise(body, mode, outputs);
  const steps = { ...mode.steps, ...builtinSteps(origin) };
  const leaving = [...legal.outputs.values()];
  const { plan, diagnostics: planned } = planOf(legal.body, { ...mode, steps, types: legal.types }, leaving);
  diagnostics.push(...planned, ...checkLoopSizes(plan));
  const slots: { make: () => Template; origin: Origin | undefined }[] = [];
  const names = new TemplateNames(legal.body);
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
  lowerBlock(legal.body, entrypoint, exports, cx);
  if (nothing !== undefined)
    slots.push({ make: () => ({ name: nothing ?? "", suspend: { duration: "0" } }), origin: undefined });
  const origins = new Map<Template, Origin>();
  const templates = slots.map(({ make, origin: at }) => {
    const template = make();
    if (at) origins.set(template, at);
    return template;
  });
  diagnostics.push(...checkLimits(templates, origins, origin));
  return { entrypoint, templates, origins, diagnostics };
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
