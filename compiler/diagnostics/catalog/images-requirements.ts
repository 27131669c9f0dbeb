/** TR703x: Python packages that steps need. */
export const requirements = {
  TR7030: {
    severity: "error",
    title: "A requirements file is missing",
    message: (p: { file: string }): string => `There is no file \`${p.file}\` in the project.`,
    help: (): string => "`requirements` names a file relative to twinrail.json, with `/`: `requirements/train.txt`.",
  },
  TR7031: {
    severity: "error",
    title: "Not a requirement",
    message: (p: { line: string; reason: string }): string => `\`${p.line}\` is not a requirement: ${p.reason}.`,
    help: (): string =>
      "Write `name[extra]>=1.2; marker` (PEP 508), one a line. To make one flat file of several: `uv pip compile --generate-hashes a.in -o a.txt`.",
  },
  TR7032: {
    severity: "error",
    title: "A requirement without a version or hash",
    message: (p: { file: string; requirement: string }): string =>
      `\`${p.requirement}\` does not say which bytes it means: for a layer or an environment, ${p.file} needs \`==\` a version and \`--hash=sha256:…\` of each package.`,
    help: (p: { file: string }): string => {
      const source = p.file.replace(/\.txt$/, ".in");
      return `Keep it in \`${source}\`, and make the file by \`uv pip compile --generate-hashes --python-version 3.11 ${source} -o ${p.file}\`.`;
    },
  },
  TR7033: {
    severity: "error",
    title: "Requirements are not in the lock file",
    message: (p: { file: string; platform: string; python: string; changed: boolean }): string =>
      p.changed
        ? `${p.file} is not what was locked.`
        : `${p.file} is not locked for ${p.platform} and Python ${p.python}.`,
    help: (): string => "Run `twinrail lock` and commit twinrail.lock.json.",
  },
  TR7034: {
    severity: "error",
    title: "An image's Python is not known",
    message: (p: { image: string; file: string }): string =>
      `Wheels for ${p.file} depend on the Python of \`${p.image}\`, and the image does not say which it is (\`PYTHON_VERSION\` in its environment).`,
    help: (p: { image: string; file: string }): string =>
      `Say it in twinrail.json: \`"images": { "${p.image}": { "python": "3.11" } }\`.`,
  },
  TR7035: {
    severity: "error",
    title: "Requirements cannot be installed",
    message: (p: { file: string; platform: string; python: string; reason: string }): string =>
      `The packages of ${p.file} cannot be had as wheels for ${p.platform} and Python ${p.python}:\n${p.reason}`,
    help: (): string =>
      "Only wheels go into a layer, since building a source distribution gives other bytes each time: take a version with wheels, or build the package into the base image.",
  },
  TR7036: {
    severity: "error",
    title: "uv is not installed",
    message: (p: { reason: string }): string =>
      `Installing requirements needs \`uv\`, which cannot be started: ${p.reason}.`,
    help: (): string => "Install it (`pip install uv`, or https://docs.astral.sh/uv) and run the command again.",
  },
  TR7037: {
    severity: "error",
    title: "Requirements give another layer than the locked one",
    message: (p: { file: string; locked: string; actual: string }): string =>
      `The wheels of ${p.file} unpack to ${p.actual}; the lock file says ${p.locked}.`,
    help: (): string =>
      "An index now serves another wheel of the same hashes' list. Run `twinrail lock --update`, and look at what changes.",
  },
} as const;
