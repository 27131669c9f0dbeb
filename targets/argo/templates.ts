/** A block as the templates of a workflow, the entry first. What both roads, the whole pipeline and the region, share. */
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { Block, NodeId } from "../../compiler/ir/types.ts";
import type { Cluster } from "./cluster.ts";
import type { Context } from "./context.ts";
import { lowerBlock } from "./lower/block.ts";
import { checkNodeNames, TemplateNames } from "./names.ts";
import type { Template } from "./objects.ts";
import type { Mode } from "./parameters.ts";
import { planOf } from "./plan.ts";

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
  const { plan, diagnostics: planned } = planOf(body, mode, outputs);
  diagnostics.push(...planned);
  const slots: { make: () => Template; origin: Origin | undefined }[] = [];
  const names = new TemplateNames(body);
  let nothing: string | undefined;
  const cx: Context = {
    plan,
    cluster: cluster.config,
    clusterName: cluster.name,
    images,
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
  lowerBlock(
    body,
    entrypoint,
    outputs.map((node) => ({ node })),
    cx,
  );
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
