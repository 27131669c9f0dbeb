import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { StepDefinition } from "../compiler/ir/step.ts";
import { linuxEnvironment, markerHolds } from "./markers.ts";
import { parseRequirements } from "./requirements-file.ts";
import { checkSharedEnvironment } from "./shared-environment.ts";
import { testStep } from "./testing.ts";

/** Checks steps by the text of their files against the text of Airflow's lock: code, and the lines that are named. */
function check(
  airflow: string | undefined,
  texts: Readonly<Record<string, string>>,
  python: string | undefined = "3.12",
) {
  const steps = Object.keys(texts).map((id): StepDefinition => {
    const step = testStep(id, undefined, "shared");
    return { ...step, options: { requirements: `${id}.txt` } };
  });
  const files = new Map(
    Object.entries(texts).map(([id, text]) => [`${id}.txt`, parseRequirements(`${id}.txt`, text).parsed]),
  );
  const lock = airflow === undefined ? undefined : parseRequirements("airflow.lock.txt", airflow).parsed;
  return checkSharedEnvironment({ steps, files, airflow: lock, python }).map(({ code, span, related }) => [
    code,
    ...[span, ...related.map((one) => one.span)].map((at) => {
      const text = at?.file === "airflow.lock.txt" ? airflow : texts[at?.file.replace(".txt", "") ?? ""];
      return `${at?.file}: ${text?.slice(at?.start, at?.end)}`;
    }),
  ]);
}

test("what fits is silent: versions, ranges, wildcards, markers, extras that are locked", () => {
  const airflow = "pandas[parquet]==2.2.3 --hash=sha256:aa\nnumpy==1.26.4\nSix==1.17.0 ; python_version >= '3'\n";
  const step = 'pandas[parquet]>=2,<3\nNumPy==1.26.*\nsix~=1.16\nwinonly>=1 ; sys_platform == "win32"\nnumpy!=1.25.0\n';
  assert.deepEqual(check(airflow, { a: step, b: "six" }), []);
});

test("a conflict is a minimal set of lines: one with Airflow's, or two that exclude one another", () => {
  const airflow = "numpy==1.26.4\npandas==2.2.3\n";
  assert.deepEqual(check(airflow, { a: "numpy>=2\npandas>=2\n", b: "numpy>=1.20\n" }), [
    ["TR7080", "a.txt: numpy>=2", "airflow.lock.txt: numpy==1.26.4"],
  ]);
  assert.deepEqual(check(airflow, { a: "numpy>=2\n", b: "numpy<2\n", c: "numpy\n" }), [
    ["TR7083", "a.txt: numpy>=2", "b.txt: numpy<2"],
  ]);
  assert.deepEqual(check("", { a: "scipy>=1\n" }), [["TR7081", "a.txt: scipy>=1"]]);
  assert.deepEqual(check("pandas==2.2.3", { a: "pandas[excel]\n" }), [["TR7085", "a.txt: pandas[excel]"]]);
  assert.deepEqual(
    check(undefined, { a: "numpy\n" }).map(([code]) => code),
    ["TR7082"],
  );
  assert.deepEqual(
    check(airflow, { a: "numpy\n" }, "").map(([code]) => code),
    [],
  );
});

test("two specifiers go together when some version suits both", () => {
  const together = (one: string, other: string) =>
    check("x==0", { a: `x${one}\n`, b: `x${other}\n` })[0]?.[0] !== "TR7083";
  const yes = [
    [">=1,<2", ">=1.5"],
    ["<2", "<1"],
    ["==1.*", ">1.4"],
    ["~=1.4", "<1.5"],
    ["!=1.5", ">=1.5"],
    [">=1", "==3.0"],
    [">1.0", "<1.1"],
    ["<2", "!=0"],
  ];
  const no = [
    [">=2", "<2"],
    ["==1.0", "==1.1"],
    ["==1.*", ">=2"],
    ["~=1.4.2", ">=1.5"],
    [">1.5", "<=1.5"],
    ["!=1.5", "==1.5"],
    ["==1.0", ">1.0"],
  ];
  for (const [one = "", other = ""] of yes) assert.ok(together(one, other), `${one} and ${other}`);
  for (const [one = "", other = ""] of no) assert.ok(!together(one, other), `${one} and ${other}`);
});

test("markers mean what Python's own packaging says", () => {
  const environment = linuxEnvironment("3.12");
  const markers = [
    "python_version < '3.13'",
    "python_version >= '3.9' and python_version < '3.10'",
    "sys_platform == 'win32' or (os_name == 'posix' and not_a_variable == '1')",
    "platform_machine in 'x86_64 aarch64'",
    "platform_machine not in 'arm64'",
    "implementation_name == 'cpython' and python_full_version > '3.11.4'",
    "python_version == '3.*'",
    "extra == 'dev'",
    "(sys_platform == 'linux')",
    "python_version ~= '3.10'",
    "sys_platform ==",
  ];
  const script = `
import json, sys
try:
    from packaging.markers import Marker
except ImportError:
    from pip._vendor.packaging.markers import Marker
environment, markers = json.load(sys.stdin)
def value(text):
    try:
        return Marker(text).evaluate(environment)
    except Exception:
        return None
print(json.dumps([value(text) for text in markers]))`;
  const input = JSON.stringify([environment, markers]);
  const expected = JSON.parse(execFileSync("python3", ["-c", script], { input, encoding: "utf8" }));
  assert.deepEqual(
    markers.map((marker) => markerHolds(marker, environment) ?? null),
    expected,
  );
});
