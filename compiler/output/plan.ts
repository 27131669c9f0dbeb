/** What a compile would change in the output folder, decided before anything is touched. */
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { invariant } from "../invariant.ts";
import { lookAt, type Ownership } from "./disk.ts";
import { type Index, type Inputs, indexPath, isOutputPath, nextIndexPath, printIndex, sha256 } from "./index-file.ts";
import { mapPath, printMap } from "./map.ts";
import type { OutputFile } from "./output-file.ts";

/** What one pipeline wants to have on disk. */
export interface Tree {
  readonly pipeline: string;
  /** Where the pipeline is defined, for people. */
  readonly source: string;
  readonly irHash: string;
  readonly inputs?: Inputs;
  readonly files: readonly OutputFile[];
}

export interface PlanOptions {
  readonly outDir: string;
  readonly trees: readonly Tree[];
  readonly compiler: string;
  readonly force: boolean;
  readonly complete: boolean;
}

export interface Plan {
  /** Contents by path, of files that do not hold them already. */
  readonly write: ReadonlyMap<string, string | Uint8Array>;
  readonly remove: readonly string[];
  readonly unchanged: readonly string[];
  /** The same for `.twinrail/`: written and removed with the rest, reported to nobody. */
  readonly ownWrite: ReadonlyMap<string, string>;
  readonly ownRemove: readonly string[];
  /** Moved to the indexes' places when all else is done. */
  readonly indexes: readonly Index[];
  readonly problems: readonly Diagnostic[];
}

export function planTrees(options: PlanOptions, owned: Ownership): Plan {
  const { outDir, trees, force, complete } = options;
  const problems: Diagnostic[] = force
    ? owned.problems.filter((problem) => problem.code !== "TR9006")
    : [...owned.problems];
  const compiled = new Set(trees.map((tree) => tree.pipeline));
  const isGone = (pipeline: string) => complete && !compiled.has(pipeline);
  const others = [...owned.indexes.values()].filter(
    (index) => !compiled.has(index.pipeline) && !isGone(index.pipeline),
  );

  const wanted = mergeTrees(trees, others, problems);
  const write = new Map<string, string | Uint8Array>();
  const unchanged: string[] = [];
  for (const [path, { content, hash }] of wanted) {
    const found = lookAt(outDir, path);
    if (found.kind === "obstacle") problems.push(found.problem);
    if (found.kind === "file" && found.sha256 === hash) unchanged.push(path);
    else write.set(path, content);
    if (found.kind !== "file" || found.sha256 === hash || force) continue;
    const before = owned.written.get(path);
    if (before === undefined) problems.push(diagnostic("TR9002", { path }));
    else if (!before.has(found.sha256)) problems.push(diagnostic("TR9003", { path, action: "replaced" }));
  }

  const kept = new Set([...wanted.keys(), ...others.flatMap((index) => Object.keys(index.files))]);
  const remove: string[] = [];
  const stale = [...owned.written.keys()].filter((path) => !kept.has(path));
  for (const path of stale.sort()) {
    const found = lookAt(outDir, path);
    // What is in the way of nothing may stay: it is no longer a file of ours.
    if (found.kind !== "file") continue;
    if (!force && !owned.written.get(path)?.has(found.sha256)) {
      problems.push(diagnostic("TR9003", { path, action: "deleted" }));
    } else remove.push(path);
  }

  const own = ownFiles(options, wanted, stale, problems);
  const gone = [...owned.indexes.keys()].filter(isGone).map(indexPath);
  return { write, remove, unchanged, ...own, ownRemove: [...own.ownRemove, ...gone], problems };
}

interface Wanted {
  readonly pipeline: string;
  readonly content: string | Uint8Array;
  readonly hash: string;
}

/** Two pipelines may own one file when its content is the same: a package that is named after its content. */
function mergeTrees(
  trees: readonly Tree[],
  others: readonly Index[],
  problems: Diagnostic[],
): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  const sources = new Map<string, string>();
  for (const { pipeline: name, source: second, files } of trees) {
    const first = sources.get(name);
    if (first !== undefined) problems.push(diagnostic("TR9008", { name, first, second }));
    sources.set(name, second);
    const mine = new Set<string>();
    for (const { path, content } of files) {
      invariant(isOutputPath(path), `\`${path}\` is not a path that may be written`);
      invariant(!mine.has(path), `\`${path}\` is written twice by \`${name}\``);
      mine.add(path);
      const hash = sha256(content);
      const before = wanted.get(path);
      if (before !== undefined && before.hash !== hash && before.pipeline !== name) {
        problems.push(diagnostic("TR9004", { path, first: before.pipeline, second: name }));
      }
      wanted.set(path, { pipeline: name, content, hash });
    }
  }
  for (const { pipeline: first, files } of others) {
    for (const [path, hash] of Object.entries(files)) {
      const mine = wanted.get(path);
      if (mine && mine.hash !== hash) problems.push(diagnostic("TR9004", { path, first, second: mine.pipeline }));
    }
  }
  for (const path of wanted.keys()) {
    const parts = path.split("/");
    for (const depth of parts.keys()) {
      const folder = parts.slice(0, depth).join("/");
      invariant(!wanted.has(folder), `\`${folder}\` is both a file and the folder of \`${path}\``);
    }
  }
  return wanted;
}

function ownFiles(
  { outDir, trees, compiler }: PlanOptions,
  wanted: ReadonlyMap<string, Wanted>,
  stale: readonly string[],
  problems: Diagnostic[],
): Pick<Plan, "ownWrite" | "ownRemove" | "indexes"> {
  const ownWrite = new Map<string, string>();
  const ownRemove: string[] = [];
  const maps = new Map(trees.flatMap((tree) => tree.files).map((file) => [file.path, file.map]));
  for (const path of [...wanted.keys(), ...stale]) {
    const map = maps.get(path);
    const found = lookAt(outDir, mapPath(path));
    if (found.kind === "obstacle") problems.push(found.problem);
    if (map === undefined) {
      if (found.kind === "file") ownRemove.push(mapPath(path));
    } else {
      const text = printMap(map);
      if (found.kind !== "file" || found.sha256 !== sha256(text)) ownWrite.set(mapPath(path), text);
    }
  }
  const indexes = trees.map(({ pipeline, irHash, inputs, files }): Index => {
    const hashes = files.map(({ path, content }) => [path, wanted.get(path)?.hash ?? sha256(content)] as const);
    return { pipeline, compiler, irHash, ...(inputs && { inputs }), files: Object.fromEntries(hashes) };
  });
  const changed = indexes.filter((index) => {
    const found = lookAt(outDir, indexPath(index.pipeline));
    return found.kind !== "file" || found.sha256 !== sha256(printIndex(index));
  });
  // Left by an interruption, and all it said is in place already; those of changed indexes are written anew.
  for (const index of indexes) {
    const next = nextIndexPath(index.pipeline);
    if (!changed.includes(index) && lookAt(outDir, next).kind === "file") ownRemove.push(next);
  }
  return { ownWrite, ownRemove, indexes: changed };
}
