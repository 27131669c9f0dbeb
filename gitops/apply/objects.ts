/** What may be applied: the kinds that Twinrail makes, each marked as part of the set that is pruned together. */
import { createHash } from "node:crypto";
import { parseAllDocuments } from "yaml";
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** In the order in which they are applied: a CronWorkflow names a WorkflowTemplate. */
export const KINDS = ["WorkflowTemplate", "CronWorkflow"] as const;
const API_VERSION = "argoproj.io/v1alpha1";

export const SET_LABEL = "twinrail.dev/applied-as";

/** Files are taken as they are found on a branch: somebody may have put anything there. */
export function readObjects(
  files: ReadonlyMap<string, string>,
  set: string,
): { readonly objects: readonly KubernetesObject[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const objects: KubernetesObject[] = [];
  for (const [file, text] of files) {
    for (const document of parseAllDocuments(text)) {
      const value = document.toJS({ maxAliasCount: 0 }) as KubernetesObject | null;
      if (value === null) continue;
      const why = document.errors[0]?.message ?? refusal(value);
      const object = `${value?.kind ?? "something"} ${value?.metadata?.name ?? ""}`.trim();
      if (why !== undefined) diagnostics.push(diagnostic("TR9120", { file, object, why }));
      else objects.push(labelled(value, set));
    }
  }
  const order = (object: KubernetesObject) => KINDS.indexOf(object.kind as (typeof KINDS)[number]);
  return { objects: objects.sort((a, b) => order(a) - order(b) || (keyOf(a) < keyOf(b) ? -1 : 1)), diagnostics };
}

export function keyOf({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return `${kind} ${namespace}/${name}`;
}

/** A label holds at most 63 characters. */
export function labelOf(set: string): string {
  if (/^[a-z0-9](?:[\w.-]{0,61}[a-z0-9])?$/i.test(set)) return set;
  const hash = createHash("sha256").update(set).digest("hex").slice(0, 12);
  return `${set
    .replace(/[^\w.-]+/g, "-")
    .replace(/^[^a-z0-9]+/i, "")
    .slice(0, 48)}-${hash}`.replace(/^-/, "");
}

function refusal({ apiVersion, kind, metadata }: KubernetesObject): string | undefined {
  if (apiVersion !== API_VERSION || !(KINDS as readonly string[]).includes(kind))
    return `only ${KINDS.join(" and ")} are applied`;
  if (typeof metadata?.name !== "string" || typeof metadata.namespace !== "string")
    return "it has no name or no namespace";
  if (metadata.labels?.["app.kubernetes.io/managed-by"] !== "twinrail")
    return "it has no label `app.kubernetes.io/managed-by: twinrail`";
  return undefined;
}

function labelled(object: KubernetesObject, set: string): KubernetesObject {
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, [SET_LABEL]: labelOf(set) } },
  };
}
