/** What an action says to the runner: outputs, the job's summary, annotations. Each of them has its own way of being broken by a stranger's text. */
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import type { Problem } from "../snapshot.ts";

export interface Runner {
  readonly env: NodeJS.ProcessEnv;
  input(name: string): string;
  output(name: string, value: string): void;
  summary(text: string): void;
  annotate(problem: Problem, folder: string): void;
  notice(message: string): void;
  /** One line for the log. */
  log(message: string): void;
  error(message: string): void;
}

/** A summary of more than 1 MiB is dropped as a whole. */
export const SUMMARY_BUDGET = 900_000;

export function actionRunner(env: NodeJS.ProcessEnv = process.env): Runner {
  const command = (kind: string, properties: Readonly<Record<string, string | number>>, message: string) => {
    const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
    process.stdout.write(`::${kind}${list.length === 0 ? "" : ` ${list.join(",")}`}::${escapeData(message)}\n`);
  };
  return {
    env,
    input: (name) => (env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] ?? "").trim(),
    output(name, value) {
      if (!env.GITHUB_OUTPUT) return;
      // A delimiter that nobody can have written into the value.
      const end = `twinrail_${randomUUID()}`;
      appendFileSync(env.GITHUB_OUTPUT, `${name}<<${end}\n${value}\n${end}\n`);
    },
    summary(text) {
      if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, text);
    },
    annotate({ code, severity, message, help, file, line, column, endLine, endColumn }, folder) {
      const kind = severity === "info" ? "notice" : severity;
      const place = {
        ...(file === undefined ? {} : { file: folder === "" ? file : `${folder}/${file}` }),
        ...(line === undefined ? {} : { line, endLine: endLine ?? line }),
        ...(column === undefined || line !== (endLine ?? line) ? {} : { col: column, endColumn: endColumn ?? column }),
      };
      command(kind, { ...place, title: `Twinrail ${code}` }, help === undefined ? message : `${message}\n${help}`);
    },
    notice: (message) => command("notice", { title: "Twinrail" }, message),
    log: (message) => void process.stdout.write(`${inert(message)}\n`),
    error: (message) => command("error", { title: "Twinrail" }, message),
  };
}

/** By the toolkit's rules (`@actions/core`, command.ts). */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** A line that starts with `::` or holds `##[` is a command to the runner. */
function inert(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .replaceAll("::", ": :")
    .replaceAll("##[", "## [");
}
