/**
 * Manifests onto a cluster by server-side apply, as one field manager that never changes its name: first everything as a dry run, so that a
 * refusal changes nothing; then in order; then what is of the same set and no longer there is deleted.
 */
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { Kubectl, KubectlResult } from "./kubectl.ts";
import { KINDS, type KubernetesObject, keyOf, labelOf, SET_LABEL } from "./objects.ts";

export interface ApplyInput {
  readonly kubectl: Kubectl;
  readonly objects: readonly KubernetesObject[];
  /** Objects of one set are pruned together: a project in an environment. */
  readonly set: string;
  /** Looked at for what is to be deleted, beside those of the objects. */
  readonly namespaces: readonly string[];
  readonly dryRun?: boolean;
  readonly forceConflicts?: boolean;
  readonly allowPrune?: boolean;
}

export interface Applied {
  readonly applied: readonly string[];
  readonly unchanged: readonly string[];
  readonly deleted: readonly string[];
  /** As `kubectl diff` shows it. */
  readonly diff: string;
  readonly diagnostics: readonly Diagnostic[];
}

const MANAGER = "--field-manager=twinrail";
const PLURALS = { WorkflowTemplate: "workflowtemplates", CronWorkflow: "cronworkflows" } as const;

export async function applyObjects(input: ApplyInput): Promise<Applied> {
  const { kubectl, objects, set, dryRun = false, forceConflicts = false } = input;
  const nothing = { applied: [], unchanged: [], deleted: [], diff: "" };
  const force = forceConflicts ? ["--force-conflicts"] : [];
  const manifest = listOf(objects);

  const present = await findPresent(input);
  if (!Array.isArray(present)) return { ...nothing, diagnostics: [present as Diagnostic] };
  const wanted = new Set(objects.map(keyOf));
  const stale = present.filter((object) => !wanted.has(keyOf(object)));
  if (objects.length === 0 && stale.length > 0 && !input.allowPrune)
    return { ...nothing, diagnostics: [diagnostic("TR9123", { set, count: stale.length })] };

  let diff = "";
  if (objects.length > 0) {
    const rehearsal = await kubectl(
      ["apply", "--server-side", MANAGER, "--dry-run=server", ...force, "-f", "-"],
      manifest,
    );
    if (rehearsal.code !== 0) return { ...nothing, diagnostics: [refused("apply", rehearsal)] };
    const compared = await kubectl(["diff", "--server-side", MANAGER, ...force, "-f", "-"], manifest);
    // 1 says that something differs.
    if (compared.code > 1) return { ...nothing, diagnostics: [refused("compare", compared)] };
    diff = compared.out;
  }
  const deleted = stale.map(keyOf);
  if (dryRun) return { ...nothing, diff, deleted, diagnostics: [] };

  const before = new Map(present.map((object) => [keyOf(object), versionOf(object)]));
  const [applied, unchanged]: [string[], string[]] = [[], []];
  for (const kind of KINDS) {
    const some = objects.filter((object) => object.kind === kind);
    if (some.length === 0) continue;
    const done = await kubectl(["apply", "--server-side", MANAGER, ...force, "-f", "-", "-o", "json"], listOf(some));
    if (done.code !== 0) return { ...nothing, applied, unchanged, diff, diagnostics: [refused("apply", done)] };
    for (const object of itemsOf(done.out))
      (before.get(keyOf(object)) === versionOf(object) ? unchanged : applied).push(keyOf(object));
  }
  const failed = await prune(kubectl, stale);
  return {
    applied,
    unchanged,
    deleted: failed === undefined ? deleted : [],
    diff,
    diagnostics: failed === undefined ? [] : [failed],
  };
}

async function findPresent({
  kubectl,
  objects,
  set,
  namespaces,
}: ApplyInput): Promise<KubernetesObject[] | Diagnostic> {
  const found: KubernetesObject[] = [];
  const selector = `app.kubernetes.io/managed-by=twinrail,${SET_LABEL}=${labelOf(set)}`;
  for (const namespace of new Set([...namespaces, ...objects.map(({ metadata }) => metadata.namespace)])) {
    const kinds = Object.values(PLURALS)
      .map((plural) => `${plural}.argoproj.io`)
      .join(",");
    const listed = await kubectl(["get", kinds, `--namespace=${namespace}`, `--selector=${selector}`, "-o", "json"]);
    if (listed.code !== 0) return refused("list what is there", listed);
    found.push(...itemsOf(listed.out));
  }
  return found;
}

/** CronWorkflows first, so that none starts a template that is gone. What runs goes on: dependents are orphaned. */
async function prune(kubectl: Kubectl, stale: readonly KubernetesObject[]): Promise<Diagnostic | undefined> {
  for (const kind of [...KINDS].reverse()) {
    for (const { metadata } of stale.filter((object) => object.kind === kind)) {
      const path = `/apis/argoproj.io/v1alpha1/namespaces/${metadata.namespace}/${PLURALS[kind]}/${metadata.name}`;
      const options = {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Orphan",
        preconditions: { uid: metadata.uid },
      };
      const done = await kubectl(["delete", "--raw", path, "-f", "-"], JSON.stringify(options));
      if (done.code !== 0 && !/NotFound|not found/.test(done.err))
        return refused(`delete ${kind} ${metadata.name}`, done);
    }
  }
  return undefined;
}

function refused(what: string, { err }: KubectlResult): Diagnostic {
  const conflicts = [...err.matchAll(/conflict(?:s)? with "([^"]+)"[^:]*:\s*((?:\s*- ?\S+|\.\S+)+)/g)];
  if (conflicts.length > 0) {
    const text = conflicts.map(
      ([, owner, fields = ""]) => `\`${owner}\` owns ${fields.replace(/\s*-? *(\.\S+)/g, " $1").trim()}`,
    );
    return diagnostic("TR9121", { conflicts: [...new Set(text)].join("; ") });
  }
  const lines = err.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("Warning:"));
  return diagnostic("TR9122", { what, problem: lines.slice(-5).join(" ").slice(0, 1000) || "it gave no reason" });
}

function listOf(objects: readonly KubernetesObject[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
}

function itemsOf(text: string): KubernetesObject[] {
  const value = JSON.parse(text) as { kind: string; items?: KubernetesObject[] } & KubernetesObject;
  return value.kind.endsWith("List") ? (value.items ?? []) : [value];
}

function versionOf({ metadata }: KubernetesObject): unknown {
  return (metadata as { resourceVersion?: string }).resourceVersion;
}
