/** What reading asks of the outside: one question, so that tests and an editor can answer it from memory. */
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";

export type FileAnswer =
  | { readonly kind: "file"; readonly text: string }
  | { readonly kind: "missing" }
  /** Reached through a symbolic link that leads out of the project. */
  | { readonly kind: "outside" }
  | { readonly kind: "tooLarge"; readonly bytes: number }
  | { readonly kind: "unreadable"; readonly why: string };

export interface ReadHost {
  /** `file` is relative to the project root, with `/`, without `.` and `..`. */
  read(file: string, maxBytes: number): FileAnswer;
}

export function memoryHost(files: Readonly<Record<string, string>>): ReadHost {
  return {
    read(file, maxBytes) {
      const text = Object.hasOwn(files, file) ? files[file] : undefined;
      if (text === undefined) return { kind: "missing" };
      return text.length > maxBytes ? { kind: "tooLarge", bytes: text.length } : { kind: "file", text };
    },
  };
}

/** Reads below `root` only: the real location of every file is compared with that of the root. */
export function diskHost(root: string): ReadHost {
  const realRoot = realpathSync(root);
  const prefix = realRoot.endsWith(sep) ? realRoot : realRoot + sep;
  return {
    read(file, maxBytes) {
      try {
        const real = realpathSync(join(realRoot, file));
        if (!real.startsWith(prefix)) return { kind: "outside" };
        return readText(real, maxBytes);
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : undefined;
        if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing" };
        if (code === "EISDIR") return { kind: "unreadable", why: "is a folder" };
        return { kind: "unreadable", why: `cannot be read (${String(code ?? error)})` };
      }
    },
  };
}

function readText(real: string, maxBytes: number): FileAnswer {
  // Opened without blocking, then asked what it is: a named pipe must not hang the compiler.
  const descriptor = openSync(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) return { kind: "unreadable", why: "is a folder" };
    if (!stat.isFile()) return { kind: "unreadable", why: "is not a regular file" };
    if (stat.size > maxBytes) return { kind: "tooLarge", bytes: stat.size };
    const buffer = Buffer.alloc(stat.size);
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, length);
      if (read === 0) break;
      length += read;
    }
    return { kind: "file", text: new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, length)) };
  } catch (error) {
    if (error instanceof TypeError) return { kind: "unreadable", why: "is not UTF-8 text" };
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
