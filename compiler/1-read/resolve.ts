/** What an import means, decided from its text and the files that exist; nothing of Node's search for packages. */
import { type Diagnostic, diagnostic, type Span } from "../diagnostics/diagnostic.ts";
import { refusals } from "./convert/refusals.ts";

export type Resolved =
  | { readonly kind: "sdk" }
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "refused"; readonly diagnostic: Diagnostic };

export function resolveImport(from: string, specifier: string, span: Span): Resolved {
  if (specifier === "twinrail") return { kind: "sdk" };
  if (/^([/\\]|[A-Za-z]:[/\\]|file:)/.test(specifier)) return refused(diagnostic("TR1006", { specifier }, span));
  if (!/^\.\.?(\/|$)/.test(specifier)) return refused(diagnostic("TR1005", { specifier }, span));
  // Node reads a specifier as a URL.
  if (/[%?#\\]/.test(specifier)) {
    const [what, instead] = refusals.specialPath;
    return refused(diagnostic("TR1010", { what, instead }, span));
  }
  const file = joinPath(from, specifier);
  if (file === undefined) return refused(diagnostic("TR1006", { specifier }, span));
  const name = specifier.slice(specifier.lastIndexOf("/") + 1);
  if (/\.[mc]?js$/.test(name)) return refused(notAName(specifier, specifier.replace(/\.[mc]?js$/, ".ts"), span));
  if (/\.(d\.ts|tsx|mts|cts|jsx|py)$/.test(name)) return refused(diagnostic("TR1007", { specifier }, span));
  if (/\.(ts|json)$/.test(name)) return { kind: "file", file };
  if (/^\.*$/.test(name)) return refused(notAName(specifier, `${specifier.replace(/\/$/, "")}/index.ts`, span));
  return refused(notAName(specifier, `${specifier}.ts`, span));
}

function refused(problem: Diagnostic): Resolved {
  return { kind: "refused", diagnostic: problem };
}

function notAName(specifier: string, suggestion: string, span: Span): Diagnostic {
  return diagnostic("TR1003", { specifier, suggestion }, span);
}

/** `undefined` when the path leaves the root. */
function joinPath(from: string, specifier: string): string | undefined {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
