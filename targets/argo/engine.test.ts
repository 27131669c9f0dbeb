import assert from "node:assert/strict";
import { test } from "node:test";
import type { Expr, Param, Type } from "../../compiler/ir/types.ts";
import { Engine } from "./engine.ts";
import { placesOf } from "./places.ts";
import * as t from "./testing.ts";
import { ir } from "./testing.ts";

const { lit, op, out, param } = ir;
const mode_: Type = { kind: "enum", values: ["fast", "slow"] };
const optional: Type = { kind: "record", fields: { v: { type: t.number, optional: true } } };
const a: Type = t.record({
  n: t.number,
  ok: t.boolean,
  s: t.string,
  mode: mode_,
  list: t.list(t.json),
  deep: optional,
});
const params: Param[] = [t.parameter("n", t.number, lit(1)), t.parameter("s", t.string, lit("x"))];
params.push(
  t.parameter("day", t.string, { kind: "ref", source: { from: "run", field: "day" }, path: [], type: t.string }),
);

/** The engine's text of a condition over tasks `a` and `b`, and what `a` computes beside its result. */
function condition(expr: Expr): [string | undefined, string[]] {
  const pipeline = ir.pipeline(ir.block([ir.task("a"), ir.task("b"), ir.branch("if", [], lit(true), ir.block())]), {
    outputs: { a, b: a },
  });
  const mode = { kind: "pipeline", params, inputs: {}, steps: pipeline.steps, types: new Map() } as const;
  const engine = new Engine(placesOf(pipeline.body), mode);
  const made = engine.condition(expr, "if");
  const text = made?.render(({ node, extra }) => `${node}.${extra}`);
  return [text, [...(engine.extras.get("a")?.keys() ?? [])]];
}

const n = (node: string): Expr => out(node, ["n"], t.number);

test("the engine compares numbers and booleans itself", () => {
  assert.deepEqual(condition(op("gt", n("a"), n("b"))), ["(fromJSON(a.n) > fromJSON(b.n))", ["n"]]);
  assert.deepEqual(condition(op("not", out("a", ["ok"], t.boolean))), ["!(fromJSON(a.ok))", ["ok"]]);
  assert.deepEqual(condition(op("eq", n("a"), lit(1e300)))[0], "(fromJSON(a.n) == 1e+300)");
  assert.deepEqual(
    condition(op("eq", n("a"), lit(123456789012345680000)))[0],
    "(fromJSON(a.n) == 123456789012345680000.0)",
  );
  assert.deepEqual(
    condition(op("ge", n("a"), param("n", t.number)))[0],
    "(fromJSON(a.n) >= fromJSON(workflow.parameters['n']))",
  );
});

test("strings are compared by the engine only when they are short or typed", () => {
  assert.deepEqual(condition(op("eq", out("a", ["mode"], mode_), lit("fast")))[0], '(fromJSON(a.mode) == "fast")');
  assert.deepEqual(
    condition(op("eq", param("s", t.string), lit("{{😀}} é")))[0],
    "((hasPrefix(workflow.parameters['s'], \"=json:\") ? fromJSON(trimPrefix(workflow.parameters['s'], \"=json:\")) : workflow.parameters['s']) == \"\\u007b\\u007b\\U0001f600\\u007d\\u007d \\u00e9\")",
  );
  assert.deepEqual(condition(op("eq", out("a", ["s"], t.string), lit("x"))), ["a.if == 'true'", ["if"]]);
});

test("what one step decides it computes ahead, unless it could fail there", () => {
  assert.deepEqual(condition(op("isNullish", out("a", ["deep", "v"], t.number)))[1], ["if"]);
  assert.deepEqual(condition(op("gt", op("length", out("a", ["list"], t.list(t.json))), lit(0)))[1], ["if"]);
  assert.deepEqual(condition(op("gt", op("get", out("a", ["deep"]), lit("v"), lit("w")), lit(0)))[0], undefined);
});

test("and the rest is left to a pod", () => {
  assert.equal(condition(op("eq", out("a", ["s"], t.string), out("b", ["s"], t.string)))[0], undefined);
  assert.equal(condition(op("eq", param("day", t.string), lit("2026-01-01")))[0], undefined, "the text is `=run.day`");
});
