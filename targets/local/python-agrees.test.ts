/** `evaluate` is the reference; the runtime's Python is a copy of it. Every operator over every pair of values, in both. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { runtimeExpr, wire } from "../../compiler/ir/encode.ts";
import { ExpressionError, evaluate, jsonOf } from "../../compiler/ir/expression.ts";
import { JSON_TYPE, lit } from "../../compiler/ir/ir-for-tests.ts";
import type { Expr, Json, Operator } from "../../compiler/ir/types.ts";
import { type LocalRun, runContextOf } from "./run-context.ts";

const PYTHON = `
import json, sys
from twinrail_runtime.expressions import evaluate
from twinrail_runtime.run_context import RunContext
from twinrail_runtime.errors import ExpressionError
from twinrail_runtime.values import ABSENT, wire
def attempt(expr):
    try:
        return wire(evaluate(expr, {}), None)
    except ExpressionError:
        return "error"
request = json.load(sys.stdin)
runs = [RunContext.parse(run) for run in request["runs"]]
print(json.dumps({"values": [attempt(e) for e in request["exprs"]], "runs": [[r.logical_date, r.day] for r in runs]}))
`;

function askPython(request: object): { values: string[]; runs: string[][] } {
  let root = import.meta.dirname;
  while (!existsSync(join(root, "runtime/twinrail_runtime"))) root = dirname(root);
  const env = { ...process.env, PYTHONPATH: join(root, "runtime") };
  const text = execFileSync("python3", ["-c", PYTHON], { input: JSON.stringify(request), env, maxBuffer: 1 << 28 });
  return JSON.parse(text.toString());
}

const call = (op: Operator, ...args: readonly Expr[]): Expr => ({ kind: "call", op, args, type: JSON_TYPE });
const record = (fields: Record<string, Expr>): Expr => ({ kind: "record", fields });
const bound = (name: string): Expr => ({ kind: "ref", source: { from: "bound", name }, path: [], type: JSON_TYPE });
const absent: Expr = { kind: "absent" };
const literals: readonly Json[] = [
  null,
  true,
  false,
  0,
  -0,
  1,
  1.5,
  1e21,
  1e-7,
  "",
  "1",
  "true",
  "😀",
  [],
  [1, [2]],
  {},
  { a: null },
  { a: { b: 1 }, length: 2 },
];
const values: readonly Expr[] = [
  ...literals.map(lit),
  absent,
  record({ a: absent, b: lit(1) }),
  { kind: "list", items: [absent, lit(1)] },
];

const unary: readonly Operator[] = ["not", "isNullish", "template", "length"];
const binary: readonly Operator[] = [
  "and",
  "or",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "coalesce",
  "template",
  "concat",
  "merge",
];
const keys = [lit("a"), lit("length"), lit(0), lit("0"), lit("__proto__"), lit("constructor")];
const exprs: readonly Expr[] = [
  ...unary.flatMap((op) => values.map((a) => call(op, a))),
  ...binary.flatMap((op) => values.flatMap((a) => values.map((b) => call(op, a, b)))),
  ...values.map((a) => call("select", a, lit(1), call("not", lit(1)))),
  ...values.flatMap((a) =>
    keys.flatMap((key) => [call("get", a, key), call("getOptional", a, key), call("get", a, key, lit("b"))]),
  ),
  ...values.map(
    (a): Expr => ({
      kind: "comprehension",
      items: a,
      item: "x",
      index: "i",
      each: { kind: "list", items: [bound("x"), bound("i")] },
      type: JSON_TYPE,
    }),
  ),
  {
    kind: "comprehension",
    items: lit([3, 1, 4]),
    item: "x",
    index: "i",
    where: call("gt", bound("i"), lit(0)),
    each: bound("i"),
    type: JSON_TYPE,
  },
];

test("the runtime's expressions mean what the reference says", () => {
  const python = askPython({ exprs: exprs.map(runtimeExpr), runs: [] }).values;
  const ours = exprs.map((expr) => {
    try {
      return wire(jsonOf(evaluate(expr, () => undefined)));
    } catch (error) {
      assert.ok(error instanceof ExpressionError);
      return "error";
    }
  });
  const differences = exprs.flatMap((expr, i) =>
    ours[i] === python[i] ? [] : [`${JSON.stringify(runtimeExpr(expr))}: ${ours[i]}, Python ${python[i]}`],
  );
  assert.deepEqual(differences.slice(0, 40), []);
});

test("`run` is the same", () => {
  const runs: readonly LocalRun[] = [
    { id: "r", started: "2026-03-01T23:30:00.999Z", timezone: "Europe/Berlin" },
    { id: "r", started: "2026-03-29T01:30:00+01:00", timezone: "America/Los_Angeles" },
    { id: "r", started: "2026-01-01T00:00:00Z", scheduled: "2025-12-31T22:59:59Z", timezone: "Asia/Kolkata" },
  ];
  const requests = runs.map((run) => ({ ...run, pipeline: "p", key: "k", root: "file:///x" }));
  const ours = runs.map(runContextOf).map(({ logicalDate, day }) => [logicalDate, day]);
  assert.deepEqual(askPython({ exprs: [], runs: requests }).runs, ours);
});
