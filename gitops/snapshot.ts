/**
 * One project, compiled, as plain JSON: what a diff compares and a publish commits. A child process prints it, so that a stranger's tree is
 * parsed where no credential is, within limits of time and memory (compile-tree.ts).
 */
import type { Compiled } from "../compiler/compile.ts";
import type { Project } from "../compiler/config/project.ts";
import type { Diagnostic, Severity, Span } from "../compiler/diagnostics/diagnostic.ts";
import { linesOf, positionOf } from "../compiler/diagnostics/render-lines.ts";
import type { Pipeline } from "../compiler/ir/types.ts";
import { type Inputs, sha256 } from "../compiler/output/index-file.ts";

export interface Snapshot {
  readonly version: 1;
  /** Of the Twinrail that compiled. */
  readonly compiler: string;
  readonly project: Project | undefined;
  /** Written reference → locked digest. */
  readonly locked: Readonly<Record<string, string>>;
  /** Digest of the runtime's layer. */
  readonly runtime: string | undefined;
  /** Python by path → sha256. */
  readonly python: Readonly<Record<string, string>>;
  readonly pipelines: readonly PipelineSnapshot[];
  /** Contents by sha256: text, or base64 where it is not UTF-8. */
  readonly contents: Readonly<Record<string, Content>>;
  readonly problems: readonly Problem[];
}

export type Content = { readonly text: string } | { readonly base64: string };

export interface PipelineSnapshot {
  readonly name: string;
  /** The file that defines it. */
  readonly source: string;
  readonly irHash: string;
  /** What it was compiled from, for `verify`. */
  readonly inputs?: Inputs;
  /** Before placement, without origins. */
  readonly pipeline: Pipeline;
  /** Step id → image by digest. */
  readonly images: Readonly<Record<string, string>>;
  /** Path below the output folder → sha256. */
  readonly files: Readonly<Record<string, string>>;
}

/** A diagnostic with its place in lines, so that no source has to travel along. */
export interface Problem {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly help?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

export interface SnapshotInput {
  readonly compiler: string;
  readonly project?: Project;
  readonly locked?: Readonly<Record<string, string>>;
  readonly runtime?: string;
  readonly compiled?: Compiled;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

export function takeSnapshot(input: SnapshotInput): Snapshot {
  const { compiled } = input;
  const contents: Record<string, Content> = {};
  const add = (content: string | Uint8Array): string => {
    const hash = sha256(content);
    contents[hash] ??= contentOf(content);
    return hash;
  };
  const byName = new Map(compiled?.pipelines.map((pipeline) => [pipeline.name, pipeline]));
  const pipelines = (compiled?.trees ?? []).flatMap((tree): PipelineSnapshot[] => {
    const pipeline = byName.get(tree.pipeline);
    if (pipeline === undefined) return [];
    return [
      {
        name: tree.pipeline,
        source: tree.source,
        irHash: tree.irHash,
        ...(tree.inputs === undefined ? {} : { inputs: tree.inputs }),
        pipeline: withoutOrigins(pipeline),
        images: compiled?.references.get(tree.pipeline) ?? {},
        files: Object.fromEntries(tree.files.map((file) => [file.path, add(file.content)])),
      },
    ];
  });
  return {
    version: 1,
    compiler: input.compiler,
    project: input.project,
    locked: input.locked ?? {},
    runtime: input.runtime,
    python: Object.fromEntries((compiled?.python ?? []).map(({ path, content }) => [path, add(content)])),
    pipelines,
    contents,
    problems: input.diagnostics.map((found) => problemOf(found, input.sources)),
  };
}

export function problemOf(found: Diagnostic, sources: ReadonlyMap<string, string>): Problem {
  const { code, severity, message, help, span } = found;
  return { code, severity, message, ...(help === undefined ? {} : { help }), ...(span ? placeOf(span, sources) : {}) };
}

/** Of a side of a comparison: none where there is no project, or none that compiles. */
export function snapshotPipelines(
  side: Snapshot | { readonly failed: string } | undefined,
): readonly PipelineSnapshot[] {
  return side !== undefined && "pipelines" in side ? side.pipelines : [];
}

export function bytesOf(content: Content): Buffer {
  return "text" in content ? Buffer.from(content.text, "utf8") : Buffer.from(content.base64, "base64");
}

function placeOf(span: Span, sources: ReadonlyMap<string, string>): Partial<Problem> {
  const text = sources.get(span.file);
  if (text === undefined) return { file: span.file };
  const lines = linesOf(text);
  const { line, column } = positionOf(lines, span.start);
  const end = positionOf(lines, span.end);
  return { file: span.file, line, column, endLine: end.line, endColumn: end.column };
}

function contentOf(content: string | Uint8Array): Content {
  if (typeof content === "string") return { text: content };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content) };
  } catch {
    return { base64: Buffer.from(content).toString("base64") };
  }
}

function withoutOrigins(pipeline: Pipeline): Pipeline {
  const text = JSON.stringify(pipeline, (key, value) => (key === "origin" || key === "origins" ? undefined : value));
  return JSON.parse(text) as Pipeline;
}
