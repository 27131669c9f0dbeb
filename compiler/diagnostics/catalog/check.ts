/** TR3xxx: checks of the finished IR. See ../catalog.ts for the shape of an entry. */
export const check = {
  TR3001: {
    severity: "warning",
    title: "backoff without retries",
    message: (p: { step: string }): string =>
      `\`${p.step}\` says how long to wait before a retry, but has no \`retries\``,
    help: (_: { step: string }): string => "add `retries: 3`, or leave `backoff` out",
  },
} as const;
