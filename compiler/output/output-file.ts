import type { Origin } from "../diagnostics/diagnostic.ts";

/** What targets give. */
export interface OutputFile {
  /** Below the output folder, with `/`. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Which source a line of `content` comes from (1-based lines, ascending). Written beside the output, outside every hash. */
  readonly map?: readonly { readonly line: number; readonly origin: Origin }[];
}
