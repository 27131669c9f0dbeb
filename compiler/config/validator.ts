/** What a validator made by ajv looks like, without ajv: only the build needs the library. */
export interface ValidationError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  /** Set by `propertyNames`: the key that it refused. */
  readonly propertyName?: string;
}

export interface Validator {
  (data: unknown): boolean;
  readonly errors?: readonly ValidationError[] | null;
}
