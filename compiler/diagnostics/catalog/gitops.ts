/** TR91xx: publishing and applying. See ../catalog.ts for the shape of an entry. */
const untouched = "The branch is as it was.";

export const gitops = {
  TR9101: {
    severity: "warning",
    title: "The environment is held",
    message: (p: { branch: string; by: string; reason: string }): string =>
      `Nothing is published to \`${p.branch}\`: ${p.by} holds it (${p.reason}).`,
    help: (): string => "`twinrail hold --release` lets the next publish through.",
  },
  TR9102: {
    severity: "error",
    title: "A file that is not Twinrail's is in the way",
    message: (p: { branch: string; path: string }): string =>
      `\`${p.path}\` is on \`${p.branch}\` and no publish wrote it. ${untouched}`,
    help: (): string => "Move the file, or delete it from the branch.",
  },
  TR9103: {
    severity: "error",
    title: "A published file was changed by hand",
    message: (p: { branch: string; path: string }): string =>
      `\`${p.path}\` on \`${p.branch}\` is not as it was published. ${untouched}`,
    help: (): string => "Move the change to the pipeline's source, or undo it on the branch. `--force` discards it.",
  },
  TR9104: {
    severity: "error",
    title: "A link is in the way",
    message: (p: { branch: string; path: string }): string =>
      `\`${p.path}\` on \`${p.branch}\` is a symbolic link or a submodule, and files of Twinrail would be written to it or below it. ${untouched}`,
    help: (): string => "Remove it from the branch, or publish to another folder.",
  },
  TR9105: {
    severity: "error",
    title: "Many pipelines would be deleted",
    message: (p: { branch: string; deleted: number; of: number; names: string }): string =>
      `This publish would delete ${p.deleted} of ${p.of} pipelines from \`${p.branch}\`: ${p.names}. ${untouched}`,
    help: (): string =>
      "Check `pipelines` in twinrail.json: a pattern that no longer matches looks like this. `--allow-prune` deletes them.",
  },
  TR9106: {
    severity: "warning",
    title: "A newer commit is published or on its way",
    message: (p: { branch: string; source: string; newer: string }): string =>
      `${p.source} is not published to \`${p.branch}\`: ${p.newer} is newer.`,
  },
  TR9107: {
    severity: "error",
    title: "Another history is published",
    message: (p: { branch: string; source: string; published: string }): string =>
      `\`${p.branch}\` was published from ${p.published}, which ${p.source} does not descend from. ${untouched}`,
    help: (): string => "Merge or rebase so that nothing published is lost. `--force` publishes all the same.",
  },
  TR9108: {
    severity: "error",
    title: "The branch kept moving",
    message: (p: { branch: string; attempts: number }): string =>
      `\`${p.branch}\` was moved by others during each of ${p.attempts} attempts. ${untouched}`,
    help: (): string => "Run it again.",
  },
  TR9109: {
    severity: "error",
    title: "The index on the branch cannot be read",
    message: (p: { branch: string; path: string; problem: string }): string =>
      `\`${p.path}\` on \`${p.branch}\` says which files are Twinrail's, and it is broken: ${p.problem}. ${untouched}`,
    help: (): string => "Restore it from the branch's history.",
  },
  TR9110: {
    severity: "error",
    title: "Nothing is published there",
    message: (p: { branch: string; folder: string }): string =>
      `\`${p.branch}\` has no published project in \`${p.folder}\`.`,
  },
  TR9120: {
    severity: "error",
    title: "An object is not one that Twinrail makes",
    message: (p: { file: string; object: string; why: string }): string =>
      `${p.object} in \`${p.file}\` is not applied: ${p.why}. Nothing was applied.`,
  },
  TR9121: {
    severity: "error",
    title: "Somebody else owns a field",
    message: (p: { conflicts: string }): string => `The cluster refuses: ${p.conflicts}. Nothing was applied.`,
    help: (): string =>
      "Let one applier own the object: stop the other one, or take the fields over with `--force-conflicts`.",
  },
  TR9122: {
    severity: "error",
    title: "kubectl failed",
    message: (p: { what: string; problem: string }): string => `kubectl could not ${p.what}: ${p.problem}`,
  },
  TR9123: {
    severity: "error",
    title: "Everything would be deleted",
    message: (p: { set: string; count: number }): string =>
      `There is no object to apply, and ${p.count} that belong to \`${p.set}\` would be deleted. Nothing was deleted.`,
    help: (): string => "`--allow-prune` deletes them.",
  },
} as const;
