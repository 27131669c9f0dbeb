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
  op,
  out,
  param,
  pipeline,
  task,
} from "./ir-for-tests.ts";
import { printPipeline } from "./print.ts";

test("a pipeline prints like the source it came from", () => {
  const body = block(
    [
      task("extract", [], { day: param("day") }),
      forEach(
        "parts",
        ["extract"],
        out("extract", ["regions"]),
        block([task("build", [], { region: item("parts") })], out("build")),
        {
          concurrency: 4,
        },
      ),
      branch(
        "check",
        ["parts"],
        op("ge", op("length", out("parts")), lit(1)),
        block([task("publish")]),
        block([fail("stop", [], lit("none"))]),
      ),
      attempt("safe", ["check"], block([task("notify")]), {
        handler: block([task("log", [], { text: error("safe", ["message"]) })]),
      }),
    ],
    { kind: "record", fields: { "a-b": out("parts", [0, "x y"]), c: { kind: "absent" } } },
  );
  const p = pipeline(body, {
    options: { extract: { retries: 3 } },
    params: [{ name: "day", type: { kind: "string" }, optional: true }],
  });
  assert.equal(
    printPipeline({
      ...p,
      schedule: {
        cron: "0 3 * * *",
        timezone: "UTC",
        start: "2026-01-01",
        catchup: true,
        origins: { schedule: p.origin },
      },
    }),
    `pipeline test
  schedule "0 3 * * *" UTC from 2026-01-01 catchup
  param day?: string

step extract: shared steps/extract.py:main { day?: Json } -> Json
  retries 3
step build: shared steps/build.py:main { region?: Json } -> Json
step publish: shared steps/publish.py:main {} -> Json
step notify: shared steps/notify.py:main {} -> Json
step log: shared steps/log.py:main { text?: Json } -> Json

extract = extract(day: param(day))
parts = for each parallel concurrency 4 in extract.regions  after extract  # Json -> Json
  build = build(region: item(parts))
  yield build
check = if (length(parts) >= 1)  after parts  # Json
  publish = publish()
else
  stop = fail "none"
safe = try  after check  # Json
  notify = notify()
catch
  log = log(text: error(safe).message)
return { "a-b": parts[0]["x y"], c: undefined }
`,
  );
});

test("types print as TypeScript", () => {
  const type = {
    kind: "record",
    fields: {
      rows: { type: { kind: "artifact", artifact: "dataset", row: JSON_TYPE } },
      kinds: { type: { kind: "list", items: { kind: "enum", values: ["a", 1] } }, optional: true },
      pair: { type: { kind: "tuple", items: [{ kind: "null" }, { kind: "map", values: { kind: "number" } }] } },
    },
  } as const;
  const text = printPipeline(pipeline(block([task("a")]), { outputs: { a: type } }));
  assert.match(text, /-> \{ rows: Dataset<Json>, kinds\?: \("a" \| 1\)\[\], pair: \[null, Record<string, number>\] \}/);
});
