/** TR708x: what shared steps need, against Airflow's environment. */
type Side = { readonly step: string; readonly requirement: string; readonly place: string };

const CHOICES =
  'give the step an environment of its own (`environment: "requirements/….txt"`), or declare it with `isolated`';

export const sharedEnvironment = {
  TR7080: {
    severity: "error",
    title: "A step's requirement is not what Airflow's environment has",
    message: (p: { step: string; requirement: string; pin: string; line: number }): string =>
      `Step \`${p.step}\` needs \`${p.requirement}\`; Airflow's environment has \`${p.pin}\` (airflow.lock.txt:${p.line}).`,
    help: (): string => `Pin another version in Airflow's environment and lock it again, ${CHOICES}.`,
  },
  TR7081: {
    severity: "error",
    title: "Airflow's environment lacks a package",
    message: (p: { step: string; requirement: string }): string =>
      `Step \`${p.step}\` needs \`${p.requirement}\`, which is not in airflow.lock.txt.`,
    help: (): string => `Add it to Airflow's environment and lock it again, ${CHOICES}.`,
  },
  TR7082: {
    severity: "error",
    title: "Airflow's environment is not known",
    message: (p: { step: string }): string =>
      `Step \`${p.step}\` states requirements and runs in Airflow's own environment, and the project has no airflow.lock.txt that says what is in it.`,
    help: (): string =>
      "Make it where Airflow is installed: `uv pip freeze > airflow.lock.txt`, or by `uv pip compile` from what its image is built from.",
  },
  TR7083: {
    severity: "error",
    title: "Two steps cannot share one environment",
    message: (p: { name: string; first: Side; second: Side; pin?: string }): string =>
      `No version of ${p.name} suits both steps: \`${p.first.step}\` needs \`${p.first.requirement}\` (${p.first.place}), \`${p.second.step}\` needs \`${p.second.requirement}\` (${p.second.place})${p.pin === undefined ? "" : `; Airflow's environment has \`${p.pin}\``}.`,
    help: (): string => `Pin versions that agree, or for one of the two: ${CHOICES}.`,
  },
  TR7084: {
    severity: "error",
    title: "The Python of Airflow's workers is not known",
    message: (p: { step: string }): string =>
      `What step \`${p.step}\` needs depends on the version of Python that Airflow's workers run on.`,
    help: (): string => 'Say it in twinrail.json: `"airflow": { "python": "3.12" }`.',
  },
  TR7085: {
    severity: "error",
    title: "Nothing says that an extra is installed",
    message: (p: { step: string; name: string; extras: readonly string[] }): string =>
      `Step \`${p.step}\` needs \`${p.name}[${p.extras.join(",")}]\`, and airflow.lock.txt names ${p.name} without ${p.extras.length === 1 ? "that extra" : "those extras"}.`,
    help: (): string =>
      `Lock Airflow's environment with its extras (\`uv pip compile --no-strip-extras\`), ${CHOICES}.`,
  },
} as const;
