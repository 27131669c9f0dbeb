/** TR3xxx. See ../catalog.ts for the shape of an entry. */
export const check = {} as const;
