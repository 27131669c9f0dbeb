/** TR5xxx. See ../catalog.ts for the shape of an entry. */
export const airflow = {} as const;
