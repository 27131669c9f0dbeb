/** Which source a line of an output file comes from. Beside the output and outside every hash: a moved line changes no engine's input. */
import type { OutputFile } from "./output-file.ts";

export function mapPath(path: string): string {
  return `.twinrail/maps/${path}.json`;
}

/** `lines` are `[line, source, start, end]`: a line of the output from 1, an index into `sources`, offsets in that file. */
export function printMap(map: NonNullable<OutputFile["map"]>): string {
  const sources = [...new Set(map.map(({ origin }) => origin.span.file))].sort();
  const lines = map.map(({ line, origin: { span } }) =>
    JSON.stringify([line, sources.indexOf(span.file), span.start, span.end]),
  );
  return `{"version":1,"sources":${JSON.stringify(sources)},"lines":[\n${lines.join(",\n")}\n]}\n`;
}
