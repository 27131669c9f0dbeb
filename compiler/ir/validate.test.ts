import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attempt,
  block,
  branch,
  error,
  fail,
  forEach,
  item,
  JSON_TYPE,
  lit,
  ORIGIN,
  op,
  out,
  param,
  pipeline,
  task,
} from "./ir-for-tests.ts";
import type { Block, Expr, Region, Type } from "./types.ts";
import { validate } from "./validate.ts";

const good = (body: Block, params: readonly string[] = []) =>
  validate(pipeline(body, { params: params.map((name) => ({ name, type: JSON_TYPE, optional: true })) }), "a test");
const bad = (body: Block, message: RegExp) => assert.throws(() => good(body), message);
const LIST: Type = { kind: "list", items: JSON_TYPE };
const BOOLEAN: Type = { kind: "boolean" };

test("a violation names the pass, the pipeline and the node", () => {
  bad(block([task("a"), task("a")]), /after a test, pipeline `test`: two nodes are `a`/);
  bad(block([task("A")]), /`A` is not lower-kebab/);
});

test("`after` names earlier siblings, in order, and nothing twice", () => {
  good(block([task("a"), task("b", ["a"]), task("c", ["b"])]));
  bad(block([task("a", ["b"]), task("b")]), /`a` is after `b`, which is not an earlier sibling/);
  bad(block([branch("x", [], lit(true), block([task("a")])), task("b", ["a"])]), /not an earlier sibling/);
  bad(block([task("a"), task("b"), task("c", ["b", "a"])]), /not in the order/);
  bad(block([task("a"), task("b", ["a"]), task("c", ["a", "b"])]), /`c` is after `a`, which another one implies/);
});

test("a reference reads only what is certain to be finished", () => {
  good(block([task("a"), task("b", ["a"]), task("c", ["b"], { x: out("a") })], out("a")));
  bad(block([task("a"), task("b", [], { x: out("a") })]), /`b`: `output:a` is read where it is not certain/);
  good(block([task("a"), branch("x", ["a"], lit(true), block([task("b", [], { x: out("a") })]))]));
  bad(block([task("a"), branch("x", [], lit(true), block([task("b", [], { x: out("a") })]))]), /`output:a`/);
  bad(block([branch("x", [], lit(true), block([task("a")])), task("b", ["x"], { x: out("a") })]), /`output:a`/);
  bad(block([task("a", [], { x: param("day") })]), /`param:day`/);
  good(block([task("a", [], { x: param("day") })]), ["day"]);
});

test("items live in their loop, errors in their handler", () => {
  const body = block([task("b", [], { x: item("l") })]);
  good(block([forEach("l", [], lit([1]), body)]));
  bad(block([forEach("l", [], lit([1]), body), task("c", ["l"], { x: item("l") })]), /`item:l`/);
  good(block([attempt("t", [], block([task("a")]), { handler: block([task("h", [], { x: error("t") })]) })]));
  bad(
    block([attempt("t", [], block([task("a")]), { handler: block([task("h", [], { x: out("a") })]) })]),
    /`output:a`/,
  );
  bad(
    block([attempt("t", [], block([task("a")]), { finally: block([task("h", [], { x: error("t") })]) })]),
    /`error:t`/,
  );
  bad(block([attempt("t", [], block(), {})]), /neither handler nor finally/);
  bad(block([forEach("l", [], lit([1]), body, { mode: "sequential", settle: true })]), /sequential and settles/);
});

test("conditions are boolean, items a list, messages strings, operands of their types", () => {
  const after = (condition: Expr) => block([task("a"), branch("x", ["a"], condition, block())]);
  good(after(out("a", ["ok"], BOOLEAN)));
  good(after(op("not", out("a", ["ok"], { kind: "enum", values: [true] }))));
  bad(after(out("a")), /the condition of `x` is not boolean/);
  bad(after(op("not", out("a"))), /not\(a\): a is not boolean/);
  bad(after(op("lt", lit(1), lit("2"))), /\(1 < "2"\): "2" is not a number/);
  good(after(op("eq", { kind: "absent" }, out("a", [], LIST))));
  bad(after(op("eq", out("a", [], LIST), out("a", [], LIST))), /neither side is a scalar/);
  good(block([task("a"), forEach("l", ["a"], out("a", ["list"], LIST), block())]));
  bad(block([task("a"), forEach("l", ["a"], out("a"), block())]), /the items of `l` are not a list/);
  bad(block([fail("f", [], lit(1))]), /not a string/);
});

test("a task gives what its step takes", () => {
  const p = pipeline(block([task("a", [], { x: lit(1) })]));
  const step = p.steps.a;
  assert.ok(step);
  const needs = (inputs: typeof step.inputs) => () => validate({ ...p, steps: { a: { ...step, inputs } } }, "a test");
  assert.throws(needs({}), /gives `x`, which `a` does not take/);
  assert.throws(needs({ x: { type: JSON_TYPE }, y: { type: JSON_TYPE } }), /does not give `y`, which `a` needs/);
  assert.throws(() => validate({ ...p, steps: {} }, "a test"), /calls the step `a`/);
  assert.throws(() => validate({ ...p, body: block() }, "a test"), /no task calls the step `a`/);
});

test("a region reads its inputs alone and hands out its members; one of one node may be called like it", () => {
  const region = (id: string, inside: Block, outputs: readonly string[] = []): Region => ({
    ...{ kind: "region", id, after: ["a"], origin: ORIGIN, target: "argo", cluster: "gpu", type: JSON_TYPE },
    ...{ block: inside, inputs: { x: { expr: out("a"), type: JSON_TYPE } }, outputs },
  });
  const input: Expr = { kind: "ref", source: { from: "input", name: "x" }, path: [], type: JSON_TYPE };
  const one = block([task("b", [], { x: input })]);
  good(block([task("a"), region("b", one, ["b"]), task("c", ["b"], { x: out("b", ["b"]) })]));
  good(block([task("a"), region("r", one)]));
  bad(block([task("a"), region("a", one)]), /two nodes are `a`/);
  bad(block([task("a"), region("b", block([task("b"), task("c")]))]), /two nodes are `b`/);
  bad(block([task("a"), region("r", one, ["a"])]), /hands out `a`/);
  bad(block([task("a"), region("r", block([task("b", [], { x: out("a") })]))]), /`output:a`/);
  bad(block([task("a"), task("b", ["a"], { x: input })]), /`input:x`/);
});
