/** The one place that starts kubectl. Manifests go in by standard input, never by a command line. */
import { spawn } from "node:child_process";

export interface KubectlOptions {
  readonly program: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface KubectlResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export type Kubectl = (args: readonly string[], input?: string) => Promise<KubectlResult>;

/** Has an exit code for everything; a kubectl that is not there is 127, as in a shell. */
export function kubectl({ program, kubeconfig, context }: KubectlOptions): Kubectl {
  const cluster = [
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ...(context === undefined ? [] : [`--context=${context}`]),
  ];
  return (args, input = "") =>
    new Promise((resolve) => {
      const child = spawn(program, [...args, ...cluster], { stdio: ["pipe", "pipe", "pipe"] });
      let [out, err] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString("utf8");
      });
      child.stderr.on("data", (chunk: Buffer) => {
        err += chunk.toString("utf8");
      });
      child.on("error", (error) => resolve({ code: 127, out, err: `${program} cannot be started: ${error.message}` }));
      child.on("close", (code) => resolve({ code: code ?? 1, out, err }));
      child.stdin.on("error", () => {}); // its exit code says why it stopped reading
      child.stdin.end(input);
    });
}
