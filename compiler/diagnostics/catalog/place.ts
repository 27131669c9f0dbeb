/** TR4xxx: placement. See ../catalog.ts for the shape of an entry. */
export const place = {
  TR4001: {
    severity: "error",
    title: "engines that do not go together",
    message: (p: { engines: string }): string => `\`${p.engines}\` is not a pair of engines`,
    help: (_: { engines: string }): string =>
      "one engine takes the whole pipeline; a split is `airflow,argo` or `airflow,kubeflow`",
  },
  TR4002: {
    severity: "error",
    title: "unknown cluster",
    message: (p: { cluster: string; has: string }): string =>
      `twinrail.json has no cluster \`${p.cluster}\` (it has: ${p.has || "none"})`,
  },
  TR4003: {
    severity: "error",
    title: "cluster not named",
    message: (p: { step: string; has: string }): string =>
      `\`${p.step}\` is isolated, but does not say on which cluster (twinrail.json has: ${p.has || "none"})`,
    help: (p: { step: string; has: string }): string =>
      p.has === "" ? "add one to `clusters` in twinrail.json" : 'add `cluster: "..."` to its options',
  },
} as const;
