/**
 * Files → one image layer. The same files give the same bytes on every machine and Node version: order, owner, time and modes are fixed, and
 * the gzip stream consists of stored blocks, because what deflate makes of a tar differs between zlib builds.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { invariant } from "../compiler/invariant.js";
export function buildLayer(files) {
    const tar = buildTar(files);
    const bytes = gzipStored(tar);
    return { digest: sha256(bytes), diffId: sha256(tar), size: bytes.length, bytes };
}
export function sha256(bytes) {
    return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
const BLOCK = 512;
export function buildTar(files) {
    return Buffer.concat([...tarBlocks(files)]);
}
/** POSIX.1-2001 (pax) tar, sorted by path, parents included: without its entry, a missing parent gets whatever mode the unpacker likes. */
export function* tarBlocks(files) {
    const entries = new Map();
    for (const { path, content, mode = 0o644 } of files) {
        const parts = path.split("/");
        invariant(parts.every((part) => part !== "" && part !== "." && part !== ".." && !part.startsWith(".wh.") && !part.includes("\0")), `${path} is no path for a layer`);
        for (let depth = 1; depth < parts.length; depth++) {
            const folder = `${parts.slice(0, depth).join("/")}/`;
            entries.set(folder, { path: folder, mode: 0o755, content: new Uint8Array() });
        }
        invariant(!entries.has(path), `${path} is twice in one layer`);
        entries.set(path, { path, mode, content });
    }
    for (const path of entries.keys())
        invariant(!entries.has(`${path}/`), `${path} is a file and a folder in one layer`);
    const sorted = [...entries.values()].map((entry) => ({ entry, key: Buffer.from(entry.path) }));
    sorted.sort((a, b) => Buffer.compare(a.key, b.key));
    for (const { entry } of sorted) {
        yield* headers(entry);
        const content = "read" in entry.content ? entry.content.read() : entry.content;
        invariant(content.length === sizeOf(entry), `${entry.path} changed while it was read`);
        yield content;
        yield padding(content.length);
    }
    yield new Uint8Array(2 * BLOCK);
}
function sizeOf({ content }) {
    return "read" in content ? content.size : content.length;
}
function headers(entry) {
    const type = entry.path.endsWith("/") ? "5" : "0";
    const name = Buffer.from(entry.path);
    if (name.length <= 100 && name.every((byte) => byte < 0x80)) {
        return [header(entry.path, type, entry.mode, sizeOf(entry))];
    }
    const record = paxRecord("path", entry.path);
    // Readers that know pax take the path from the record; the name here is only for those that do not.
    const short = sha256(name).slice("sha256:".length, "sha256:".length + 32);
    return [
        header(`PaxHeaders/${short}`, "x", 0o644, record.length),
        record,
        padding(record.length),
        header(type === "5" ? `${short}/` : short, type, entry.mode, sizeOf(entry)),
    ];
}
/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key, value) {
    const rest = Buffer.from(` ${key}=${value}\n`);
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length)
        length = String(length).length + rest.length;
    return Buffer.concat([Buffer.from(String(length)), rest]);
}
function header(name, type, mode, size) {
    const block = Buffer.alloc(BLOCK);
    const octal = (value, at, width) => block.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at, "latin1");
    block.write(name, 0, 100, "latin1");
    octal(mode, 100, 8);
    octal(0, 108, 8); // uid
    octal(0, 116, 8); // gid
    octal(size, 124, 12);
    octal(0, 136, 12); // mtime
    block.write(" ".repeat(8), 148, "latin1"); // the checksum is taken over blanks in its own place
    block.write(type, 156, "latin1");
    block.write("ustar\x0000", 257, "latin1");
    octal(0, 329, 8); // device numbers
    octal(0, 337, 8);
    let sum = 0;
    for (const byte of block)
        sum += byte;
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    return block;
}
function padding(size) {
    return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}
const STORED_MAX = 0xffff;
/** A gzip stream (RFC 1952) of stored deflate blocks (RFC 1951 §3.2.4). */
export function gzipStored(data) {
    return Buffer.concat([...gzipBlocks([data])]);
}
/** The same of data that arrives in parts: blocks do not depend on where the parts end. */
export function* gzipBlocks(parts) {
    yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255); // no name, no time, system unknown
    let crc = 0;
    let total = 0;
    let held = [];
    let size = 0;
    for (const part of parts) {
        crc = crc32(part, crc);
        total += part.length;
        for (let start = 0; start < part.length;) {
            // A full block is given out only when more follows: the last one is marked.
            if (size === STORED_MAX) {
                yield* stored(held, size, false);
                held = [];
                size = 0;
            }
            const taken = part.subarray(start, start + STORED_MAX - size);
            held.push(taken);
            size += taken.length;
            start += taken.length;
        }
    }
    yield* stored(held, size, true);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc, 0);
    trailer.writeUInt32LE(total % 2 ** 32, 4);
    yield trailer;
}
function* stored(parts, size, isLast) {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt8(isLast ? 1 : 0, 0); // type 00
    prefix.writeUInt16LE(size, 1);
    prefix.writeUInt16LE(~size & 0xffff, 3);
    yield prefix;
    yield* parts;
}
