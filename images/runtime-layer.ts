/** The layer with Twinrail's runtime, as built into the package by runtime/layer/build.mjs. */
import { readFileSync } from "node:fs";
import { type Diagnostic, diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { type LayerInfo, sha256 } from "./layer.ts";

export interface RuntimeLayer extends LayerInfo {
  readonly version: string;
  /** Only pushing needs the bytes (about 20 MB). */
  read(): Uint8Array;
}

/** Where things stand in a step image. The runtime's own folder comes first on the import path, then the sources. */
export const RUNTIME_FOLDER = "opt/twinrail/runtime";
export const SOURCE_FOLDER = "opt/twinrail/src";
export const REQUIREMENTS_FOLDER = "opt/twinrail/requirements";

/** `folder` holds layer.json and layer.tar.gz; default: the one in this package. */
export function loadRuntimeLayer(folder: URL = new URL("../runtime-layer/", import.meta.url)): {
  readonly runtimeLayer?: RuntimeLayer;
  readonly diagnostics: readonly Diagnostic[];
} {
  try {
    const info = JSON.parse(readFileSync(new URL("layer.json", folder), "utf8")) as LayerInfo & { version: string };
    const { version, digest, diffId, size } = info;
    return { runtimeLayer: { version, digest, diffId, size, read: () => readLayer(folder, digest) }, diagnostics: [] };
  } catch (error) {
    return { diagnostics: [diagnostic("TR7015", { reason: String((error as NodeJS.ErrnoException).code ?? error) })] };
  }
}

function readLayer(folder: URL, digest: string): Uint8Array {
  const bytes = readFileSync(new URL("layer.tar.gz", folder));
  if (sha256(bytes) !== digest)
    throw new Error(
      `${new URL("layer.tar.gz", folder).pathname} does not have the digest that layer.json states: build Twinrail again`,
    );
  return bytes;
}
