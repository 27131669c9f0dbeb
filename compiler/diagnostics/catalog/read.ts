/** TR1xxx. See ../catalog.ts for the shape of an entry. */
export const read = {} as const;
