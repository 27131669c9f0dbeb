/** Values of a local run on the wire: small ones inline, large ones as objects below the artifact root, as the runtime writes them. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { wire, wireText } from "../../compiler/ir/encode.ts";
import type { Json } from "../../compiler/ir/types.ts";

/** Longer text is an object and travels as a reference (DESIGN: "Values"). */
const INLINE = 2048;

export class WireValues {
  /** Of values that no task wrote: results of branches and loops, parameters. */
  readonly #folder: string;

  /** @param folder below the artifact root, this run's own. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  encode(value: Json | undefined): string {
    const inline = wire(value);
    if (inline.length - 1 <= INLINE) return inline;
    const text = inline.slice(1);
    const sha256 = createHash("sha256").update(text).digest("hex");
    const path = join(this.#folder, `${sha256}.json`);
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.partial`, text);
      renameSync(`${path}.partial`, path);
    }
    return `A${wireText({ uri: pathToFileURL(path).href, sha256, bytes: text.length })}`;
  }
}

/** @throws when the text is none that the runtime writes, or the object is not what the reference says. */
export function decodeWire(text: string): Json | undefined {
  const rest = text.slice(1);
  if (text[0] === "N") return undefined;
  if (text[0] === "V") return JSON.parse(rest);
  if (text[0] !== "A") throw new Error(`${JSON.stringify(text.slice(0, 40))} is not a value on the wire`);
  const { uri, sha256 } = JSON.parse(rest) as { uri: string; sha256: string };
  const content = readFileSync(fileURLToPath(uri));
  if (createHash("sha256").update(content).digest("hex") !== sha256)
    throw new Error(`${uri} is not what its reference says`);
  return JSON.parse(content.toString("utf8"));
}
