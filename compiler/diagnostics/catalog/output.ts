/** TR9xxx. See ../catalog.ts for the shape of an entry. */
const nothingWritten = "Nothing was written.";

export const output = {
  TR9001: {
    severity: "error",
    title: "A symbolic link is in the way",
    message: (p: { path: string; link: string }): string =>
      `\`${p.path}\` cannot be written: \`${p.link}\` is a symbolic link, and Twinrail writes inside the output folder only. ${nothingWritten}`,
    help: (p: { path: string; link: string }): string =>
      `Replace \`${p.link}\` by a real folder or file, or choose another output folder.`,
  },
  TR9002: {
    severity: "error",
    title: "A file that is not Twinrail's is in the way",
    message: (p: { path: string }): string => `\`${p.path}\` exists and no earlier compile wrote it. ${nothingWritten}`,
    help: (): string => "Move the file away or delete it. `--force` overwrites it.",
  },
  TR9003: {
    severity: "error",
    title: "A generated file was changed by hand",
    message: (p: { path: string; action: "replaced" | "deleted" }): string =>
      `\`${p.path}\` is not as Twinrail wrote it and would be ${p.action}. ${nothingWritten}`,
    help: (): string =>
      "Move the change to the pipeline's source; undo it here (`git checkout`) or delete the file. `--force` discards it.",
  },
  TR9004: {
    severity: "error",
    title: "Two pipelines write one file",
    message: (p: { path: string; first: string; second: string }): string =>
      `Pipelines \`${p.first}\` and \`${p.second}\` both write \`${p.path}\`, with different content. ${nothingWritten}`,
    help: (): string =>
      "Rename one of the pipelines, or give them different output folders. If one of the two is gone, compile the whole project.",
  },
  TR9005: {
    severity: "error",
    title: "A folder or file is in the way",
    message: (p: { path: string; found: "file" | "folder" | "special file"; at: string }): string =>
      `\`${p.path}\` cannot be written: \`${p.at}\` is a ${p.found}. ${nothingWritten}`,
    help: (p: { path: string; found: "file" | "folder" | "special file"; at: string }): string =>
      `Move \`${p.at}\` away.`,
  },
  TR9006: {
    severity: "error",
    title: "The index cannot be read",
    message: (p: { path: string; problem: string }): string =>
      `\`${p.path}\` says which files are Twinrail's, and it is broken: ${p.problem}. ${nothingWritten}`,
    help: (): string =>
      "Restore it from Git (after a merge conflict: either side). `--force` ignores it; files that are no longer made then stay behind.",
  },
  TR9007: {
    severity: "error",
    title: "Writing failed",
    message: (p: { path: string; problem: string }): string =>
      `\`${p.path}\` could not be written: ${p.problem}. The output folder is as it was before.`,
  },
  TR9008: {
    severity: "error",
    title: "Two pipelines have one name",
    message: (p: { name: string; first: string; second: string }): string =>
      `\`${p.first}\` and \`${p.second}\` both define the pipeline \`${p.name}\`.`,
    help: (): string => "A pipeline's name is its name on every engine: rename one of them.",
  },
} as const;
