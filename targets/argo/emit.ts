/** Objects → one YAML file. Strings that YAML 1.1 (Go's reader) or YAML 1.2 would take for something else are quoted. */
import { Document, visit } from "yaml";
import type { Origin } from "../../compiler/diagnostics/diagnostic.ts";
import { invariant } from "../../compiler/invariant.ts";
import type { OutputFile } from "../target.ts";
import { blockYaml, type StringStyle } from "./block-yaml.ts";
import type { Template } from "./objects.ts";

/** `comment` goes on top. Lines of templates are mapped to their origin. */
export function emitYaml(
  path: string,
  comment: string,
  objects: readonly object[],
  origins: ReadonlyMap<Template, Origin>,
): OutputFile {
  const documents = objects.map((object) => documentText(object));
  const content = `# ${escapeInvisible(comment.replace(/[\s\p{Cc}]+/gu, " "))}\n${documents.join("---\n")}`;
  return { path, content, map: mapOf(content, objects, origins) };
}

function documentText(object: object): string {
  return escapeInvisible(blockYaml(object, styleOf) ?? libraryYaml(object));
}

/** Exported for a test: what `blockYaml` must equal. */
export function libraryYaml(object: object): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== "string") return;
      const style = styleOf(node.value);
      if (style !== "plain") node.type = TYPES[style];
    },
  });
  return document.toString({ lineWidth: 0, indentSeq: false });
}

const TYPES = { single: "QUOTE_SINGLE", double: "QUOTE_DOUBLE", block: "BLOCK_LITERAL" } as const;

export function styleOf(text: string): StringStyle {
  if (text.includes("\n") && isPrintable(text)) return "block";
  if (isPlain(text)) return "plain";
  return isQuotedJson(text) ? "single" : "double";
}

/**
 * Go's reader refuses control characters, and nobody can review what cannot be seen (bidirectional marks, zero-width characters). Whatever is not ASCII
 * stands between double quotes here, where these escapes are read back.
 */
function escapeInvisible(text: string): string {
  return text.replace(/[\x7f-\x9f\p{Zl}\p{Zp}\p{Cf}\p{Co}\p{Cn}]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/**
 * Stricter than any reader needs: a plain string begins with a letter, `/` or an option's dashes, or is a quantity, and is no word or number of any YAML
 * version. What is left, such as `12:30:45`, `0755`, `1e3`, `no` and `y`, is quoted.
 */
function isPlain(text: string): boolean {
  if (/^\d+([KMGT]i|s)$/.test(text)) return true;
  if (!/^(--?[a-z]|[A-Za-z/])[-A-Za-z0-9_./@ ()|&=>']*(:[-A-Za-z0-9_./@]+)*$/.test(text) || text.endsWith(" "))
    return false;
  return !/^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i.test(text);
}

/** JSON reads better without a backslash before each quote. */
function isQuotedJson(text: string): boolean {
  return text.includes('"') && !text.includes("'") && /^[\x20-\x7e]*$/.test(text);
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e\n]*$/.test(text) && !/[ \n]$/.test(text) && !/ \n/.test(text);
}

/**
 * Lines on which templates begin. Parsing the text again would cost more than writing it: here it is enough that the items of `spec.templates` stand
 * two spaces in, and all that is in them, blank lines aside, deeper.
 */
function mapOf(
  content: string,
  objects: readonly object[],
  origins: ReadonlyMap<Template, Origin>,
): NonNullable<OutputFile["map"]> {
  const map: { line: number; origin: Origin }[] = [];
  const documents = objects.map(
    (object) => (object as { spec?: { templates?: readonly Template[] } }).spec?.templates ?? [],
  );
  let document = 0;
  let position = -1;
  content.split("\n").forEach((text, index) => {
    if (text === "---") {
      invariant(Math.max(position, 0) === documents[document]?.length, "a template is not in the emitted YAML");
      document += 1;
      position = -1;
    } else if (text === "  templates:") position = 0;
    else if (position >= 0 && text.startsWith("  - ")) {
      const template = documents[document]?.[position++];
      const origin = template && origins.get(template);
      if (origin) map.push({ line: index + 1, origin });
    }
  });
  invariant(Math.max(position, 0) === documents[document]?.length, "a template is not in the emitted YAML");
  return map;
}
