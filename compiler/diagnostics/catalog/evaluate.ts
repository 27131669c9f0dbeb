/** TR2xxx. See ../catalog.ts for the shape of an entry. */
export const evaluate = {} as const;
