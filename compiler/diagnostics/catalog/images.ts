/** TR7xxx. See ../catalog.ts for the shape of an entry. */
export const images = {} as const;
