/** The one place that starts git. Arguments never come from a pull request except as object ids that were checked. */
import { spawn } from "node:child_process";

export interface GitOptions {
  readonly cwd: string;
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
}

export class GitError extends Error {
  readonly stderr: string;

  constructor(args: readonly string[], stderr: string) {
    super(`git ${args.find((arg) => !arg.startsWith("-") && !arg.includes("=")) ?? ""}: ${stderr.trim() || "failed"}`);
    this.stderr = stderr;
  }
}

/** Nothing of the repository that git reads may start a program. */
const SAFE = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never"];

/** @throws GitError when git says no. */
export function git(args: readonly string[], { cwd, input, env }: GitOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", [...SAFE, ...args], {
      cwd,
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (error) => reject(new GitError(args, `git cannot be started (${error.message})`)));
    child.on("close", (code) =>
      code === 0 ? resolve(Buffer.concat(out)) : reject(new GitError(args, Buffer.concat(err).toString("utf8"))),
    );
    child.stdin.on("error", () => {}); // git may end before it has read everything; its exit code says why
    child.stdin.end(input ?? "");
  });
}

export async function gitText(args: readonly string[], options: GitOptions): Promise<string> {
  return (await git(args, options)).toString("utf8").trimEnd();
}

export const OBJECT_ID: RegExp = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
