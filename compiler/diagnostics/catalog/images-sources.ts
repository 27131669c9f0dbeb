/** TR702x: the Python files that steps need. */
export const sources = {
  TR7020: {
    severity: "error",
    title: "A step's file is missing",
    message: (p: { file: string }): string => `There is no file \`${p.file}\` in the project.`,
    help: (): string => "`run` names a Python file relative to twinrail.json, with `/`: `steps/train.py:train`.",
  },
  TR7021: {
    severity: "error",
    title: "A module hides another one",
    message: (p: { name: string; owner: string; isFolder: boolean }): string =>
      `The ${p.isFolder ? "folder" : "module"} \`${p.name}\` has the name of a module of ${p.owner}: with it on the import path, every \`import\` of that name would get yours.`,
    help: (p: { name: string; owner: string; isFolder: boolean }): string =>
      `Rename it${p.isFolder ? ", or move it into a folder such as `steps/`" : `, or move it into a folder: \`steps/${p.name}\``}.`,
  },
  TR7022: {
    severity: "error",
    title: "A symbolic link leaves the project",
    message: (p: { path: string; missing: boolean }): string =>
      p.missing
        ? `\`${p.path}\` is a symbolic link to nothing.`
        : `\`${p.path}\` is a symbolic link to something outside the project.`,
    help: (): string => "Compiling reads inside the project only. Copy the files into it.",
  },
  TR7023: {
    severity: "error",
    title: "A symbolic link leads in a circle",
    message: (p: { path: string }): string => `\`${p.path}\` is a symbolic link to a folder that it lies in.`,
    help: (): string => "Remove the link.",
  },
  TR7024: {
    severity: "error",
    title: "A file is too large to travel with the code",
    message: (p: { path: string; megabytes: number; limit: number }): string =>
      `\`${p.path}\` has ${p.megabytes} MiB; files beside the steps' code may have ${p.limit} MiB, because each change is uploaded again.`,
    help: (): string => "Keep it in an object store and pass its URI, or build it into the base image.",
  },
  TR7025: {
    severity: "error",
    title: "Too many files beside the steps",
    message: (p: { files: number; megabytes: number }): string =>
      `The folders of the project's steps hold more than ${p.files} files or ${p.megabytes} MiB.`,
    help: (): string => "Move data out of the folders that hold steps.",
  },
  TR7026: {
    severity: "error",
    title: "A file name that not every system can hold",
    message: (p: { path: string }): string =>
      `The file name ${JSON.stringify(p.path)} has control characters, a backslash, or is not UTF-8.`,
    help: (): string => "Rename the file.",
  },
  TR7027: {
    severity: "error",
    title: "Not a file",
    message: (p: { path: string }): string => `\`${p.path}\` is neither a file nor a folder.`,
    help: (): string => "Remove it from the folder that holds steps.",
  },
} as const;
