/** A layer that may be larger than memory: written to a file while its digests are taken. The same bytes as `buildLayer` gives. */
import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { gzipBlocks, type LayerFile, type LayerInfo, tarBlocks } from "./layer.ts";

export function writeLayer(files: readonly LayerFile[], path: string): LayerInfo {
  const tar = createHash("sha256");
  const compressed = createHash("sha256");
  let size = 0;
  const file = openSync(path, "w");
  try {
    const blocks = gzipBlocks(watched(tarBlocks(files), (block) => tar.update(block)));
    for (const block of blocks) {
      compressed.update(block);
      for (let written = 0; written < block.length; ) written += writeSync(file, block, written);
      size += block.length;
    }
  } finally {
    closeSync(file);
  }
  return { digest: `sha256:${compressed.digest("hex")}`, diffId: `sha256:${tar.digest("hex")}`, size };
}

function* watched<T>(items: Iterable<T>, look: (item: T) => unknown): Generator<T> {
  for (const item of items) {
    look(item);
    yield item;
  }
}
