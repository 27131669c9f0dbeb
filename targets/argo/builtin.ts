/**
 * Two steps of Twinrail's own, for what neither the engine nor a step of the user's does: evaluate a value (a condition over several steps, the result
 * of a loop that leaves a region) and throw an error. They run under the same runtime as every step, in an image of the pipeline.
 */
import type { Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { StepDefinition, StepOptions } from "../../compiler/ir/step.ts";
import type { Field } from "../../compiler/ir/types.ts";

/** Evaluates its input `value`: to the runtime an expression, not a call. No user's step has such an id. */
export const VALUE_STEP = "@value";
/** Throws its input `message`, or `error` again: the runtime's `fail`. */
export const FAIL_STEP = "@fail";

export function builtinSteps(origin: Origin): Readonly<Record<string, StepDefinition>> {
  const step = (id: string, inputs: readonly string[], options: StepOptions): StepDefinition => ({
    id,
    placement: "isolated",
    run: { file: "", function: "" },
    // Artifacts stay references: JSON, not files.
    inputs: Object.fromEntries(
      inputs.map((name): [string, Field] => [name, { type: { kind: "json" }, optional: true }]),
    ),
    output: { kind: "json" },
    options: { resources: { cpu: "100m", memory: "128Mi" }, ...options },
    origin,
    origins: {},
  });
  return {
    // A value is the same however often it is made: a lost machine need not end the run.
    [VALUE_STEP]: step(VALUE_STEP, ["value"], { retries: 3 }),
    [FAIL_STEP]: step(FAIL_STEP, ["message", "error"], {}),
  };
}
