/** For tests: what a scripted step returns, made from its declared type and a seed alone. */
import type { Json, Type } from "../ir/types.ts";

/** A stream of whole numbers that depends on the text alone. */
export type Random = (below: number) => number;

/** FNV-1a to start with, then xorshift. */
export function randomFrom(text: string): Random {
  let state = 2_166_136_261;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 16_777_619);
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const WORDS = ["", "eu", "us", "x y", "a-b", "0", "{{", 'quo"te', "ß"];

/** Undefined stands for what is not there: `void`, an optional field that is left out. */
export function randomValue(type: Type, random: Random): Json | undefined {
  switch (type.kind) {
    case "null":
      return null;
    case "absent":
      return undefined;
    case "boolean":
      return random(2) === 0;
    case "number":
      return [0, 1, 2, 3, 0.5, -1][random(6)] ?? 0;
    case "string":
      return WORDS[random(WORDS.length)] ?? "";
    case "enum":
      return type.values[random(type.values.length)] ?? null;
    case "list":
      return Array.from({ length: random(4) }, () => randomValue(type.items, random) ?? null);
    case "tuple":
      return type.items.map((item) => randomValue(item, random) ?? null);
    case "record": {
      const fields: [string, Json][] = [];
      for (const [name, field] of Object.entries(type.fields)) {
        const value = field.optional && random(2) === 0 ? undefined : randomValue(field.type, random);
        if (value !== undefined) fields.push([name, value]);
      }
      return Object.fromEntries(fields);
    }
    case "map": {
      const keys = ["a", "b", "key"].slice(0, random(4));
      return Object.fromEntries(keys.map((key) => [key, randomValue(type.values, random) ?? null]));
    }
    case "union":
      return randomValue(type.of[random(type.of.length)] ?? { kind: "null" }, random);
    case "json":
      return [null, 1, "text", [1, 2], { a: 1 }][random(5)] ?? null;
    case "artifact":
      return { uri: `test:///${type.artifact}/${random(1000)}`, sha256: "0".repeat(64), bytes: 0 };
  }
}
