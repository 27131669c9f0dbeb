/** twinrail.json → Project: every problem at once, each at the key or value that it is about. */
import { type Diagnostic, diagnostic, hasErrors, type Span } from "../diagnostics/diagnostic.ts";
import type { Json } from "../ir/types.ts";
import { type JsonDocument, parseJson, pointer } from "./json.ts";
import type { AirflowConfig, ClusterConfig, EngineName, GpuOffer, Project } from "./project.ts";
import { nearest } from "./suggest.ts";
import { expectations, knownKeys, validateProject } from "./validate-project.generated.ts";
import type { ValidationError } from "./validator.ts";

/** What the schema lets through: a Project without its defaults. */
interface Written extends Omit<Partial<Project>, "artifactRoot" | "airflow" | "clusters"> {
  readonly artifactRoot: string;
  readonly airflow?: AirflowConfig;
  readonly clusters?: Readonly<Record<string, WrittenCluster>>;
}

interface WrittenCluster
  extends Pick<ClusterConfig, "connection" | "namespace" | "serviceAccount">,
    Partial<Pick<ClusterConfig, "env" | "labels">> {
  readonly gpus?: Readonly<Record<string, Partial<GpuOffer>>>;
}

/** `file` is the name that diagnostics point at, relative to the project root. `project` is absent when there are errors. */
export function parseProject(
  text: string,
  file: string,
): { readonly project?: Project; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = parseJson(text);
  if ("error" in parsed) {
    const { expected, found, at } = parsed.error;
    return { diagnostics: [diagnostic("TR8002", { expected, found }, { file, ...at })] };
  }
  const { document } = parsed;
  const spanOf = (range: { start: number; end: number } | undefined): Span => ({
    file,
    ...(range ?? { start: 0, end: 0 }),
  });

  const diagnostics: Diagnostic[] = document.duplicates.map(({ key, first, again }) =>
    diagnostic("TR8003", { key }, spanOf(again), [{ span: spanOf(first), message: "first written here" }]),
  );
  if (!validateProject(document.value)) {
    for (const error of validateProject.errors ?? []) {
      const problem = explain(error, document, spanOf);
      if (problem !== undefined) diagnostics.push(problem);
    }
  } else {
    const targets = (document.value as unknown as Written).target ?? [];
    if (targets.length > 2 || (targets.length === 2 && !targets.includes("airflow"))) {
      diagnostics.push(diagnostic("TR8008", { targets }, spanOf(document.values.get("/target"))));
    }
  }
  diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  if (hasErrors(diagnostics)) return { diagnostics };
  return { project: withDefaults(document.value as unknown as Written), diagnostics };
}

function explain(
  error: ValidationError,
  document: JsonDocument,
  spanOf: (range?: { start: number; end: number }) => Span,
): Diagnostic | undefined {
  const at = error.instancePath;
  const where = at === "" ? "twinrail.json" : `\`${readable(at)}\``;
  const expects = expectations[error.schemaPath];
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(error.params.additionalProperty);
      const known = knownKeys[error.schemaPath] ?? [];
      const near = nearest(key, known);
      return diagnostic(
        "TR8004",
        { key, where, known, ...(near === undefined ? {} : { nearest: near }) },
        spanOf(document.keys.get(pointer(at, key))),
      );
    }
    case "required": {
      const key = String(error.params.missingProperty);
      const value = expectations[error.schemaPath.replace(/required$/, `properties/${key}/type`)];
      const owner = document.keys.get(at) ?? opening(document, at);
      return diagnostic("TR8005", { key, where, ...(value === undefined ? {} : { expects: value }) }, spanOf(owner));
    }
    case "if":
    case "propertyNames":
      return undefined; // says only that something inside is wrong, which has its own error
    default: {
      if (error.propertyName !== undefined) {
        const key = error.propertyName;
        return diagnostic(
          "TR8007",
          { key, where, expects: expects ?? error.message ?? "" },
          spanOf(document.keys.get(pointer(at, key))),
        );
      }
      const written = excerpt(valueAt(document.value, at));
      return diagnostic(
        "TR8006",
        { path: readable(at), written, expects: expects ?? inWords(error) },
        spanOf(document.values.get(at)),
      );
    }
  }
}

/** The bracket that opens the value at `at`: the whole of an object is too much to underline. */
function opening(document: JsonDocument, at: string): { start: number; end: number } | undefined {
  const range = document.values.get(at);
  return range && { start: range.start, end: range.start + 1 };
}

function inWords(error: ValidationError): string {
  switch (error.keyword) {
    case "enum":
      return `one of ${(error.params.allowedValues as readonly string[]).map((value) => `"${value}"`).join(", ")}`;
    case "type":
      return error.params.type === "object"
        ? "an object `{ … }`"
        : error.params.type === "array"
          ? "a list `[ … ]`"
          : "a text in double quotes";
    case "minItems":
      return "a list of at least one element";
    case "uniqueItems":
      return "a list without repetitions";
    default:
      return `something else (${error.message ?? error.keyword})`;
  }
}

/** `/clusters/gpu/env` as people write it: `clusters.gpu.env`. */
function readable(path: string): string {
  const text = segments(path).reduce(
    (all, key) =>
      all + (/^\d+$/.test(key) ? `[${key}]` : /^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`),
    "",
  );
  return text === "" ? "twinrail.json" : text.replace(/^\./, "");
}

function segments(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(value: Json, path: string): Json {
  let here: Json = value;
  for (const key of segments(path)) here = (here as Record<string, Json>)[key] ?? null;
  return here;
}

function excerpt(value: Json): string {
  const text = JSON.stringify(value);
  if (text.length <= 60) return text;
  if (typeof value === "string") return `${text.slice(0, 57)}…`;
  return Array.isArray(value) ? "a list" : "an object";
}

const DEFAULT_PIPELINES: readonly string[] = ["**/*.pipeline.ts"];
const DEFAULT_TARGET: readonly EngineName[] = ["airflow", "argo"];

function withDefaults(written: Written): Project {
  return {
    ...(written.project === undefined ? {} : { project: written.project }),
    pipelines: written.pipelines ?? DEFAULT_PIPELINES,
    target: written.target ?? DEFAULT_TARGET,
    artifactRoot: written.artifactRoot.replace(/\/$/, ""),
    airflow: written.airflow ?? {},
    clusters: mapValues(written.clusters ?? {}, (cluster) => ({
      connection: cluster.connection,
      namespace: cluster.namespace,
      ...(cluster.serviceAccount === undefined ? {} : { serviceAccount: cluster.serviceAccount }),
      env: cluster.env ?? {},
      gpus: mapValues(cluster.gpus ?? {}, (gpu) => ({
        resource: gpu.resource ?? "nvidia.com/gpu",
        nodeSelector: gpu.nodeSelector ?? {},
        tolerations: gpu.tolerations ?? [],
      })),
      labels: cluster.labels ?? {},
    })),
    ...(written.registry === undefined ? {} : { registry: written.registry }),
    ...(written.sharedImage === undefined ? {} : { sharedImage: written.sharedImage }),
    ...(written.images === undefined ? {} : { images: written.images }),
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fn(value)]));
}
