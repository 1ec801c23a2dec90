// The format of a store's file: a header, then one frame for each atomic write.
//
//   header   16 bytes: "emrx store v2" and zeros
//            16 bytes: proof that the secret is the one that the keys are hashed with
//   frame    u32 length of the body, u32 the same with every bit flipped
//            16 bytes: start of SHA-256 over the frame's number (u64, the first is 0) and the body
//            body: u32 number of entries, then for each: 16 bytes of hashed key, u32 length of the value, value
//            1 byte: 0xa5, the end mark
//
// Numbers stand least significant byte first. The number in the hash makes a frame that was removed, repeated or moved as
// plain as one that was altered. A frame that a crash cut short can be told from one that was damaged later: the
// length is checked by itself, and the end mark is written last.
import { equalBytes, fromHex, toHex } from "@emrx/internal/bytes";
import { ByteWriter } from "@emrx/internal/cursor";
import { sha256 } from "@noble/hashes/sha2.js";
import { LdpError } from "../errors/ldp-error.js";

/** Bytes of the header. */
export const headerBytes = 32;
/** Bytes of a hashed key. */
export const keyBytes = 16;
/** Bytes of a frame before its body. */
export const frameHeadBytes = 24;
const hashBytes = 16;
const endMark = 0xa5;
const largestBody = 0x7fff_ffff;

/** The header of a store whose keys are hashed with the secret that the proof is of. */
export function fileHeader(proof: Uint8Array): Uint8Array<ArrayBuffer> {
  const zeros = new Uint8Array(3);
  return writerOf(headerBytes).text("emrx store v2").bytes(zeros).bytes(proof).finish();
}

/** A hashed key in hexadecimal, and its bytes. */
export type Entry = readonly [string, Uint8Array];

/** The bytes of the frame with this number. */
export function encodeFrame(number: number, entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const size = entries.reduce((sum, [, value]) => sum + keyBytes + 4 + value.length, 4);
  if (size > largestBody)
    throw new LdpError("EMRX_TOO_LARGE", `one write of ${size} bytes; split the batch`);
  const writer = writerOf(size).u32(entries.length);
  for (const [key, value] of entries) writer.bytes(fromHex(key) as Uint8Array).sized(4, value);
  const body = writer.finish();
  return writerOf(frameHeadBytes + size + 1)
    .u32(size)
    .u32(~size >>> 0)
    .bytes(bodyHash(number, body))
    .bytes(body)
    .u8(endMark)
    .finish();
}

/** The length of the body by a frame's head; undefined where it is not confirmed. */
export function bodyLength(head: Uint8Array): number | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const size = view.getUint32(0, true);
  return view.getUint32(4, true) === ~size >>> 0 && size <= largestBody ? size : undefined;
}

/** What a frame holds, its body and end mark given; or why it is none. `whole` says whether it had been written to its end. */
export function readFrame(
  number: number,
  head: Uint8Array,
  rest: Uint8Array,
): { readonly entries: readonly Entry[] } | { readonly why: string; readonly whole: boolean } {
  const body = rest.subarray(0, -1);
  const whole = rest.at(-1) === endMark;
  const intact = equalBytes(bodyHash(number, body), head.subarray(8, 8 + hashBytes));
  if (!whole)
    return { why: "the end mark of a frame is missing", whole: intact || rest.at(-1) !== 0 };
  if (!intact) return { why: "the hash of a frame does not fit its bytes", whole };
  const entries = readEntries(body);
  return entries === undefined
    ? { why: "the entries of a frame do not fit its length", whole }
    : { entries };
}

function readEntries(body: Uint8Array): readonly Entry[] | undefined {
  if (body.length < 4) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const entries: Entry[] = [];
  let at = 4;
  for (let left = view.getUint32(0, true); left > 0; left--) {
    const start = at + keyBytes + 4;
    if (start > body.length) return undefined;
    const end = start + view.getUint32(start - 4, true);
    if (end > body.length) return undefined;
    entries.push([toHex(body.subarray(at, at + keyBytes)), body.subarray(start, end)]);
    at = end;
  }
  return at === body.length ? entries : undefined;
}

function bodyHash(number: number, body: Uint8Array): Uint8Array {
  const prefix = writerOf(8).u64(number).finish();
  return sha256.create().update(prefix).update(body).digest().subarray(0, hashBytes);
}

const writerOf = (size: number): ByteWriter =>
  new ByteWriter("little", (what) => new LdpError("EMRX_TOO_LARGE", `one write: ${what}`), size);
