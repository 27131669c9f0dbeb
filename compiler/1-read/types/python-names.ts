/** Inputs become keyword arguments of a Python function, so they must be names there. */

// Language reference, "Keywords", Python 3.11 to 3.14. Soft keywords (`match`, `case`, `type`, `_`) are fine as names.
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global if import in is " +
    "lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

/** `undefined` when Python can have an argument of this name. */
export function whyNotAName(name: string): string | undefined {
  if (KEYWORDS.has(name)) return "it is a keyword in Python";
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return "a Python argument has letters, digits and `_` only, and begins with a letter";
  }
  return undefined;
}
