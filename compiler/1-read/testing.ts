/** For tests of reading: a project in memory, and its problems in a form that reads well in a table. */
import { memoryHost } from "./host.ts";
import { type ReadResult, readProgram } from "./read.ts";

export const ENTRY = "x.pipeline.ts";

export function read(files: Readonly<Record<string, string>> | string): ReadResult {
  const project = typeof files === "string" ? { [ENTRY]: files } : files;
  return readProgram(memoryHost(project), { entries: [Object.keys(project)[0] ?? ENTRY] });
}

/** ``TR1011 at `==` `` for each problem, in order. */
export function problems(files: Readonly<Record<string, string>> | string): readonly string[] {
  const { diagnostics, sources } = read(files);
  return diagnostics.map(({ code, span }) => {
    if (span === undefined) return code;
    return `${code} at \`${sources.get(span.file)?.slice(span.start, span.end) ?? ""}\``;
  });
}

/** Syntax or types as JSON without positions. */
export function withoutSpans(value: unknown): unknown {
  const isSpan = (key: string): boolean => key === "span" || key === "keySpan" || key === "propertySpan";
  return JSON.parse(JSON.stringify(value, (key, inner) => (isSpan(key) ? undefined : inner)));
}
