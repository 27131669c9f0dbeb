/** From the command line to what the compiler takes: the project's folder, its configuration, lock, pipelines. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { globSync } from "tinyglobby";
import { diskHost } from "../compiler/1-read/host.ts";
import { type Compiled, compile } from "../compiler/compile.ts";
import type { EngineName, Project } from "../compiler/config/project.ts";
import { PROJECT_FILE, readProject } from "../compiler/config/read-project.ts";
import { type Diagnostic, diagnostic, hasErrors } from "../compiler/diagnostics/diagnostic.ts";
import type { Pipeline } from "../compiler/ir/types.ts";
import { runtimeFiles } from "../compiler/package.ts";
import { LOCK_FILE, type Lock, loadRuntimeLayer, parseLock, type RuntimeLayer } from "../images/images.ts";

export interface ProjectOptions {
  /** Folder with twinrail.json; default: the nearest one at or above the working folder. */
  readonly project?: string;
  /** Engines, as in `--target airflow,argo`; default: `target` of twinrail.json. */
  readonly target?: string;
  /** Pipelines by name or file; default: all. */
  readonly pipelines: readonly string[];
}

export interface LoadedProject {
  readonly root: string;
  readonly project: Project;
  readonly engines: readonly EngineName[];
  /** Pipeline files to read, and which of the pipelines in them were asked for. */
  readonly entries: readonly string[];
  readonly select: (pipeline: Pipeline) => boolean;
  /** What was asked for, in words: names, or the project's globs. */
  readonly asked: readonly string[];
  readonly lock: Lock | undefined;
  readonly runtimeLayer: RuntimeLayer | undefined;
  /** Texts of configuration files, for rendering. */
  readonly texts: ReadonlyMap<string, string>;
}

export type Loaded = {
  readonly loaded?: LoadedProject;
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
};

/** Where compiled files go when `--out` does not say. */
export const OUT_FOLDER = "deploy";

export function loadProject(options: ProjectOptions): Loaded {
  const root = findProject(options.project);
  const texts = new Map<string, string>();
  const { project, text, diagnostics } = readProject(root);
  if (text !== undefined) texts.set(PROJECT_FILE, text);
  const problems = [...diagnostics];
  if (project === undefined) return { diagnostics: problems, texts };
  const engines = options.target === undefined ? project.target : enginesOf(options.target, problems);
  const lock = readLock(root, texts, problems);
  const layer = loadRuntimeLayer();
  problems.push(...layer.diagnostics);
  const { entries, select } = findPipelines(root, project, options.pipelines);
  const asked = options.pipelines.length > 0 ? options.pipelines : project.pipelines;
  if (entries.length === 0) problems.push(diagnostic("TR8020", { globs: asked.join(", ") }));
  if (hasErrors(problems)) return { diagnostics: problems, texts };
  return {
    loaded: { root, project, engines, entries, select, asked, lock, runtimeLayer: layer.runtimeLayer, texts },
    diagnostics: problems,
    texts,
  };
}

export function compileProject(loaded: LoadedProject): Compiled {
  const { root, project, entries, select, engines, lock, runtimeLayer } = loaded;
  const compiled = compile({
    root,
    host: diskHost(root),
    project,
    entries,
    select,
    engines,
    lock,
    runtimeLayer,
    runtime: runtimeFiles(),
  });
  if (compiled.pipelines.length > 0 || hasErrors(compiled.diagnostics)) return compiled;
  return {
    ...compiled,
    diagnostics: [...compiled.diagnostics, diagnostic("TR8020", { globs: loaded.asked.join(", ") })],
  };
}

/** The folder that was named, or the nearest one with twinrail.json at or above the working folder. */
export function findProject(named?: string): string {
  if (named !== undefined) return resolve(named);
  const from = process.cwd();
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, PROJECT_FILE))) return folder;
    if (dirname(folder) === folder) return from;
  }
}

const ENGINES: ReadonlySet<string> = new Set(["airflow", "argo", "kubeflow"]);

function enginesOf(text: string, problems: Diagnostic[]): EngineName[] {
  const names = text.split(",").map((name) => name.trim());
  const known = names.filter((name): name is EngineName => ENGINES.has(name));
  if (known.length !== names.length || known.length > 2 || new Set(known).size !== known.length)
    problems.push(diagnostic("TR8021", { target: text }));
  else if (known.includes("kubeflow")) problems.push(diagnostic("TR8022", {}));
  return known;
}

function readLock(root: string, texts: Map<string, string>, problems: Diagnostic[]): Lock | undefined {
  let text: string;
  try {
    text = readFileSync(join(root, LOCK_FILE), "utf8");
  } catch {
    return undefined;
  }
  texts.set(LOCK_FILE, text);
  const { lock, diagnostics } = parseLock(text, LOCK_FILE);
  problems.push(...diagnostics);
  return lock;
}

type Selection = Pick<LoadedProject, "entries" | "select">;

/** Sorted, so that nothing depends on the order of a folder. No link is followed, and what was compiled is no source. */
function findPipelines(root: string, project: Project, wanted: readonly string[]): Selection {
  const found = globSync([...project.pipelines], {
    cwd: root,
    followSymbolicLinks: false,
    ignore: ["**/node_modules/**", `${OUT_FOLDER}/**`],
  }).sort();
  if (wanted.length === 0) return { entries: found, select: () => true };
  const asked = new Set(wanted.flatMap((name) => [name, relative(root, resolve(name)).replaceAll("\\", "/")]));
  const files = found.filter((file) => asked.has(file) || asked.has(nameOf(file)));
  // A pipeline need not be called like its file: what no file explains is looked for inside all of them.
  const isFile = (name: string): boolean =>
    files.some((file) => file === name || asked.has(file) || nameOf(file) === name);
  if (wanted.every(isFile)) return { entries: files, select: () => true };
  return { entries: found, select: ({ name, origin }) => asked.has(name) || files.includes(origin.span.file) };
}

/** `churn` of `ml/churn.pipeline.ts`. */
function nameOf(file: string): string {
  return (file.split("/").at(-1) ?? file).replace(/(?:\.pipeline)?\.ts$/, "");
}
