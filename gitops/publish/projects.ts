/** All projects of a commit, published one by one: what is wrong with one never keeps back another. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PACKAGE_ROOT } from "../../compiler/package.ts";
import { compileFolder, hasFailed, type Outcome, withProject } from "../compile-tree.ts";
import type { Problem } from "../snapshot.ts";
import { projectFolders, type TreeEntry, type TreeSource } from "../tree/tree.ts";
import type { DeployBranch, Moved } from "./branch.ts";
import { type PublishInput, publish } from "./publish.ts";

export interface ProjectsInput extends Omit<PublishInput, "folder" | "snapshot" | "branch"> {
  readonly tree: { readonly source: TreeSource; readonly entries: readonly TreeEntry[] };
  /** Default: all. */
  readonly folders?: readonly string[];
  readonly branch: DeployBranch;
  /** Upload step images before the commit that names them. */
  readonly pushImages: boolean;
}

export interface ProjectResult {
  readonly folder: string;
  readonly status: "committed" | "unchanged" | "stopped" | "failed";
  readonly commit?: string;
  readonly pipelines: readonly string[];
  readonly problems: readonly Problem[];
  /** Why it failed, where no problem says so. */
  readonly why?: string;
}

export async function publishProjects(input: ProjectsInput): Promise<ProjectResult[]> {
  const { tree, folders = projectFolders(tree.entries) } = input;
  const results: ProjectResult[] = [];
  for (const folder of folders) results.push(await publishProject(input, folder));
  return results;
}

async function publishProject(input: ProjectsInput, folder: string): Promise<ProjectResult> {
  const failed = (why: string, problems: readonly Problem[] = []): ProjectResult => ({
    ...{ folder, status: "failed", pipelines: [], problems, why },
  });
  const { source, entries } = input.tree;
  const outcome = await withProject(source, entries, folder, async (root): Promise<Outcome> => {
    const compiled = await compileFolder(root);
    if (hasFailed(compiled) || !input.pushImages || hasErrors(compiled.problems)) return compiled;
    if (!compiled.pipelines.some(({ images }) => Object.keys(images).length > 0)) return compiled;
    const why = await pushFolder(root);
    return why === undefined ? compiled : { failed: `step images could not be uploaded:\n${why}` };
  });
  if (outcome === undefined) return failed(`there is no twinrail.json in ${folder === "" ? "the root" : folder}`);
  if (hasFailed(outcome)) return failed(outcome.failed);
  if (hasErrors(outcome.problems)) return failed("it does not compile", outcome.problems);
  const moved: Moved = await publish({ ...input, folder, snapshot: outcome });
  return {
    folder,
    status: moved.status,
    ...(moved.commit === undefined ? {} : { commit: moved.commit }),
    pipelines: outcome.pipelines.map(({ name }) => name),
    problems: [
      ...outcome.problems,
      ...moved.diagnostics.map(({ code, severity, message, help }) => ({
        code,
        severity,
        message,
        ...(help === undefined ? {} : { help }),
      })),
    ],
  };
}

/** An action's checkout has no layer of the runtime: it is made of the wheels that its lock names, and has the digest that was committed. */
async function buildRuntimeLayer(script: string): Promise<string | undefined> {
  const dist = join(dirname(script), "..");
  if (existsSync(join(dist, "runtime-layer/layer.tar.gz")) || !existsSync(join(dist, "images/layer.js")))
    return undefined;
  const before = readFileSync(join(dist, "runtime-layer/layer.json"), "utf8");
  const { code, text } = await run([join(PACKAGE_ROOT, "runtime/layer/build.mjs")], dist, {
    TWINRAIL_DIST: resolve(dist),
  });
  if (code !== 0) return `the runtime's layer cannot be built (it needs python3 with pip, and PyPI): ${text}`;
  const digest = (json: string) => (JSON.parse(json) as { digest: string }).digest;
  const after = readFileSync(join(dist, "runtime-layer/layer.json"), "utf8");
  return digest(before) === digest(after)
    ? undefined
    : "the runtime's layer that was built is not the one that was committed";
}

/** Registry credentials go here and nowhere else; a GitHub token does not. @returns what went wrong. */
async function pushFolder(root: string): Promise<string | undefined> {
  const [script = ""] = process.argv.slice(1);
  const missing = await buildRuntimeLayer(script);
  if (missing !== undefined) return missing;
  const { code, text } = await run([script, "push", "--project", root], root, {});
  return code === 0 ? undefined : text.replaceAll(root, ".").trim();
}

const HANDED_ON = [
  "PATH",
  "HOME",
  "DOCKER_CONFIG",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "NODE_EXTRA_CA_CERTS",
  "TMPDIR",
  "PIP_INDEX_URL",
  "TWINRAIL_CACHE",
];

function run(
  args: readonly string[],
  cwd: string,
  more: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const env = Object.fromEntries(
    HANDED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...env, NO_COLOR: "1", ...more },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString("utf8")).slice(-4000);
    });
    child.on("error", (error) => resolve({ code: 1, text: error.message }));
    child.on("close", (code) => resolve({ code, text }));
  });
}

function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

export function succeeded({ status, problems }: ProjectResult): boolean {
  return status !== "failed" && !(status === "stopped" && hasErrors(problems));
}
