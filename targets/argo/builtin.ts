/**
 * Two steps of Twinrail's own, for what neither the engine nor a step of the user's does: evaluate a value (a condition over several steps, the result
 * of a loop that leaves a region) and throw an error. They run under the same runtime as every step, in an image of the pipeline.
 */
import type { Origin } from "../../compiler/diagnostics/diagnostic.ts";
import type { StepDefinition, StepOptions } from "../../compiler/ir/step.ts";
import type { Type } from "../../compiler/ir/types.ts";

/** Evaluates its input `value`: to the runtime an expression, not a call. No user's step has such an id. */
export const VALUE_STEP = "@value";
/** Raises its input `message`. */
export const FAIL_STEP = "@fail";

const FAIL_FILE = "throw.py";
export const FAIL_SOURCE = "/tmp/twinrail-throw";

/** Writes the function where the runtime finds it, then is the runtime. Static text: nothing of the pipeline is in it. */
export const FAIL_COMMAND: readonly string[] = [
  "python3",
  "-c",
  [
    "import pathlib, sys",
    "from twinrail_runtime.process import main",
    `folder = pathlib.Path("${FAIL_SOURCE}")`,
    "folder.mkdir(parents=True)",
    `(folder / "${FAIL_FILE}").write_text("class Error(Exception): pass\\ndef throw(message): raise Error(message)\\n")`,
    "sys.exit(main(sys.argv[1:]))",
  ].join("\n"),
];

export function builtinSteps(origin: Origin): Readonly<Record<string, StepDefinition>> {
  const step = (id: string, call: string, input: string, output: Type, options: StepOptions): StepDefinition => ({
    id,
    placement: "isolated",
    run: { file: FAIL_FILE, function: call },
    // Artifacts stay references: JSON, not files.
    inputs: { [input]: { type: { kind: "json" }, optional: true } },
    output,
    options: { resources: { cpu: "100m", memory: "128Mi" }, ...options },
    origin,
    origins: {},
  });
  return {
    // A value is the same however often it is made: a lost machine need not end the run.
    [VALUE_STEP]: step(VALUE_STEP, "", "value", { kind: "json" }, { retries: 3 }),
    [FAIL_STEP]: step(FAIL_STEP, "throw", "message", { kind: "absent" }, {}),
  };
}
