// The format of a store's file: a header, then one frame for each atomic write.
//
//   header   16 bytes: "emrx store v1" and zeros
//   frame    u32 length of the body, u32 the same with every bit flipped
//            16 bytes: start of SHA-256 over the frame's number (u64, the first is 0) and the body
//            body: u32 number of entries, then for each: u32 key length, UTF-8 key, u32 value length, value
//            1 byte: 0xa5, the end mark
//
// Numbers stand least significant byte first. The number in the hash makes a frame that was removed, repeated or moved as
// plain as one that was altered. A frame that a crash cut short can be told from one that was damaged later: the
// length is checked by itself, and the end mark is written last.
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { LdpError } from "../errors.js";

/** The first bytes of every store file. */
export const fileHeader: Uint8Array = new Uint8Array(16);
fileHeader.set(utf8ToBytes("emrx store v1"));

const headBytes = 24;
const hashBytes = 16;
const endMark = 0xa5;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One key and its bytes. */
export type Entry = readonly [string, Uint8Array];

/** The bytes of the frame with this number. */
export function encodeFrame(number: number, entries: readonly Entry[]): Uint8Array {
  for (const [key] of entries)
    if (/\p{Surrogate}/u.test(key))
      throw new LdpError("EMRX_BAD_PARAMETER", `key ${JSON.stringify(key)} is no well-formed text`);
  const keys = entries.map(([key]) => utf8ToBytes(key));
  const size = entries.reduce(
    (sum, [, value], i) => sum + 8 + (keys[i]?.length ?? 0) + value.length,
    4,
  );
  if (size > 0xffffffff)
    throw new LdpError("EMRX_TOO_LARGE", `one write of ${size} bytes; split the batch`);
  const frame = new Uint8Array(headBytes + size + 1);
  const view = new DataView(frame.buffer);
  view.setUint32(headBytes, entries.length, true);
  let at = headBytes + 4;
  for (const [i, [, value]] of entries.entries()) {
    for (const part of [keys[i] as Uint8Array, value]) {
      view.setUint32(at, part.length, true);
      frame.set(part, at + 4);
      at += 4 + part.length;
    }
  }
  view.setUint32(0, size, true);
  view.setUint32(4, ~size, true);
  frame.set(bodyHash(number, frame.subarray(headBytes, headBytes + size)), 8);
  frame[at] = endMark;
  return frame;
}

/** What stands at a place of the file. */
export type FrameReading =
  | { readonly kind: "frame"; readonly entries: readonly Entry[]; readonly end: number }
  /** A write that a crash cut short: everything from here on is to be dropped. */
  | { readonly kind: "torn" }
  | { readonly kind: "damaged"; readonly why: string };

/** Reads the frame with this number at `start`; `bytes` is the whole file. */
export function readFrame(bytes: Uint8Array, start: number, number: number): FrameReading {
  const rest = bytes.length - start;
  if (rest < headBytes) return { kind: "torn" };
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, rest);
  const size = view.getUint32(0, true);
  if (view.getUint32(4, true) !== ~size >>> 0) {
    // Some file systems extend a file before its data arrives: then the tail is zeros, of which no frame consists.
    return bytes.subarray(start).every((byte) => byte === 0)
      ? { kind: "torn" }
      : { kind: "damaged", why: "the length of a frame is not confirmed" };
  }
  const end = start + headBytes + size + 1;
  if (end > bytes.length) return { kind: "torn" };
  const body = bytes.subarray(start + headBytes, end - 1);
  const hash = bodyHash(number, body);
  const intact = hash.every((byte, i) => byte === bytes[start + 8 + i]);
  if (bytes[end - 1] !== endMark)
    return end === bytes.length && bytes[end - 1] === 0 && !intact
      ? { kind: "torn" }
      : { kind: "damaged", why: "the end mark of a frame is missing" };
  if (!intact) return { kind: "damaged", why: "the hash of a frame does not fit its bytes" };
  const entries = readEntries(body);
  return entries === undefined
    ? { kind: "damaged", why: "the entries of a frame do not fit its length" }
    : { kind: "frame", entries, end };
}

function readEntries(body: Uint8Array): readonly Entry[] | undefined {
  if (body.length < 4) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  let at = 4;
  const take = (): Uint8Array | undefined => {
    if (at + 4 > body.length) return undefined;
    const start = at + 4;
    at = start + view.getUint32(at, true);
    return at > body.length ? undefined : body.subarray(start, at);
  };
  const entries: Entry[] = [];
  for (let left = view.getUint32(0, true); left > 0; left--) {
    const [key, value] = [take(), take()];
    if (key === undefined || value === undefined) return undefined;
    entries.push([decoder.decode(key), value]);
  }
  return at === body.length ? entries : undefined;
}

function bodyHash(number: number, body: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(number), true);
  return sha256.create().update(prefix).update(body).digest().subarray(0, hashBytes);
}
