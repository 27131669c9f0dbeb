/** TR4xxx. See ../catalog.ts for the shape of an entry. */
export const place = {} as const;
