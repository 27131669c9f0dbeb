/**
 * Workflow parameters. In a whole pipeline people type them, as runtime/README.md says: raw text where the type is string, JSON elsewhere, `=run.day` for
 * the run's value and `=undefined` for none. In a region the bridge fills them with wire strings.
 */
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";
import { wireText } from "../../compiler/ir/encode.ts";
import type { StepDefinition } from "../../compiler/ir/step.ts";
import type { Expr, Json, NodeId, Param, Region, Type } from "../../compiler/ir/types.ts";
import { scalarOf } from "./express.ts";
import type { WorkflowParameter } from "./objects.ts";

/** What is lowered: a whole pipeline, or a region of one. */
export interface Mode {
  readonly kind: "pipeline" | "region";
  readonly params: readonly Param[];
  readonly inputs: Region["inputs"];
  readonly steps: Readonly<Record<string, StepDefinition>>;
  /** Results of tasks that are not as their step says (legalise.ts). */
  readonly types: ReadonlyMap<NodeId, Type>;
}

/** JSON for the runtime's `--run`, filled by the bridge. */
export const RUN_PARAMETER = "run";
/** ISO 8601 instant for which a run is; empty for one that somebody started. No TypeScript name holds a hyphen, so no parameter is called that. */
export const SCHEDULED_PARAMETER = "scheduled-time";
/** Text of an optional parameter that is not given. */
const ABSENT_TEXT = "=undefined";
/** A text that happens to be one of the runtime's words, or such a text with more `=` in front. */
export const RUN_WORD: RegExp = /^=+(?:undefined|run\.(?:id|logicalDate|day)|json:.*)$/s;

export function isRunDefault(expr: Expr | undefined): boolean {
  return expr?.kind === "ref" && expr.source.from === "run";
}

export function isText(type: Type): boolean {
  return scalarOf(type) === "string";
}

export function pipelineParameters(params: readonly Param[]): {
  parameters: readonly WorkflowParameter[];
  diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const parameters = params.map((param): WorkflowParameter => {
    diagnostics.push(...checkName(param.name, param.origin));
    const value = defaultText(param);
    for (const [what, said, instead] of [
      ["default", value, "let a step add that text"],
      ["description", param.doc, "describe it in other words"],
    ] as const) {
      // Any other tag in it is harmless: the runtime gets the text as base64.
      if (!said?.includes("{{=")) continue;
      const reason = "holds `{{=`, and when no expression follows, Argo neither starts nor fails the workflow (4.0.5)";
      diagnostics.push(
        diagnostic("TR6012", { what: `the ${what} of \`${param.name}\``, reason, instead }, param.origin),
      );
    }
    const choices = choicesOf(param, value);
    return {
      name: param.name,
      ...(param.doc === undefined ? {} : { description: param.doc }),
      ...(value === undefined ? {} : { value }),
      ...(choices === undefined ? {} : { enum: choices }),
    };
  });
  return { parameters, diagnostics };
}

export function regionParameters(region: Region): {
  parameters: readonly WorkflowParameter[];
  diagnostics: readonly Diagnostic[];
} {
  const names = Object.keys(region.inputs);
  return {
    parameters: [{ name: RUN_PARAMETER }, ...names.map((name) => ({ name }))],
    diagnostics: names.flatMap((name) =>
      name === RUN_PARAMETER ? [diagnostic("TR6014", { name }, region.origin)] : checkName(name, region.origin),
    ),
  };
}

function defaultText(param: Param): string | undefined {
  const { default: expr } = param;
  if (expr === undefined) return param.optional ? ABSENT_TEXT : undefined;
  if (expr.kind === "ref" && expr.source.from === "run") return `=run.${expr.source.field}`;
  if (expr.kind !== "literal") return undefined;
  return text(param.type, expr.value);
}

function text(type: Type, value: Json): string {
  if (!isText(type) || typeof value !== "string") return wireText(value);
  return RUN_WORD.test(value) ? `=${value}` : value;
}

function choicesOf(param: Param, value: string | undefined): readonly string[] | undefined {
  if (param.type.kind !== "enum") return undefined;
  const choices = param.type.values.map((choice) => text(param.type, choice));
  return value === undefined || choices.includes(value) ? choices : [...choices, value];
}

function checkName(name: string, origin: Origin): readonly Diagnostic[] {
  return /^[-a-zA-Z0-9_]+$/.test(name) ? [] : [diagnostic("TR6014", { name }, origin)];
}
