import type { Command } from "commander";
import { VERSION } from "../../compiler/package.ts";
import { type Snapshot, takeSnapshot } from "../../gitops/snapshot.ts";
import { compileProject, type LoadedProject, loadProject } from "../project.ts";
import type { Terminal } from "../terminal.ts";

/** Not for people: `diff`, `preview` and `publish` start it on trees that nobody trusts. Problems are part of what it prints. */
export function addSnapshot(program: Command, terminal: Terminal): void {
  program
    .command("snapshot <folder>", { hidden: true })
    .summary("print a compiled project as JSON")
    .action((folder: string) => terminal.out(JSON.stringify(snapshot(folder))));
}

export function snapshot(folder: string): Snapshot {
  const { loaded, diagnostics, texts } = loadProject({ project: folder, pipelines: [] });
  if (loaded === undefined) return takeSnapshot({ compiler: VERSION, diagnostics, sources: texts });
  return snapshotOf(loaded, diagnostics);
}

export function snapshotOf(
  loaded: LoadedProject,
  diagnostics: ReturnType<typeof loadProject>["diagnostics"],
): Snapshot {
  const compiled = compileProject(loaded);
  const { project, lock, runtimeLayer, texts } = loaded;
  return takeSnapshot({
    compiler: VERSION,
    project,
    locked: Object.fromEntries(Object.entries(lock?.images ?? {}).map(([name, image]) => [name, image.digest])),
    ...(runtimeLayer === undefined ? {} : { runtime: runtimeLayer.digest }),
    compiled,
    diagnostics: [...diagnostics, ...compiled.diagnostics],
    sources: new Map([...texts, ...compiled.sources]),
  });
}
