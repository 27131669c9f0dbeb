/**
 * The hand-over from Airflow to Argo: the workflow of a region as the `Region` operator (python/region.py) submits it.
 *
 * The operator fills in name, labels and the values of `spec.arguments.parameters`: one parameter a region input, with the value's wire string,
 * and `run`, what the runtime's `--run` takes. Back come the entry template's output parameters, one a node, with their wire strings.
 */
import { invariant } from "../../compiler/invariant.ts";
import type { Json, Region } from "../../compiler/ir/types.ts";

interface Workflow {
  readonly apiVersion?: Json;
  readonly kind?: Json;
  readonly metadata?: { readonly name?: Json; readonly generateName?: Json };
  readonly spec?: {
    readonly entrypoint?: string;
    readonly arguments?: { readonly parameters?: readonly { readonly name: string }[] };
    readonly templates?: readonly { readonly name?: string; readonly outputs?: Outputs }[];
  };
}

interface Outputs {
  readonly parameters?: readonly { readonly name: string }[];
}

/** The workflow when both sides of the bridge agree on it; that they do not is a bug of one of them, found here and not in a run. */
export function regionWorkflow(region: Region, workflow: object | undefined): Json {
  invariant(workflow, `region ${region.id} has no workflow`);
  const { apiVersion, kind, metadata, spec } = workflow as Workflow;
  invariant(apiVersion === "argoproj.io/v1alpha1" && kind === "Workflow", `region ${region.id} is not a workflow`);
  invariant(metadata?.name === undefined && metadata?.generateName === undefined, `workflow ${region.id} has a name`);
  const given = names(spec?.arguments?.parameters);
  const expected = [...Object.keys(region.inputs), "run"].sort();
  invariant(same(given, expected), `workflow ${region.id} takes ${given.join(", ")} instead of ${expected.join(", ")}`);
  const entry = spec?.templates?.find((template) => template.name === spec.entrypoint);
  const out = names(entry?.outputs?.parameters);
  const missing = region.outputs.filter((node) => !out.includes(node));
  invariant(missing.length === 0, `workflow ${region.id} does not put out ${missing.join(", ")}`);
  return workflow as Json;
}

function names(parameters: readonly { readonly name: string }[] | undefined): string[] {
  return (parameters ?? []).map(({ name }) => name).sort();
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
