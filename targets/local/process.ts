/** One attempt as a child process: its own process group, its output in a file, an end in bounded time. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { after } from "./timer.ts";

export interface ProcessOptions {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets standard output and error, in the order in which they were written. */
  readonly log: string;
  readonly onLine?: (text: string) => void;
  /** Seconds. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export type ProcessEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "timed out" | "stopped" }
  /** It could not be started. */
  | { readonly kind: "failed"; readonly message: string };

/** Between asking a process to end and killing it. */
const GRACE_MS = 5000;
const TAIL_MS = 200;

export function runProcess(options: ProcessOptions): Promise<ProcessEnd> {
  const { command, cwd, env, log, onLine, timeout, signal } = options;
  return new Promise((resolve) => {
    const output = openSync(log, "a");
    // A session of its own: a Ctrl-C on the terminal is for us, who then stop it in order, and its children can be reached through it.
    const child = spawn(command[0], command.slice(1), { cwd, env, stdio: ["ignore", output, output], detached: true });
    closeSync(output);
    const tail = onLine === undefined ? undefined : tailLines(log, onLine);
    let reason: "timed out" | "stopped" | undefined;
    let killer: NodeJS.Timeout | undefined;
    const end = (why: "timed out" | "stopped") => {
      if (reason !== undefined) return;
      reason = why;
      killGroup(child, "SIGTERM");
      killer = setTimeout(() => killGroup(child, "SIGKILL"), GRACE_MS);
    };
    const stop = () => end("stopped");
    const inTime = timeout === undefined ? undefined : after(timeout * 1000, () => end("timed out"));
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });

    const finish = (result: ProcessEnd) => {
      inTime?.();
      clearTimeout(killer);
      signal?.removeEventListener("abort", stop);
      // What the step left running in the background ends with it, as in a pod.
      killGroup(child, "SIGKILL");
      tail?.();
      resolve(reason === undefined ? result : { kind: reason });
    };
    child.once("error", (error) => finish({ kind: "failed", message: error.message }));
    child.once("exit", (code, by) =>
      finish(code === null ? { kind: "killed", signal: String(by) } : { kind: "exited", code }),
    );
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

/** Reads a growing file line by line. @returns reads what is left, and stops. */
function tailLines(path: string, onLine: (text: string) => void): () => void {
  const file = openSync(path, "r");
  const decoder = new StringDecoder("utf8");
  const buffer = Buffer.alloc(64 * 1024);
  let rest = "";
  const read = () => {
    for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) {
      const lines = (rest + decoder.write(buffer.subarray(0, size))).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line.replace(/\r$/, ""));
    }
  };
  const timer = setInterval(read, TAIL_MS);
  return () => {
    clearInterval(timer);
    read();
    const last = rest + decoder.end();
    if (last !== "") onLine(last);
    closeSync(file);
  };
}
