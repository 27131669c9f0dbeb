/** TR6xxx. See ../catalog.ts for the shape of an entry. */
export const argo = {} as const;
