/** TR9xxx. See ../catalog.ts for the shape of an entry. */
export const output = {} as const;
