/**
 * What shared steps need, against what Airflow's environment has (`airflow.lock.txt`, one version a package): decided by versions alone, without
 * a network. A conflict is told as a minimal set: the lines that cannot hold together, and nothing else.
 */
import { satisfies, valid } from "@renovatebot/pep440";
import { type Diagnostic, diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { StepDefinition } from "../compiler/ir/step.ts";
import { linuxEnvironment, type MarkerEnvironment, markerHolds } from "./markers.ts";
import { originOfRequirements, type RequirementsFiles } from "./requirements.ts";
import type { Requirement, RequirementsFile } from "./requirements-file.ts";

export const AIRFLOW_LOCK = "airflow.lock.txt";

export interface SharedEnvironment {
  /** Shared steps that run in Airflow's own environment and state requirements. */
  readonly steps: readonly StepDefinition[];
  readonly files: RequirementsFiles;
  /** Absent: there is none. */
  readonly airflow: RequirementsFile | undefined;
  /** Of Airflow's workers. */
  readonly python: string | undefined;
}

interface Need {
  readonly step: StepDefinition;
  readonly requirement: Requirement;
  readonly file: string;
}

/** Errors: TR7080 to TR7085. */
export function checkSharedEnvironment({ steps, files, airflow, python }: SharedEnvironment): readonly Diagnostic[] {
  const [first] = steps;
  if (first === undefined) return [];
  if (airflow === undefined) return [diagnostic("TR7082", { step: first.id }, originOfRequirements(first))];
  if (python === undefined) return [diagnostic("TR7084", { step: first.id }, originOfRequirements(first))];
  const environment = linuxEnvironment(python);
  const diagnostics: Diagnostic[] = [];
  const pins = new Map(airflow.requirements.filter((pin) => holds(pin, environment, [])).map((pin) => [pin.name, pin]));
  const needs = new Map<string, Need[]>();
  for (const step of steps) {
    const file = files.get(step.options.requirements ?? "");
    for (const requirement of file?.requirements ?? []) {
      if (!holds(requirement, environment, diagnostics)) continue;
      const of = needs.get(requirement.name) ?? [];
      needs.set(requirement.name, [...of, { step, requirement, file: file?.file ?? "" }]);
    }
  }
  for (const [name, wanted] of needs) diagnostics.push(...checkPackage(name, wanted, pins.get(name)));
  return diagnostics;
}

function holds(requirement: Requirement, environment: MarkerEnvironment, diagnostics: Diagnostic[]): boolean {
  if (requirement.marker === undefined) return true;
  const value = markerHolds(requirement.marker, environment);
  if (value === undefined) {
    const reason = `\`${requirement.marker}\` is no environment marker`;
    diagnostics.push(diagnostic("TR7031", { line: requirement.text, reason }, requirement.span));
  }
  return value ?? false;
}

function checkPackage(name: string, wanted: readonly Need[], pin: Requirement | undefined): Diagnostic[] {
  const version = pin && /^===?(.+)$/.exec(pin.specifier)?.[1];
  const broken = wanted.filter((need) => version === undefined || !allows(need.requirement, version));
  const found: Diagnostic[] = [];
  const told = new Set<Need>();
  for (const need of broken) {
    if (told.has(need)) continue;
    // Two steps that exclude one another are the conflict, whatever Airflow has: no other pin helps.
    const other = wanted.find((one) => one !== need && !goTogether(need.requirement, one.requirement));
    if (other !== undefined) {
      told.add(need).add(other);
      found.push(between(name, need, other, pin));
    } else if (pin === undefined || version === undefined)
      found.push(
        diagnostic("TR7081", { step: need.step.id, requirement: need.requirement.text }, need.requirement.span),
      );
    else {
      const params = { step: need.step.id, requirement: need.requirement.text, pin: pin.text, line: pin.line };
      found.push(
        diagnostic("TR7080", params, need.requirement.span, [{ span: pin.span, message: "Airflow's version" }]),
      );
    }
  }
  if (pin === undefined) return found;
  for (const { step, requirement } of wanted) {
    const missing = requirement.extras.filter((extra) => !pin.extras.includes(extra));
    if (missing.length > 0)
      found.push(diagnostic("TR7085", { step: step.id, name, extras: missing }, requirement.span));
  }
  return found;
}

function between(name: string, one: Need, other: Need, pin: Requirement | undefined): Diagnostic {
  const [first, second] = [one, other].map(({ step, requirement, file }) => ({
    step: step.id,
    requirement: requirement.text,
    place: `${file}:${requirement.line}`,
  }));
  return diagnostic(
    "TR7083",
    { name, first: first as Side, second: second as Side, ...(pin === undefined ? {} : { pin: pin.text }) },
    one.requirement.span,
    [{ span: other.requirement.span, message: `what \`${other.step.id}\` needs` }],
  );
}

type Side = { readonly step: string; readonly requirement: string; readonly place: string };

function allows({ specifier, url }: Requirement, version: string): boolean {
  if (url !== undefined) return false;
  return specifier === "" || satisfies(version, specifier, { prereleases: true });
}

/**
 * Whether some version suits both. Specifiers are intervals with holes: it is enough to try each version that they name, one just after it, and
 * one just before it.
 */
function goTogether(one: Requirement, other: Requirement): boolean {
  if (one.url !== undefined || other.url !== undefined) return one.url === other.url;
  const named = [one, other].flatMap(({ specifier }) =>
    [...specifier.matchAll(/[\d][^,\s]*/g)].map(([text]) => text.replace(/\.\*$/, "")),
  );
  const versions = named.filter((text) => valid(text));
  const candidates = versions.flatMap((version) => [version, `${version}.0.1`, `${version}.1`, ...before(version)]);
  return ["0", ...candidates].some((version) => allows(one, version) && allows(other, version));
}

/** A release below `2.1.0`, in the same series and in the one before: `2.0.9999`, `1.9999`. */
function before(version: string): string[] {
  const parts = (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? "0").split(".").map(Number);
  return parts.flatMap((part, index) => (part === 0 ? [] : [[...parts.slice(0, index), part - 1, 9999].join(".")]));
}
