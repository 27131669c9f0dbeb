/** What every lowering function gets. */
import type { ClusterConfig } from "../../compiler/config/project.ts";
import type { Diagnostic, Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { TemplateNames } from "./names.ts";
import type { Template } from "./objects.ts";
import type { Plan } from "./plan.ts";

export interface Context {
  readonly plan: Plan;
  readonly cluster: ClusterConfig;
  /** Its key in twinrail.json. */
  readonly clusterName: string;
  readonly images: Readonly<Record<string, string>>;
  /** The runtime's `--run`: JSON with Argo's tags in it. */
  readonly run: string;
  readonly names: TemplateNames;
  readonly report: (diagnostic: Diagnostic) => void;
  /** Name of a template that does nothing and succeeds. */
  readonly nothing: () => string;
  /** Adds a template to the workflow, in reading order: what calls comes before what is called. */
  readonly add: (make: () => Template, origin?: Origin) => void;
}
