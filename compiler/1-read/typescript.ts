/**
 * The one place that loads TypeScript: `ts` is what it does, `TS` its types.
 *
 * `require` and not `import`: to import a CommonJS module, Node first reads all of its nine megabytes for names to export, a quarter of a second.
 */
import { createRequire } from "node:module";
import type TS from "typescript";

export type { TS };

export const ts: typeof TS = createRequire(import.meta.url)("typescript");
