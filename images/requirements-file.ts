/** Requirements files as pip and uv read them (PEP 508 and hashes), line by line, so that a problem can name its line. */
import { type Diagnostic, diagnostic, type Span } from "../compiler/diagnostics/diagnostic.ts";

export interface Requirement {
  /** Normalised (PEP 503): `scikit-learn`. */
  readonly name: string;
  readonly extras: readonly string[];
  /** PEP 440: `>=2.1,<3`; empty for any version. */
  readonly specifier: string;
  /** A direct reference (`name @ https://…`). */
  readonly url?: string;
  readonly marker?: string;
  /** `sha256:…` */
  readonly hashes: readonly string[];
  /** 1-based, of its beginning. */
  readonly line: number;
  readonly span: Span;
  /** As written, without hashes and comments. */
  readonly text: string;
}

export interface RequirementsFile {
  readonly file: string;
  readonly text: string;
  readonly requirements: readonly Requirement[];
}

const NAME = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*/;
const VERSIONS = /^\(?\s*((?:(?:===|~=|==|!=|<=|>=|<|>)\s*[^\s,;()]+\s*,?\s*)*)\)?\s*$/;

/** Errors: TR7031, at each line that is no requirement. */
export function parseRequirements(
  file: string,
  text: string,
): { readonly parsed: RequirementsFile; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const requirements: Requirement[] = [];
  for (const { content, line, span } of logicalLines(file, text)) {
    const found = parseLine(content);
    if (typeof found === "string") diagnostics.push(diagnostic("TR7031", { line: content, reason: found }, span));
    else if (found !== undefined) requirements.push({ ...found, line, span });
  }
  return { parsed: { file, text, requirements }, diagnostics };
}

interface LogicalLine {
  readonly content: string;
  readonly line: number;
  readonly span: Span;
}

/** Joined where a line ends with a backslash, without comments. */
function* logicalLines(file: string, text: string): Generator<LogicalLine> {
  let content = "";
  let first: { line: number; start: number; end: number } | undefined;
  let start = 0;
  for (const [index, raw] of text.split("\n").entries()) {
    const bare = raw.replace(/(^|\s)#.*$/, "").trimEnd();
    const continues = bare.endsWith("\\");
    first ??= { line: index + 1, start, end: start + bare.length };
    content += `${(continues ? bare.slice(0, -1) : bare).trim()} `;
    if (!continues) {
      const { line, ...range } = first;
      if (content.trim() !== "") yield { content: content.trim(), line, span: { file, ...range } };
      content = "";
      first = undefined;
    }
    start += raw.length + 1;
  }
}

/** A requirement, nothing for an option that only says where to look, or why it is neither. */
function parseLine(content: string): Omit<Requirement, "line" | "span"> | string | undefined {
  // Where packages come from is uv's configuration and uv's to read; the hashes say what they are.
  if (/^(?:-i|--(?:extra-)?index-url|--find-links|-f|--only-binary)\b/.test(content)) return undefined;
  if (content.startsWith("-")) return `options such as \`${content.split(/[\s=]/)[0]}\` are not read here`;
  const hashes = [...content.matchAll(/\s--hash[= ](\w+:[0-9a-f]+)/g)].map(([, hash = ""]) => hash);
  const text = content.replace(/\s--hash[= ]\S+/g, "").trim();
  const [before = "", marker] = splitMarker(text);
  const name = NAME.exec(before);
  if (name === null) return "a requirement begins with the name of a package";
  const extras = (name[2] ?? "").split(",").map((extra) => normalized(extra.trim()));
  const rest = before.slice(name[0].length);
  const url = /^@\s*(\S+)$/.exec(rest)?.[1];
  const versions = url === undefined ? VERSIONS.exec(rest)?.[1] : "";
  if (versions === undefined) return `\`${rest}\` is no version (PEP 440)`;
  return {
    name: normalized(name[1] ?? ""),
    extras: extras.filter((extra) => extra !== ""),
    specifier: versions.replaceAll(/\s/g, "").replace(/,$/, ""),
    ...(url === undefined ? {} : { url }),
    ...(marker === undefined ? {} : { marker }),
    hashes,
    text,
  };
}

/** A `;` in a URL belongs to it unless a blank stands before. */
function splitMarker(text: string): [string, string?] {
  const at = text.includes("@") ? text.search(/\s;/) : text.indexOf(";");
  return at < 0
    ? [text]
    : [
        text.slice(0, at).trim(),
        text
          .slice(at)
          .replace(/^\s*;\s*/, "")
          .trim(),
      ];
}

export function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

/** Whether it names exactly one file a platform: one version, and a hash. */
export function isPinned({ specifier, url, hashes }: Requirement): boolean {
  return hashes.length > 0 && (url !== undefined || /^===?[^,*]+$/.test(specifier));
}
