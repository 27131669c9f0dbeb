/**
 * Block YAML of plain values, byte for byte as the `yaml` package writes it, without the tree of nodes that it makes first: that was a fifth of all
 * time for a hundred tasks. Whatever is not of the everyday kind is left to the package.
 */

/** The words in which a string is written. */
export type StringStyle = "plain" | "single" | "double" | "block";

class Unusual extends Error {}

/** The document's text with its final newline, or nothing when it holds a value for the `yaml` package. `styleOf` is asked for keys, too. */
export function blockYaml(object: object, styleOf: (text: string) => StringStyle): string | undefined {
  const lines: string[] = [];

  /** `head` is what stands before the value on its line: a key, or the dashes of items. */
  const write = (value: unknown, head: string, indent: string): void => {
    if (Array.isArray(value)) {
      if (value.length === 0) lines.push(`${head}[]`);
      else writeItems(value, head, indent);
    } else if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).filter(([, field]) => field !== undefined);
      if (entries.length === 0) lines.push(`${head}{}`);
      else writeFields(entries, head, indent);
    } else {
      lines.push(head + scalar(value, indent));
    }
  };

  const writeFields = (entries: readonly [string, unknown][], head: string, indent: string): void => {
    let start = head;
    for (const [name, value] of entries) {
      const key = `${start}${keyText(name)}:`;
      start = indent;
      if (isFilled(value)) {
        // Items stand as far in as their key, fields two further.
        const inner = Array.isArray(value) ? indent : `${indent}  `;
        lines.push(key);
        write(value, inner, inner);
      } else write(value, `${key} `, `${indent}  `);
    }
  };

  const writeItems = (items: readonly unknown[], head: string, indent: string): void => {
    let start = head;
    for (const item of items) {
      write(item, `${start}- `, `${indent}  `);
      start = indent;
    }
  };

  const keyText = (name: string): string => {
    const style = styleOf(name);
    if (style === "block" || name.length > 500) throw new Unusual();
    return quoted(name, style);
  };

  const scalar = (value: unknown, indent: string): string => {
    if (typeof value === "string") {
      const style = styleOf(value);
      return style === "block" ? literal(value, indent) : quoted(value, style);
    }
    if (typeof value === "boolean" || value === null || (Number.isSafeInteger(value) && !Object.is(value, -0)))
      return String(value);
    throw new Unusual();
  };

  try {
    write(object, "", "");
  } catch (error) {
    if (error instanceof Unusual) return undefined;
    throw error;
  }
  return `${lines.join("\n")}\n`;
}

/** A list or an object that takes lines of its own. */
function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === "object" && value !== null && Object.values(value).some((field) => field !== undefined);
}

function quoted(text: string, style: StringStyle): string {
  if (!/^[\x20-\x7e]*$/.test(text)) throw new Unusual();
  if (style === "plain") return text;
  return style === "single" ? `'${text}'` : JSON.stringify(text);
}

/** `styleOf` gives no text with blanks at the end of a line; one that begins with blanks would have to say how far it is indented. */
function literal(text: string, indent: string): string {
  if (/^\s/.test(text)) throw new Unusual();
  return `|-\n${indent}${text.replaceAll(/\n+/g, `$&${indent}`)}`;
}
