/**
 * A deployed tree beside what its source compiles to: every byte is compared, and each difference is told once, by its cause. What was
 * compiled from something else (source, lock, compiler) is told by that; what differs from its own index was changed after compiling.
 */
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import { firstDifference } from "./first-difference.ts";
import { INDEX_FOLDER, type Index, indexPath, parseIndex, sha256 } from "./index-file.ts";

/** Files by path below the output folder, indexes and maps (`.twinrail/`) included. */
export type TreeFiles = ReadonlyMap<string, Uint8Array>;

export interface Verdict {
  readonly pipelines: readonly string[];
  /** How many files were compared. */
  readonly compared: number;
  /** Files that differ because of something that `diagnostics` names. */
  readonly following: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Errors: TR7061 to TR7065. `deployed` is to be verified; `compiled` is what the source gives now. */
export function verifyTree(deployed: TreeFiles, compiled: TreeFiles): Verdict {
  const verifier = new Verifier(deployed, compiled);
  return verifier.verdict();
}

class Verifier {
  readonly #deployed: TreeFiles;
  readonly #compiled: TreeFiles;
  readonly #problems = new Map<string, Diagnostic>();
  readonly #following = new Set<string>();
  /** Paths that an index owns: what else lies in a package is nobody's. */
  readonly #owned = new Set<string>();

  constructor(deployed: TreeFiles, compiled: TreeFiles) {
    this.#deployed = deployed;
    this.#compiled = compiled;
  }

  verdict(): Verdict {
    const { indexes: before, broken } = this.#indexes(this.#deployed);
    const { indexes: now } = this.#indexes(this.#compiled);
    const pipelines = [...new Set([...before.keys(), ...now.keys()])].sort();
    let explained = false;
    for (const pipeline of pipelines) {
      const index = before.get(pipeline);
      const fresh = now.get(pipeline);
      if (index === undefined && broken.has(indexPath(pipeline))) {
        // What is wrong with it has been said; its files are compared with what the source gives.
        for (const [path, hash] of Object.entries(fresh?.files ?? {}))
          this.#file(path, hash, false, indexPath(pipeline));
      } else if (index === undefined)
        this.#index(pipeline, "is missing: its pipeline is in the source and not deployed");
      else if (fresh === undefined) this.#index(pipeline, "names a pipeline that the source does not have");
      else explained = this.#pipeline(index, fresh) || explained;
    }
    this.#foreign();
    if (!explained && broken.size === 0) this.#maps();
    const compared = new Set([...this.#deployed.keys(), ...this.#compiled.keys()]).size;
    const following = [...this.#following].sort();
    return { pipelines, compared, following, diagnostics: [...this.#problems.values()] };
  }

  #indexes(files: TreeFiles): { indexes: Map<string, Index>; broken: Set<string> } {
    const indexes = new Map<string, Index>();
    const broken = new Set<string>();
    for (const [path, content] of files) {
      if (!path.startsWith(`${INDEX_FOLDER}/`) || !path.endsWith(".json") || path.endsWith(".next.json")) continue;
      const index = parseIndex(Buffer.from(content).toString("utf8"));
      if (typeof index !== "string" && indexPath(index.pipeline) === path) indexes.set(index.pipeline, index);
      else {
        broken.add(path);
        const problem = typeof index === "string" ? `is not one: ${index}` : `says that it is of \`${index.pipeline}\``;
        this.#report(diagnostic("TR7065", { path, problem }));
      }
    }
    return { indexes, broken };
  }

  /** Whether a cause was found for differences between the two. */
  #pipeline(index: Index, fresh: Index): boolean {
    const explained = this.#causes(index, fresh);
    const at = indexPath(index.pipeline);
    for (const path of new Set([...Object.keys(index.files), ...Object.keys(fresh.files)])) {
      this.#file(path, index.files[path], explained, at);
    }
    if (!explained && index.irHash !== fresh.irHash)
      this.#index(index.pipeline, "states the hash of another pipeline than its source compiles to");
    if (!explained && index.compiler !== fresh.compiler)
      this.#index(index.pipeline, `says that Twinrail ${index.compiler} wrote it, which ${fresh.compiler} did`);
    return explained;
  }

  #causes(index: Index, fresh: Index): boolean {
    if (index.inputs === undefined || fresh.inputs === undefined) return false;
    const sources = differences(index.inputs.sources, fresh.inputs.sources);
    for (const { name, before, now } of sources) {
      const change = before === undefined ? "added" : now === undefined ? "removed" : "changed";
      this.#report(diagnostic("TR7061", { path: name, change }));
    }
    const locked = differences(index.inputs.locked, fresh.inputs.locked);
    for (const { name, before = "nothing", now = "nothing" } of locked) {
      const what = name === "runtime" ? "The runtime's layer" : `\`${name}\``;
      this.#report(diagnostic("TR7062", { what, compiled: before, now }));
    }
    return sources.length + locked.length > 0;
  }

  #file(path: string, recorded: string | undefined, explained: boolean, index: string): void {
    this.#owned.add(path);
    const content = this.#deployed.get(path);
    const wanted = this.#compiled.get(path);
    const hash = content && sha256(content);
    const right = wanted && sha256(wanted);
    if (hash !== right && hash !== recorded) {
      if (explained && wanted === undefined && content !== undefined)
        this.#report(
          diagnostic("TR7064", { path, problem: "was changed after it was compiled: its index has another hash" }),
        );
      else this.#tampered(path, content, wanted);
    } else if (hash === right && hash !== recorded) {
      const problem = recorded === undefined ? `does not name \`${path}\`` : `states another hash of \`${path}\``;
      if (!explained) this.#report(diagnostic("TR7065", { path: index, problem }));
    } else if (hash !== right) {
      if (explained) this.#following.add(path);
      else this.#tampered(path, content, wanted);
    }
  }

  #tampered(path: string, content: Uint8Array | undefined, wanted: Uint8Array | undefined): void {
    this.#report(
      content && wanted
        ? changed(path, content, wanted)
        : diagnostic("TR7064", {
            path,
            problem: content ? "is in the index, and the source does not compile to it" : "is missing",
          }),
    );
  }

  /** Python finds every module in a package's folder, whoever put it there. */
  #foreign(): void {
    const packages = new Set([...this.#owned].flatMap((path) => /^airflow\/twinrail_[^/]+\//.exec(path)?.[0] ?? []));
    for (const path of this.#deployed.keys()) {
      const folder = /^airflow\/twinrail_[^/]+\//.exec(path)?.[0];
      if (folder !== undefined && packages.has(folder) && !this.#owned.has(path))
        this.#report(diagnostic("TR7064", { path, problem: "lies in a package and was not compiled" }));
    }
  }

  /** Source maps stand outside every hash; they change with the source alone. */
  #maps(): void {
    const isMap = (path: string): boolean => path.startsWith(".twinrail/") && !path.startsWith(`${INDEX_FOLDER}/`);
    for (const path of new Set([...this.#deployed.keys(), ...this.#compiled.keys()])) {
      if (!isMap(path)) continue;
      const [content, wanted] = [this.#deployed.get(path), this.#compiled.get(path)];
      if (wanted !== undefined && (content === undefined || sha256(content) !== sha256(wanted)))
        this.#tampered(path, content, wanted);
    }
  }

  #index(pipeline: string, problem: string): void {
    this.#report(diagnostic("TR7065", { path: indexPath(pipeline), problem }));
  }

  #report(found: Diagnostic): void {
    this.#problems.set(found.code + found.message, found);
  }
}

/** By its first line that differs; a digest of an image is the image's own matter. */
function changed(path: string, content: Uint8Array, wanted: Uint8Array): Diagnostic {
  const difference = firstDifference(content, wanted);
  if (difference === undefined) return diagnostic("TR7064", { path, problem: "is not what the source compiles to" });
  const { line, left, right } = difference;
  const [deployed, compiled] = [left, right].map((text) => /[^\s"'@]+@sha256:[0-9a-f]{64}/.exec(text)?.[0]);
  if (deployed !== undefined && compiled !== undefined && deployed !== compiled)
    return diagnostic("TR7063", { path, line, deployed, compiled });
  return diagnostic("TR7064", {
    path,
    problem: `has, in line ${line}, \`${short(left)}\` instead of \`${short(right)}\``,
  });
}

interface Difference {
  readonly name: string;
  readonly before?: string;
  readonly now?: string;
}

function differences(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): Difference[] {
  const of = (record: Readonly<Record<string, string>>, name: string) =>
    Object.hasOwn(record, name) ? record[name] : undefined;
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].sort().flatMap((name): Difference[] => {
    const [old, fresh] = [of(before, name), of(now, name)];
    if (old === fresh) return [];
    return [{ name, ...(old !== undefined && { before: old }), ...(fresh !== undefined && { now: fresh }) }];
  });
}

function short(text: string): string {
  const flat = text.trim();
  return flat.length > 100 ? `${flat.slice(0, 99)}…` : flat;
}
