/** All projects of a commit, published one by one: what is wrong with one never keeps back another. */
import { spawn } from "node:child_process";
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

/** Registry credentials go here and nowhere else; a GitHub token does not. @returns what went wrong. */
function pushFolder(root: string): Promise<string | undefined> {
  const [script = ""] = process.argv.slice(1);
  const names = [
    "PATH",
    "HOME",
    "DOCKER_CONFIG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "TMPDIR",
  ];
  const env = Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, "push", "--project", root], {
      cwd: root,
      env: { ...env, NO_COLOR: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString("utf8")).slice(-4000);
    });
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) => resolve(code === 0 ? undefined : text.replaceAll(root, ".").trim()));
  });
}

function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

export function succeeded({ status, problems }: ProjectResult): boolean {
  return status !== "failed" && !(status === "stopped" && hasErrors(problems));
}
