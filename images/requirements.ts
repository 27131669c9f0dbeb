/** The requirements files that steps name, read and parsed once each. */
import { type Diagnostic, diagnostic, type Origin } from "../compiler/diagnostics/diagnostic.ts";
import type { StepDefinition } from "../compiler/ir/step.ts";
import { sha256 } from "./layer.ts";
import { isPinned, parseRequirements, type RequirementsFile } from "./requirements-file.ts";
import { sourceTree } from "./source-tree.ts";
import { SOURCE_LIMITS } from "./sources.ts";

export type RequirementsFiles = ReadonlyMap<string, RequirementsFile>;

/** What goes into a container: a separate environment of Airflow's is the image's own there. */
export function containerRequirements({ options }: StepDefinition): string | undefined {
  return options.environment ?? options.requirements;
}

export function originOfRequirements(step: StepDefinition): Origin {
  return step.origins.environment ?? step.origins.requirements ?? step.origin;
}

/** Errors: TR7030 for a file that is not there, TR7031 for a line that is no requirement, TR702x for a link out of the project. */
export function readRequirements(
  root: string,
  named: readonly { readonly file: string; readonly origin?: Origin }[],
): { readonly files: RequirementsFiles; readonly diagnostics: readonly Diagnostic[] } {
  const files = new Map<string, RequirementsFile>();
  const diagnostics: Diagnostic[] = [];
  const tree = sourceTree(root, SOURCE_LIMITS);
  const seen = new Set<string>();
  for (const { file, origin } of named) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (!tree.isFile(file)) {
      diagnostics.push(diagnostic("TR7030", { file }, origin));
      continue;
    }
    const read = tree.read(file, origin);
    diagnostics.push(...read.diagnostics);
    const content = read.files.get(file);
    if (content === undefined) continue;
    const { parsed, diagnostics: problems } = parseRequirements(file, Buffer.from(content).toString("utf8"));
    diagnostics.push(...problems);
    files.set(file, parsed);
  }
  return { files, diagnostics };
}

/** Errors TR7032: requirements that do not say which bytes they mean. */
export function unpinned({ file, requirements }: RequirementsFile): readonly Diagnostic[] {
  return requirements
    .filter((requirement) => !isPinned(requirement))
    .map(({ text, span }) => diagnostic("TR7032", { file, requirement: text }, span));
}

/** Of what it means: comments and layout change no layer. */
export function requirementsDigest({ requirements }: RequirementsFile): string {
  const lines = requirements.map(({ text, hashes }) => [text, ...[...hashes].sort()].join(" "));
  return sha256(`${lines.sort().join("\n")}\n`);
}
