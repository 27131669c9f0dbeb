/** For tests of this folder: projects, commits of theirs, and Twinrail started as a process, as a person or a runner would start it. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PACKAGE_ROOT } from "../compiler/package.ts";
import type { FakeGitHub } from "./github/testing.ts";

export const CLI: string = join(PACKAGE_ROOT, "dist/bin/twinrail.cjs");
export const ACTION: string = join(PACKAGE_ROOT, "dist/bin/action.cjs");

export function temporary(): string {
  return mkdtempSync(join(tmpdir(), "twinrail-test-"));
}

/** One of fixtures/pipelines, without what compiling left there. */
export function copyFixture(name: string, to: string): void {
  cpSync(join(PACKAGE_ROOT, "fixtures/pipelines", name), to, {
    recursive: true,
    filter: (path) => !/[\\/](?:deploy|\.twinrail|__pycache__|tests)(?:[\\/]|$)/.test(path),
  });
}

/** A project of one CPU pipeline on Airflow alone: needs no lock and compiles fast. */
export function smallProject(to: string, names: readonly string[], project = "acme"): void {
  mkdirSync(join(to, "steps"), { recursive: true });
  writeFileSync(
    join(to, "twinrail.json"),
    JSON.stringify({ project, target: ["airflow"], artifactRoot: "s3://bucket/x" }),
  );
  writeFileSync(join(to, "steps/greet.py"), "def greet(name):\n    return name\n");
  for (const name of names) writeFileSync(join(to, `${name}.pipeline.ts`), smallPipeline(name));
}

export function smallPipeline(name: string, cron = "0 3 * * *"): string {
  return `import { cron, pipeline, shared } from "twinrail";

const greet = shared<{ name: string }, string>({ run: "steps/greet.py:greet", retries: 2 });

export default pipeline({ name: "${name}", schedule: cron("${cron}") }, async () => {
  await greet({ name: "${name}" });
});
`;
}

export interface Clone {
  readonly folder: string;
  git(...args: string[]): string;
  write(path: string, text: string): void;
  edit(path: string, change: (text: string) => string): void;
  /** @returns the commit. */
  commit(message: string): string;
}

/** A clone of the stand-in's repository; what it pushes is there at once. */
export function cloneOf(github: FakeGitHub): Clone {
  const folder = join(github.folder, `clone-${Math.random().toString(36).slice(2)}`);
  github.git(["clone", "-q", github.remote, folder], undefined, github.folder);
  const git = (...args: string[]) =>
    github.git(["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], undefined, folder);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  return {
    folder,
    git,
    write,
    edit: (path, change) => write(path, change(readFileSync(join(folder, path), "utf8"))),
    commit(message) {
      git("add", "-A");
      git("commit", "-q", "--allow-empty", "-m", message);
      return git("rev-parse", "HEAD");
    },
  };
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** A folder of the run, with the report. */
  readonly temp: string;
}

export interface ActionRun {
  readonly url: string;
  readonly event: string;
  readonly payload: unknown;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly run?: number;
  readonly attempt?: number;
  readonly sha?: string;
  readonly ref?: string;
  readonly cwd?: string;
  readonly script?: string;
  /** Kills the process at once. */
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
}

/** The shipped bundle as a runner starts it: inputs, event and files by environment variables. */
export async function runAction({
  url,
  event,
  payload,
  inputs = {},
  run = 1,
  attempt = 1,
  ...rest
}: ActionRun): Promise<Ran> {
  const temp = temporary();
  for (const name of ["output", "summary"]) writeFileSync(join(temp, name), "");
  writeFileSync(join(temp, "event.json"), JSON.stringify(payload));
  const done = await start(
    process.execPath,
    [rest.script ?? ACTION],
    rest.cwd ?? temp,
    {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: url,
      GITHUB_SERVER_URL: "https://github.test",
      GITHUB_REPOSITORY: "acme/pipelines",
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: join(temp, "event.json"),
      GITHUB_OUTPUT: join(temp, "output"),
      GITHUB_STEP_SUMMARY: join(temp, "summary"),
      GITHUB_RUN_ID: String(run),
      GITHUB_RUN_ATTEMPT: String(attempt),
      GITHUB_WORKFLOW: "preview",
      GITHUB_JOB: "preview",
      GITHUB_SHA: rest.sha ?? "",
      GITHUB_REF: rest.ref ?? "refs/heads/main",
      RUNNER_TEMP: temp,
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      ...rest.env,
    },
    rest.signal,
  );
  const outputs = Object.fromEntries(
    [...readFileSync(join(temp, "output"), "utf8").matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map(
      ([, name, , value]) => [name, value],
    ),
  );
  return { ...done, outputs, summary: readFileSync(join(temp, "summary"), "utf8"), temp };
}

export function start(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    signal?.addEventListener("abort", () => child.kill("SIGKILL"));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
