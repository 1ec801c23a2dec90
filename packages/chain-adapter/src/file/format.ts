// The bytes of a segment file. Header: magic, index of the first entry, CRC of these, hash chain before the entry.
// Records: CRC of the 13 bytes after it (4), length of the bytes (4), zero (1), time (8), the bytes, hash chain (32). The zero
// is the prefix of a leaf in RFC 6962: zero, time and bytes are hashed where they stand. So is the chain: the chain of a
// record is SHA-256 over the chain that stands before it and its own bytes. The CRC is for the length, which must be
// right before anything can be hashed; everything else is for the hash chain, which finds accident and intent alike.
import { LedgerError } from "../errors.js";
import { crc32c } from "./crc32c.js";
import { sha256Into } from "./native-hash.js";

const MAGIC = /* @__PURE__ */ Buffer.from("EMRXLOG2");

/** Bytes of a segment's header. */
export const HEADER_BYTES = 52;

/** Bytes that a record adds to its entry. */
export const RECORD_OVERHEAD = 49;

/** Bytes of a record before those of its entry. */
const BEFORE_ENTRY = 17;

/** Bytes of the hash chain, with which headers and records end. */
export const CHAIN_BYTES = 32;

/** Longest entry: more is taken for a damaged length. */
export const LONGEST_ENTRY: number = 16 << 20;

/** Damage to a file, with its place. */
export function damaged(file: string, offset: number, problem: string): LedgerError {
  const message = `${file} is damaged at byte ${offset}: ${problem}. Restore it from a copy; nothing was changed.`;
  return new LedgerError("EMRX_DAMAGED", message, { details: { file, offset } });
}

/** The same bytes as a Buffer. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The header of a segment. */
export function encodeHeader(firstIndex: number, chain: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.set(MAGIC);
  bytes.writeBigUInt64BE(BigInt(firstIndex), 8);
  bytes.writeUInt32BE(crc32c(bytes, 0, 16), 16);
  bytes.set(chain, 20);
  return bytes;
}

/** What is wrong with a header, or undefined. */
export function headerFault(
  bytes: Buffer,
  firstIndex: number,
  chain: Uint8Array,
): string | undefined {
  if (bytes.length < HEADER_BYTES) return "the header is incomplete";
  if (bytes.readUInt32BE(16) !== crc32c(bytes, 0, 16)) return "the header's CRC is wrong";
  if (!MAGIC.equals(bytes.subarray(0, 8))) return "this is not a segment of a ledger";
  const found = bytes.readBigUInt64BE(8);
  if (found !== BigInt(firstIndex))
    return `the segment begins with entry ${found}, not ${firstIndex}`;
  if (Buffer.compare(chain, bytes.subarray(20, HEADER_BYTES)) !== 0)
    return "the segment does not follow the one before it";
  return undefined;
}

/** Room for the records of entries, their bytes already in place, after room for the hash chain before. */
export function layRecords(entries: readonly Uint8Array[]): Buffer {
  const size = entries.reduce((sum, { length }) => sum + length + RECORD_OVERHEAD, CHAIN_BYTES);
  const data = Buffer.allocUnsafeSlow(size);
  let at = CHAIN_BYTES;
  for (const bytes of entries) {
    data.writeUInt32BE(bytes.length, at + 4);
    data.set(bytes, at + BEFORE_ENTRY);
    at += bytes.length + RECORD_OVERHEAD;
  }
  return data;
}

/** Bytes of the record at an offset. */
export const recordBytes = (data: Buffer, offset: number): number =>
  data.readUInt32BE(offset + 4) + RECORD_OVERHEAD;

/** The CRC over length, zero and time of the record at an offset. */
const headCrc = (data: Buffer, offset: number): number =>
  crc32c(data, offset + 4, offset + BEFORE_ENTRY);

/** Completes a record whose bytes are in place, after the chain before it: time, CRC and hash chain. */
export function sealRecord(data: Buffer, offset: number, time: number): void {
  const end = offset + BEFORE_ENTRY + data.readUInt32BE(offset + 4);
  data[offset + 8] = 0;
  data.writeUInt32BE(Math.floor(time / 2 ** 32), offset + 9);
  data.writeUInt32BE(time % 2 ** 32, offset + 13);
  data.writeUInt32BE(headCrc(data, offset), offset);
  sha256Into(data.subarray(offset - CHAIN_BYTES, end), data, end);
}

/** The bytes of a sealed record that its leaf hash is over: zero, time and entry, as in `entryLeafHash`. */
export const leafData = (data: Buffer, offset: number): Buffer =>
  data.subarray(offset + 8, offset + BEFORE_ENTRY + data.readUInt32BE(offset + 4));

/** A record read back: its entry's time and bytes, and where it ends. */
export interface FoundRecord {
  readonly time: number;
  readonly bytes: Buffer;
  readonly end: number;
}

const chainFound = /* @__PURE__ */ Buffer.alloc(CHAIN_BYTES);

/** The record at `offset` of `data`, after the chain before it; or what is wrong with it. */
export function readRecord(data: Buffer, offset: number): FoundRecord | string {
  const rest = data.length - offset;
  if (rest < RECORD_OVERHEAD)
    return `a record of at least ${RECORD_OVERHEAD} bytes expected, ${rest} are there`;
  if (data.readUInt32BE(offset) !== headCrc(data, offset)) {
    return "the CRC of the record's length and time is wrong";
  }
  const length = data.readUInt32BE(offset + 4);
  if (length > LONGEST_ENTRY) return `a length of ${length} bytes is not possible`;
  const chainAt = offset + BEFORE_ENTRY + length;
  const end = chainAt + CHAIN_BYTES;
  if (end > data.length)
    return `the record needs ${length + RECORD_OVERHEAD} bytes, ${rest} are there`;
  if (data[offset + 8] !== 0) return `a record of kind ${data[offset + 8]} is not known`;
  sha256Into(data.subarray(offset - CHAIN_BYTES, chainAt), chainFound, 0);
  if (chainFound.compare(data, chainAt, end) !== 0) {
    return "the record does not follow the hash chain";
  }
  return {
    time: data.readUInt32BE(offset + 9) * 2 ** 32 + data.readUInt32BE(offset + 13),
    bytes: data.subarray(offset + BEFORE_ENTRY, chainAt),
    end,
  };
}

/** Name of the segment that begins with an entry. */
export function segmentName(firstIndex: number): string {
  return `${String(firstIndex).padStart(16, "0")}.log`;
}
