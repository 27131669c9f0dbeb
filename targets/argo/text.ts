/** Text of users on its way into a manifest: what Argo and the kubelet would read as their own is escaped where that is possible, refused elsewhere. */
import { type Diagnostic, diagnostic, type Origin } from "../../compiler/diagnostics/diagnostic.ts";

/** The kubelet expands `$(NAME)` and turns `$$` into `$`. */
export function envText(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** `{{` has no escape in a template; a NUL ends an environment variable. */
export function checkTemplateText(what: string, text: string, origin?: Origin): readonly Diagnostic[] {
  const problem = text.includes("{{")
    ? {
        reason: "holds `{{`, which Argo reads as a tag and which cannot be escaped",
        instead: "give the value to the step as an input: inputs are encoded",
      }
    : text.includes("\0")
      ? { reason: "holds a NUL character", instead: "encode it" }
      : undefined;
  return problem === undefined ? [] : [diagnostic("TR6012", { what, ...problem }, origin)];
}

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const DNS = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** A key of labels, annotations and node selectors: `[prefix/]name`. */
function isQualifiedName(key: string): boolean {
  const [name = "", prefix, ...more] = key.split("/").reverse();
  if (more.length > 0 || name.length > 63 || !NAME.test(name)) return false;
  return prefix === undefined || (prefix.length <= 253 && DNS.test(prefix));
}

export function checkLabels(
  what: string,
  labels: Readonly<Record<string, string>>,
  origin?: Origin,
): readonly Diagnostic[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...checkKey(what, key, origin),
    ...(value.length <= 63 && LABEL_VALUE.test(value)
      ? []
      : [
          diagnostic(
            "TR6013",
            {
              what: `${what} ${key}`,
              value,
              rule: "at most 63 letters, digits, `-`, `_` or `.`, beginning and ending with a letter or digit",
            },
            origin,
          ),
        ]),
  ]);
}

export function checkKey(what: string, key: string, origin?: Origin): readonly Diagnostic[] {
  return isQualifiedName(key)
    ? []
    : [diagnostic("TR6013", { what: `a key of ${what}`, value: key, rule: "`name` or `domain/name`" }, origin)];
}

export function checkName(what: string, value: string, origin?: Origin): readonly Diagnostic[] {
  if (value.length <= 253 && DNS.test(value)) return [];
  return [diagnostic("TR6013", { what, value, rule: "lower-case letters, digits, `-` and `.`" }, origin)];
}

/** Kubernetes' own pattern, from the CRD. */
export function checkQuantity(what: string, value: string, origin?: Origin): readonly Diagnostic[] {
  if (/^(\d+|\d+\.\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.test(value)) return [];
  return [diagnostic("TR6013", { what, value, rule: "a quantity such as 4, 500m or 64Gi" }, origin)];
}
