import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { memoryHost } from "../compiler/1-read/host.ts";
import { loadFiles } from "../compiler/1-read/load.ts";
import { COMPILER_OPTIONS, createProgram, PROJECT_ROOT } from "../compiler/1-read/program.ts";
import { installed } from "../compiler/1-read/sdk.ts";
import { ts } from "../compiler/1-read/typescript.ts";

function check(text: string): readonly string[] {
  const { files } = loadFiles(memoryHost({ "types.ts": text }), ["types.ts"], (file) => PROJECT_ROOT + file);
  const program = createProgram(files);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

test("wrong uses of the SDK and of the dialect are red, right ones are not", () => {
  assert.deepEqual(check(readFileSync(installed("sdk/types.test-d.ts"), "utf8")), []);
});

test("a scheduled pipeline with a needed parameter is told in words", () => {
  const [problem] = check(
    `import { cron, pipeline } from "twinrail";\n` +
      `pipeline<{ day: string }>({ name: "x", schedule: cron("0 3 * * *") }, async () => {});`,
  );
  assert.match(problem ?? "", /a scheduled pipeline needs every parameter to be optional: write `day\?`/);
});

test("the dialect's library has everything that TypeScript asks for, and is right in itself", () => {
  const { files } = loadFiles(memoryHost({ "empty.ts": "export {};" }), ["empty.ts"], (file) => PROJECT_ROOT + file);
  const program = createProgram(files, { ...COMPILER_OPTIONS, skipLibCheck: false });
  assert.deepEqual(
    ts.getPreEmitDiagnostics(program).map((problem) => problem.messageText),
    [],
  );
});

test("the editor's options are the compiler's", () => {
  const path = installed("sdk/tsconfig.json");
  const { config } = ts.readConfigFile(path, (file) => readFileSync(file, "utf8"));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, "/");
  assert.deepEqual(options, COMPILER_OPTIONS);
});
