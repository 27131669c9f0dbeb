import assert from "node:assert/strict";
import { test } from "node:test";
import { block, lit, ORIGIN, pipeline } from "./ir-for-tests.ts";
import { bindParams, paramText, parseParam } from "./params.ts";
import type { Param } from "./types.ts";

const RUN = { id: "r", logicalDate: "2026-01-02T00:00:00Z", day: "2026-01-02" };
const make = (params: readonly Omit<Param, "origin">[]) => ({
  ...pipeline(block()),
  params: params.map((p) => ({ ...p, origin: ORIGIN })),
});

test("defaults fill what is not given, from the run too", () => {
  const p = make([
    {
      name: "day",
      type: { kind: "string" },
      optional: true,
      default: { kind: "ref", source: { from: "run", field: "day" }, path: [], type: { kind: "string" } },
    },
    { name: "n", type: { kind: "number" }, optional: true, default: lit(3) },
    { name: "x", type: { kind: "number" }, optional: true },
    { name: "must", type: { kind: "boolean" }, optional: false },
  ]);
  assert.deepEqual(bindParams(p, { must: true, n: 4 }, RUN), {
    values: { day: "2026-01-02", n: 4, must: true },
    problems: [],
  });
  assert.deepEqual(bindParams(p, { other: 1 }, RUN).problems, [
    "test has no parameter `other`",
    "parameter `must` has no default and was not given",
  ]);
  assert.deepEqual(bindParams(p, { must: 1 }, RUN).problems, ["parameter `must` is not boolean"]);
});

test("mismatches inside a value are named by their path", () => {
  const p = make([
    {
      name: "c",
      type: {
        kind: "record",
        fields: { list: { type: { kind: "list", items: { kind: "enum", values: ["a", "b"] } } } },
      },
      optional: false,
    },
  ]);
  assert.deepEqual(bindParams(p, { c: { list: ["a", "z"] } }, RUN).problems, [
    'parameter `c at list[1]` is not "a" | "b"',
  ]);
  assert.deepEqual(bindParams(p, { c: { list: [], "x-y": 1 } }, RUN).problems, [
    'parameter `c at ["x-y"]` is not no such field',
  ]);
});

test("text is the value itself for strings, JSON elsewhere", () => {
  const param = (type: Param["type"]): Param => ({ name: "p", type, optional: false, origin: ORIGIN });
  assert.deepEqual(parseParam(param({ kind: "string" }), "1"), { value: "1" });
  assert.deepEqual(parseParam(param({ kind: "number" }), "1"), { value: 1 });
  assert.deepEqual(parseParam(param({ kind: "number" }), "x"), {
    problem: "parameter `p` is number: give it as JSON, not `x`",
  });
  assert.equal(paramText(param({ kind: "string" }), "1"), "1");
  assert.equal(paramText(param({ kind: "list", items: { kind: "string" } }), ["1"]), '["1"]');
});
