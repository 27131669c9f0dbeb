/** TR8xxx. See ../catalog.ts for the shape of an entry. */
export const config = {} as const;
