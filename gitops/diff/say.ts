/** Sentences about a change; `->` in them is an arrow (the bundle is ASCII, which a tagged template can only be by hand). What comes from a user stands apart from our words, so that each renderer encodes it for where it lands. */
export type Words = readonly (string | { readonly code: string })[];

export function say(strings: TemplateStringsArray, ...values: readonly (string | number | Words)[]): Words {
  const words: (string | { readonly code: string })[] = [];
  strings.forEach((text, index) => {
    if (text !== "") words.push(text.replaceAll("->", "\u2192"));
    const value = values[index];
    if (value === undefined) return;
    if (typeof value === "object") words.push(...value);
    else words.push({ code: String(value) });
  });
  return words;
}

/** `a, b and 3 more` */
export function list(values: readonly string[], most = 5): Words {
  const shown = values.length > most + 1 ? values.slice(0, most) : values;
  const words = shown.flatMap((value, index) => (index === 0 ? [{ code: value }] : [", ", { code: value }]));
  return shown.length === values.length ? words : [...words, ` and ${values.length - shown.length} more`];
}

export function plain(words: Words): string {
  return words.map((word) => (typeof word === "string" ? word : `\`${word.code}\``)).join("");
}
