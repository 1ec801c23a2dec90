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
import { LdpError } from "../errors/ldp-error.js";

/** The first bytes of every store file. */
export const fileHeader: Uint8Array = new Uint8Array(16);
fileHeader.set(utf8ToBytes("emrx store v1"));

const headBytes = 24;
const hashBytes = 16;
const endMark = 0xa5;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One key and its bytes. */
export type Entry = readonly [string, Uint8Array];

/** The bytes of the frame with this number; undefined where there is nothing to write. */
export function encodeFrame(number: number, entries: Iterable<Entry>): Uint8Array | undefined {
  let frame = new Uint8Array(256);
  let at = headBytes + 4;
  let count = 0;
  const put = (part: Uint8Array): void => {
    const end = at + 4 + part.length;
    if (end - headBytes > 0xffffffff)
      throw new LdpError("EMRX_TOO_LARGE", "one write of more than 4 GiB; split the batch");
    if (end >= frame.length) {
      // Half as much again, so that few bytes are copied often; one byte is kept for the end mark.
      const larger = new Uint8Array(Math.max(end + 1, Math.ceil(1.5 * frame.length)));
      larger.set(frame);
      frame = larger;
    }
    new DataView(frame.buffer).setUint32(at, part.length, true);
    frame.set(part, at + 4);
    at = end;
  };
  for (const [key, value] of entries) {
    if (/\p{Surrogate}/u.test(key))
      throw new LdpError("EMRX_BAD_PARAMETER", `key ${JSON.stringify(key)} is no well-formed text`);
    put(utf8ToBytes(key));
    put(value);
    count++;
  }
  if (count === 0) return undefined;
  const size = at - headBytes;
  const view = new DataView(frame.buffer);
  view.setUint32(headBytes, count, true);
  view.setUint32(0, size, true);
  view.setUint32(4, ~size, true);
  frame.set(bodyHash(number, frame.subarray(headBytes, at)), 8);
  frame[at] = endMark;
  return frame.subarray(0, at + 1);
}

/** The entries of a frame that `encodeFrame` made. */
export function frameEntries(frame: Uint8Array): readonly Entry[] {
  return readEntries(frame.subarray(headBytes, -1)) as readonly Entry[];
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
