import assert from "node:assert/strict";
import { test } from "node:test";
import { ExpressionError, evaluate, jsonOf, type Value } from "./expression.ts";
import { item, lit, op, out } from "./ir-for-tests.ts";
import type { Expr } from "./types.ts";

const VALUES: Record<string, Value> = {
  train: { auc: 0.9, list: [1, 2], none: null },
  missing: undefined,
  rows: [{ n: 3 }, { n: 5 }, { n: 8 }],
};
const value = (expr: Expr) => evaluate(expr, (source) => (source.from === "output" ? VALUES[source.node] : undefined));
const absent: Expr = { kind: "absent" };
const bound = (name: string, ...path: string[]): Expr => ({
  kind: "ref",
  source: { from: "bound", name },
  path,
  type: { kind: "number" },
});

test("a path reads own properties; what is missing is absent, what cannot have properties is an error", () => {
  assert.equal(value(out("train", ["auc"])), 0.9);
  assert.equal(value(out("train", ["list", 1])), 2);
  assert.equal(value(out("train", ["list", 2])), undefined);
  assert.equal(value(out("train", ["constructor"])), undefined);
  assert.equal(value(out("train", ["__proto__"])), undefined);
  assert.throws(() => value(out("train", ["none", "x"])), ExpressionError);
  assert.throws(() => value(out("missing", ["x"])), /Cannot read properties of undefined \(reading 'x'\)/);
  assert.equal(value(op("getOptional", out("missing"), lit("x"))), undefined);
  assert.throws(() => value(op("getOptional", out("train"), lit("none"), lit("x"))), ExpressionError);
});

test("only the chosen arm is evaluated", () => {
  const broken = out("missing", ["x"]);
  assert.equal(value(op("select", lit(true), lit(1), broken)), 1);
  assert.equal(value(op("and", lit(false), broken)), false);
  assert.equal(value(op("or", lit(true), broken)), true);
  assert.equal(value(op("coalesce", lit(0), broken)), 0);
  assert.throws(() => value(op("coalesce", lit(null), broken)), ExpressionError);
});

test("equality is strict, null is not absent", () => {
  assert.equal(value(op("eq", lit(1), lit("1"))), false);
  assert.equal(value(op("eq", lit(null), absent)), false);
  assert.equal(value(op("ne", out("missing"), absent)), false);
  assert.equal(value(op("eq", out("train"), absent)), false);
  assert.throws(() => value(op("eq", out("train"), out("train"))), ExpressionError);
  assert.equal(value(op("isNullish", out("missing"))), true);
  assert.equal(value(op("isNullish", lit(null))), true);
  assert.equal(value(op("isNullish", lit(""))), false);
});

test("a template prints scalars as JavaScript does", () => {
  const scalars = [lit("a"), lit(1e21), lit(1e-7), lit(3), lit(-0), lit(null), absent, lit(true)];
  assert.equal(value(op("template", ...scalars)), "a1e+211e-730nullundefinedtrue");
  assert.throws(() => value(op("template", out("train"))), ExpressionError);
});

test("lists and records", () => {
  assert.equal(value(op("length", out("rows"))), 3);
  assert.deepEqual(value(op("concat", lit([1]), lit([]), lit([2, 3]))), [1, 2, 3]);
  const merged = op("merge", lit({ a: 1, b: 1 }), absent, { kind: "record", fields: { b: absent } });
  assert.deepEqual(value(merged), { a: 1, b: undefined });
  assert.deepEqual(jsonOf(value(merged)), { a: 1 });
  assert.deepEqual(jsonOf([undefined, { x: [undefined] }]), [null, { x: [null] }]);
});

test("a comprehension filters, then maps; the map's index counts what is left", () => {
  const expr: Expr = {
    kind: "comprehension",
    items: out("rows"),
    item: "row",
    index: "i",
    where: op("gt", bound("row", "n"), lit(3)),
    each: { kind: "list", items: [bound("i"), bound("row", "n"), out("train", ["auc"])] },
    type: { kind: "list", items: { kind: "json" } },
  };
  assert.deepEqual(value(expr), [
    [0, 5, 0.9],
    [1, 8, 0.9],
  ]);
  assert.throws(() => value({ ...expr, items: item("x") }), /undefined where a list is needed/);
});
