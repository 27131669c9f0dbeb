/** TR1xxx: files, imports, TypeScript's own errors, syntax outside the dialect, declared types. */
export const read = {
  TR1001: {
    severity: "error",
    title: "TypeScript reports an error",
    message: (p: { message: string; number: number }): string => `${p.message} (TS${p.number})`,
  },
  TR1002: {
    severity: "error",
    title: "a comment switches checking off",
    message: (p: { comment: string }): string => `\`${p.comment}\` hides errors that the compiler relies on`,
    help: (_: { comment: string }): string => "Remove the comment and fix what it hides.",
  },
  TR1003: {
    severity: "error",
    title: "an import without the file's name",
    message: (p: { specifier: string; suggestion: string }): string => `"${p.specifier}" is not the name of a file`,
    help: (p: { specifier: string; suggestion: string }): string => `Write "${p.suggestion}", as Node needs it.`,
  },
  TR1004: {
    severity: "error",
    title: "an imported file is not there",
    message: (p: { file: string }): string => `there is no file ${p.file}`,
  },
  TR1005: {
    severity: "error",
    title: "a package is imported",
    message: (p: { specifier: string }): string => `the package "${p.specifier}" cannot be imported by a pipeline`,
    help: (p: { specifier: string }): string =>
      p.specifier.startsWith("twinrail/")
        ? `Pipelines import "twinrail" itself.`
        : `A pipeline is read, never executed, so it imports "twinrail" and files of its own project only. Do the work in a step.`,
  },
  TR1006: {
    severity: "error",
    title: "a file outside the project",
    message: (p: { specifier: string }): string => `"${p.specifier}" leads out of the project's folder`,
    help: (_: { specifier: string }): string =>
      "Only files below the folder of twinrail.json are read, also through symbolic links. Move the file into the project.",
  },
  TR1007: {
    severity: "error",
    title: "a file of another kind is imported",
    message: (p: { specifier: string }): string => `"${p.specifier}" is neither TypeScript (.ts) nor JSON (.json)`,
  },
  TR1008: {
    severity: "error",
    title: "too large to read",
    message: (p: { what: string; limit: string }): string => `${p.what}; the limit is ${p.limit}`,
  },
  TR1009: {
    severity: "error",
    title: "modules import each other",
    message: (p: { cycle: readonly string[] }): string => `these modules import each other: ${p.cycle.join(" → ")}`,
    help: (_: { cycle: readonly string[] }): string =>
      "Move what both need into a module of its own. `import type` does not count.",
  },
  TR1010: {
    severity: "error",
    title: "syntax outside the dialect",
    message: (p: { what: string; instead: string }): string => `${p.what} cannot be used in a pipeline`,
    help: (p: { what: string; instead: string }): string => p.instead,
  },
  TR1011: {
    severity: "error",
    title: "loose equality",
    message: (p: { operator: "==" | "!=" }): string => `\`${p.operator}\` converts its operands first`,
    help: (p: { operator: "==" | "!=" }): string =>
      `Write \`${p.operator}=\`. Only \`x ${p.operator} null\` is accepted: it asks for null or undefined.`,
  },
  TR1012: {
    severity: "error",
    title: "a global that a pipeline does not have",
    message: (p: { name: string; why: string; instead: string }): string => `\`${p.name}\` is not there: ${p.why}`,
    help: (p: { name: string; why: string; instead: string }): string => p.instead,
  },
  TR1013: {
    severity: "error",
    title: "a method that a pipeline does not have",
    message: (p: { name: string; why: string; instead: string }): string => `\`.${p.name}\` is not there: ${p.why}`,
    help: (p: { name: string; why: string; instead: string }): string => p.instead,
  },
  TR1014: {
    severity: "error",
    title: "a JSON import in another form",
    message: (_: { specifier: string }): string => "a JSON file is imported as one value, with its type",
    help: (p: { specifier: string }): string => `Write \`import data from "${p.specifier}" with { type: "json" };\`.`,
  },
  TR1015: {
    severity: "error",
    title: "a file that is not text",
    message: (p: { file: string; why: string }): string => `${p.file} ${p.why}`,
  },
  TR1016: {
    severity: "error",
    title: "a declaring function is passed around",
    message: (p: { name: string }): string => `\`${p.name}\` can only be called where it is imported`,
    help: (p: { name: string }): string =>
      `Import it from "twinrail" and call it by name: \`${p.name}<...>({...})\`. The types at the call are the step's contract.`,
  },
  TR1020: {
    severity: "error",
    title: "any in a declared type",
    message: (p: { where: string }): string => `${p.where} is \`any\`, so nothing about it could be checked`,
    help: (_: { where: string }): string => 'Write its type. `Json` of "twinrail" stands for any JSON value.',
  },
  TR1021: {
    severity: "error",
    title: "a type that cannot travel between steps",
    message: (p: { where: string; type: string }): string =>
      `${p.where} is \`${p.type}\`, which cannot travel between steps`,
    help: (_: { where: string; type: string }): string =>
      "Steps exchange JSON values (null, booleans, numbers, strings, arrays, objects) and artifacts (Dataset, Model, File, Directory).",
  },
  TR1022: {
    severity: "error",
    title: "optional and null at once",
    message: (p: { where: string }): string => `${p.where} may be missing and may be null`,
    help: (_: { where: string }): string => "In Python both are `None`. Keep one: `x?: T` or `x: T | null`.",
  },
  TR1023: {
    severity: "error",
    title: "a name that the other side cannot have",
    message: (p: { where: string; why: string }): string => `${p.where} cannot have this name: ${p.why}`,
  },
  TR1024: {
    severity: "error",
    title: "an artifact as a pipeline parameter",
    message: (p: { where: string }): string =>
      `${p.where} is an artifact, and whoever starts a run can only type values`,
    help: (_: { where: string }): string => "Take its URI as a string, and let a first step turn it into an artifact.",
  },
  TR1025: {
    severity: "error",
    title: "a recursive type",
    message: (p: { where: string }): string => `${p.where} contains itself, which is not supported yet`,
    help: (_: { where: string }): string => 'Use `Json` of "twinrail" for values of any depth.',
  },
  TR1026: {
    severity: "error",
    title: "a type parameter in a declared type",
    message: (p: { where: string; type: string }): string =>
      `${p.where} is the type parameter \`${p.type}\`, which stands for no type here`,
    help: (_: { where: string; type: string }): string =>
      "Write the types where `shared`, `isolated` or `pipeline` is called.",
  },
  TR1027: {
    severity: "error",
    title: "inputs that are not an object",
    message: (p: { what: string; type: string }): string =>
      `${p.what} are an object with a field each, not \`${p.type}\``,
    help: (_: { what: string; type: string }): string =>
      "Write `{ name: Type }`; in Python each field is an argument of that name.",
  },
  TR1028: {
    severity: "error",
    title: "undefined as a value",
    message: (p: { where: string }): string => `${p.where} may be undefined, which is not a JSON value`,
    help: (_: { where: string }): string => "Use `null`, or make it an optional field of an object: `{ x?: T }`.",
  },
  TR1029: {
    severity: "error",
    title: "named fields beside an index signature",
    message: (p: { where: string }): string => `${p.where} has both named fields and an index signature`,
    help: (_: { where: string }): string => "Keep one: an object with named fields, or `Record<string, T>`.",
  },
} as const;
