/** TR8xxx. See ../catalog.ts for the shape of an entry. */
const start = `{ "artifactRoot": "s3://bucket/prefix" }`;

export const config = {
  TR8001: {
    severity: "error",
    title: "twinrail.json is missing",
    message: (p: { file: string }): string =>
      `There is no ${p.file} here: a Twinrail project is a folder that has one.`,
    help: (): string => `Run the command in the project's folder, or create the file, e.g. with ${start}.`,
  },
  TR8002: {
    severity: "error",
    title: "The file is not JSON",
    message: (p: { expected: string; found: string }): string => `Expected ${p.expected} here, found ${p.found}.`,
    help: (p: { expected: string; found: string }): string =>
      p.found === "`/`" || p.found === "`#`"
        ? "JSON has no comments: remove them."
        : p.found === "`'`"
          ? "JSON writes keys and texts in double quotes."
          : "JSON has no comments, no comma after the last element, and keys and texts in double quotes.",
  },
  TR8003: {
    severity: "error",
    title: "A key is written twice",
    message: (p: { key: string }): string =>
      `\`${p.key}\` is written twice in this object; most readers of JSON would silently take the last one.`,
    help: (): string => "Keep one of them.",
  },
  TR8004: {
    severity: "error",
    title: "Unknown key",
    message: (p: { key: string; where: string; known: readonly string[]; nearest?: string }): string =>
      `${p.where} has no key \`${p.key}\`.`,
    help: (p: { key: string; where: string; known: readonly string[]; nearest?: string }): string =>
      p.nearest === undefined
        ? `It may have: ${p.known.map((key) => `\`${key}\``).join(", ")}.`
        : `Did you mean \`${p.nearest}\`?`,
  },
  TR8005: {
    severity: "error",
    title: "A key is missing",
    message: (p: { key: string; where: string; expects?: string }): string => `${p.where} needs \`${p.key}\`.`,
    help: (p: { key: string; where: string; expects?: string }): string =>
      `Add \`"${p.key}": …\`${p.expects === undefined ? "" : `: ${p.expects}`}.`,
  },
  TR8006: {
    severity: "error",
    title: "A value is not what it must be",
    message: (p: { path: string; written: string; expects: string }): string =>
      `\`${p.path}\` must be ${p.expects}, not ${p.written}.`,
  },
  TR8007: {
    severity: "error",
    title: "A name is not what it must be",
    message: (p: { key: string; where: string; expects: string }): string =>
      `The key \`${p.key}\` in ${p.where} must be ${p.expects}.`,
  },
  TR8008: {
    severity: "error",
    title: "These engines do not go together",
    message: (p: { targets: readonly string[] }): string =>
      `\`target\` names ${p.targets.join(" and ")}: a pipeline goes to one engine as a whole, or is split between Airflow and one Kubernetes engine.`,
    help: (): string => `Write one engine, \`["airflow", "argo"]\` or \`["airflow", "kubeflow"]\`.`,
  },
  TR8009: {
    severity: "error",
    title: "The file cannot be read",
    message: (p: { file: string; reason: string }): string => `${p.file} cannot be read: ${p.reason}.`,
  },
  TR8020: {
    severity: "error",
    title: "no pipeline found",
    message: (p: { globs: string }): string => `no file of the project matches ${p.globs}`,
    help: (_: { globs: string }): string =>
      "name a pipeline or its file, or set `pipelines` in twinrail.json; by default it is every `*.pipeline.ts`",
  },
  TR8021: {
    severity: "error",
    title: "unknown target",
    message: (p: { target: string }): string => `\`${p.target}\` is not a target`,
    help: (_: { target: string }): string => "write airflow, argo, or airflow,argo",
  },
  TR8022: {
    severity: "error",
    title: "not supported yet",
    message: (): string => "the target kubeflow is not supported yet",
    help: (): string => "use argo for the isolated steps",
  },
} as const;
