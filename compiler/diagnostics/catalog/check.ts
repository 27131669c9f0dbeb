/** TR3xxx: checks of the finished IR. See ../catalog.ts for the shape of an entry. */
export const check = {
  TR3001: {
    severity: "error",
    title: "input that Python cannot name",
    message: (p: { step: string; input: string }): string => `input \`${p.input}\` of \`${p.step}\` cannot be a Python argument`,
    help: (_: { step: string; input: string }): string => "use letters, digits and _",
  },
} as const;
