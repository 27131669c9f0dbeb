/**
 * The road of a pipeline, on one screen: files → modules → IR → placed IR → engine objects → files. Each pass gives what it made and the
 * problems it met; a validator stands between, so that a broken form names the pass that broke it. Nothing is written here.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ImagePlan, Lock, RequirementsFiles, RuntimeLayer } from "../images/images.ts";
import {
  AIRFLOW_LOCK,
  checkSharedEnvironment,
  collectSources,
  containerRequirements,
  environmentName,
  originOfRequirements,
  planImages,
  readRequirements,
  unpinned,
} from "../images/images.ts";
import { emitAirflow } from "../targets/airflow/target.ts";
import { emitArgo, lowerRegion } from "../targets/argo/target.ts";
import type { OutputFile, Size, SourceFile, TargetInput } from "../targets/target.ts";
import type { ReadHost } from "./1-read/host.ts";
import { readProgram } from "./1-read/read.ts";
import { evaluateProgram } from "./2-evaluate/evaluate.ts";
import { checkPipeline } from "./3-check/check.ts";
import { placePipeline } from "./4-place/place.ts";
import type { EngineName, Project } from "./config/project.ts";
import { type Diagnostic, diagnostic, hasErrors } from "./diagnostics/diagnostic.ts";
import type { StepDefinition } from "./ir/step.ts";
import type { Pipeline } from "./ir/types.ts";
import { validate } from "./ir/validate.ts";
import { nodesOf } from "./ir/walk.ts";
import { inputsOf } from "./output/inputs.ts";
import type { Tree } from "./output/plan.ts";

export interface CompileInput {
  /** The project's folder, absolute. */
  readonly root: string;
  readonly host: ReadHost;
  readonly project: Project;
  /** Pipeline files, relative to `root`. */
  readonly entries: readonly string[];
  /** Which of the pipelines in them. Default: all. */
  readonly select?: (pipeline: Pipeline) => boolean;
  /** One engine takes whole pipelines; `["airflow", "argo"]` splits them. */
  readonly engines: readonly EngineName[];
  readonly lock: Lock | undefined;
  readonly runtimeLayer: RuntimeLayer | undefined;
  readonly runtime: readonly SourceFile[];
}

export interface Compiled {
  /** One a pipeline; complete only when `diagnostics` has no error. */
  readonly trees: readonly Tree[];
  /** Before and after placement, for `--emit` and for `run`. */
  readonly pipelines: readonly Pipeline[];
  readonly placed: readonly Pipeline[];
  /** What `push` has to make exist. */
  readonly images: ImagePlan["images"];
  /** By pipeline: step id → the image that it runs in. */
  readonly references: ReadonlyMap<string, ImagePlan["references"]>;
  /** The Python that goes into packages and images. */
  readonly python: readonly SourceFile[];
  /** What the engines will hold, by pipeline. */
  readonly sizes: readonly { readonly pipeline: string; readonly sizes: readonly Size[] }[];
  readonly diagnostics: readonly Diagnostic[];
  /** Text of every source file, for rendering diagnostics. */
  readonly sources: ReadonlyMap<string, string>;
}

export function compile(input: CompileInput): Compiled {
  const read = readProgram(input.host, { entries: input.entries });
  const front = frontEnd(read);
  const { sources } = read;
  const diagnostics = [...front.diagnostics];
  const pipelines = front.pipelines.filter(input.select ?? (() => true));
  const none = { trees: [], pipelines, placed: [], images: [], sizes: [], references: new Map(), python: [], sources };
  if (hasErrors(diagnostics)) return { ...none, diagnostics };

  for (const pipeline of pipelines) diagnostics.push(...checkPipeline(pipeline));
  const python = pythonOf(input, pipelines);
  diagnostics.push(...python.diagnostics);

  const requirements = requirementsOf(input, pipelines);
  diagnostics.push(...requirements.diagnostics);

  const environment = environmentOf(input, pipelines, requirements.files);
  diagnostics.push(...environment.diagnostics);

  const placed: Pipeline[] = [];
  for (const pipeline of pipelines) {
    const result = placePipeline(pipeline, input.engines, input.project);
    diagnostics.push(...result.diagnostics);
    placed.push(result.pipeline);
  }
  const texts = [...requirements.files, ...environment.files].map(([file, { text }]) => [file, text] as const);
  const shown = new Map([...sources, ...texts]);
  if (hasErrors(diagnostics)) return { ...none, diagnostics, sources: shown };
  for (const pipeline of placed) validate(pipeline, "place");

  const trees: Tree[] = [];
  const sizes: { pipeline: string; sizes: readonly Size[] }[] = [];
  const images = new Map<string, ImagePlan["images"][number]>();
  const references = new Map<string, ImagePlan["references"]>();
  for (const pipeline of placed) {
    const plan = imagesOf(input, pipeline, python.sources, requirements.files);
    diagnostics.push(...plan.diagnostics);
    for (const image of plan.images) images.set(image.reference, image);
    references.set(pipeline.name, plan.references);
    const lowered = lower(input, pipeline, python.sources, plan, environment.folders);
    // Why a step has no image has been said; that it has none is no news.
    const imageless = hasErrors(plan.diagnostics);
    diagnostics.push(...lowered.diagnostics.filter(({ code }) => !(imageless && code === "TR6007")));
    sizes.push({ pipeline: pipeline.name, sizes: lowered.sizes });
    trees.push({
      pipeline: pipeline.name,
      source: pipeline.origin.span.file,
      irHash: irHash(pipeline),
      inputs: inputsOf({
        source: pipeline.origin.span.file,
        modules: sources,
        python: python.sources,
        project: input.project,
        locked: plan.locked,
      }),
      files: lowered.files,
    });
  }
  return {
    ...{ trees, pipelines, placed, references, sizes },
    images: [...images.values()],
    python: python.sources,
    diagnostics: unique(diagnostics),
    sources: shown,
  };
}

/** Reading and evaluating only: what `run` needs, whatever the engines. */
export function frontEnd(read: ReturnType<typeof readProgram>): {
  pipelines: readonly Pipeline[];
  diagnostics: readonly Diagnostic[];
} {
  if (hasErrors(read.diagnostics)) return { pipelines: [], diagnostics: read.diagnostics };
  const evaluated = evaluateProgram(read.program);
  for (const pipeline of evaluated.pipelines) validate(pipeline, "evaluate");
  return { pipelines: evaluated.pipelines, diagnostics: [...read.diagnostics, ...evaluated.diagnostics] };
}

function pythonOf(input: CompileInput, pipelines: readonly Pipeline[]): ReturnType<typeof collectSources> {
  const runs = pipelines.flatMap((pipeline) =>
    Object.values(pipeline.steps).map((step) => ({ file: step.run.file, origin: step.origins.run ?? step.origin })),
  );
  return collectSources(input.root, runs);
}

/** Airflow's environment and those apart from it: what fits, what does not, and where each step's own is. */
function environmentOf(
  { root, project, engines }: CompileInput,
  pipelines: readonly Pipeline[],
  files: RequirementsFiles,
): { folders: Readonly<Record<string, string>>; files: RequirementsFiles; diagnostics: readonly Diagnostic[] } {
  const steps = pipelines
    .flatMap((pipeline) => Object.values(pipeline.steps))
    .filter((step) => step.placement === "shared");
  if (!engines.includes("airflow")) return { folders: {}, files: new Map(), diagnostics: [] };
  const { python, environments = ENVIRONMENTS } = project.airflow;
  const folders: Record<string, string> = {};
  const diagnostics: Diagnostic[] = [];
  for (const step of steps) {
    const file = files.get(step.options.environment ?? "");
    if (file === undefined) continue;
    diagnostics.push(...unpinned(file));
    if (python === undefined) diagnostics.push(diagnostic("TR7084", { step: step.id }, originOfRequirements(step)));
    else folders[file.file] = `${environments}/${environmentName(file, python)}`;
  }
  const asking = steps.filter((step) => step.options.requirements !== undefined);
  // Only where somebody asks: a project without requirements needs no lock of Airflow's.
  const exists = asking.length > 0 && existsSync(join(root, AIRFLOW_LOCK));
  const read = readRequirements(root, exists ? [{ file: AIRFLOW_LOCK }] : []);
  diagnostics.push(...read.diagnostics);
  const airflow = read.files.get(AIRFLOW_LOCK);
  diagnostics.push(...checkSharedEnvironment({ steps: asking, files, airflow, python }));
  return { folders, files: read.files, diagnostics };
}

const ENVIRONMENTS = "/opt/twinrail/environments";

/** Steps that run in a container: in a split the isolated ones, on Kubernetes alone all. */
function containerSteps(pipeline: Pipeline, engines: readonly EngineName[]): StepDefinition[] {
  const steps = Object.values(pipeline.steps);
  if (!engines.includes("airflow")) return steps;
  return engines.length > 1 ? steps.filter((step) => step.placement === "isolated") : [];
}

function imagesOf(
  input: CompileInput,
  pipeline: Pipeline,
  sources: readonly SourceFile[],
  requirements: RequirementsFiles,
): ImagePlan {
  const steps = containerSteps(pipeline, input.engines);
  if (steps.length === 0 || input.runtimeLayer === undefined)
    return { references: {}, images: [], locked: {}, diagnostics: [] };
  const { project, lock, runtimeLayer } = input;
  return planImages({ project, lock, runtimeLayer, steps, sources, requirements });
}

/** Files of requirements that steps name, wherever they run. */
function requirementsOf(input: CompileInput, pipelines: readonly Pipeline[]): ReturnType<typeof readRequirements> {
  const named = pipelines
    .flatMap((pipeline) => Object.values(pipeline.steps))
    .flatMap((step) => {
      const file = containerRequirements(step);
      return file === undefined ? [] : [{ file, origin: originOfRequirements(step) }];
    });
  return readRequirements(input.root, named);
}

function lower(
  input: CompileInput,
  pipeline: Pipeline,
  sources: readonly SourceFile[],
  plan: ImagePlan,
  environments: Readonly<Record<string, string>>,
): { files: readonly OutputFile[]; sizes: readonly Size[]; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const sizes: Size[] = [];
  const regions: Record<string, object> = {};
  for (const node of nodesOf(pipeline.body)) {
    if (node.kind !== "region") continue;
    const lowered = lowerRegion({ region: node, pipeline, project: input.project, images: plan.references });
    diagnostics.push(...lowered.diagnostics);
    sizes.push(...(lowered.sizes ?? []));
    regions[node.id] = lowered.workflow;
  }
  const target: TargetInput = {
    pipeline,
    project: input.project,
    sources,
    runtime: input.runtime,
    images: plan.references,
    environments: Object.fromEntries(
      Object.values(pipeline.steps).flatMap(({ id, options }) => {
        const folder = environments[options.environment ?? ""];
        return folder === undefined ? [] : [[id, folder]];
      }),
    ),
    regions,
  };
  const emitted = input.engines[0] === "airflow" ? emitAirflow(target) : emitArgo(target);
  return {
    files: emitted.files,
    sizes: [...(emitted.sizes ?? []), ...sizes],
    diagnostics: [...diagnostics, ...emitted.diagnostics],
  };
}

/** What the pipeline means, without where it was written: a moved line leaves it as it is. */
function irHash(pipeline: Pipeline): string {
  const text = JSON.stringify(pipeline, (key, value) => (key === "origin" || key === "origins" ? undefined : value));
  return createHash("sha256").update(text).digest("hex");
}

/** Two pipelines that share a step report its problems once. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const found of diagnostics) {
    const key = JSON.stringify([found.code, found.message, found.span]);
    if (!seen.has(key)) seen.set(key, found);
  }
  return [...seen.values()];
}
