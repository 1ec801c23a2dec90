// The bytes of a segment file. Header: magic, index of the first entry, hash chain before it, CRC. Then records:
// length of the bytes (4), zero (1), time (8), the bytes, hash chain up to and with this entry (32), CRC of all before
// (4). The zero is the prefix of a leaf in RFC 6962: zero, time and bytes are hashed where they stand.
import { hash } from "node:crypto";
import { LedgerError } from "../errors.js";
import { chainHash } from "../ledger/entry.js";
import type { LogEntry } from "../ledger/port.js";
import { crc32c } from "./crc32c.js";

const MAGIC = new TextEncoder().encode("EMRXLOG1");

/** Bytes of a segment's header. */
export const HEADER_BYTES = 52;

/** Bytes that a record adds to its entry. */
export const RECORD_OVERHEAD = 49;

/** Longest entry: more is taken for a damaged length. */
export const LONGEST_ENTRY: number = 16 << 20;

/** Damage to a file, with its place. */
export function damaged(file: string, offset: number, problem: string): LedgerError {
  const message = `${file} is damaged at byte ${offset}: ${problem}. Restore it from a copy; nothing was changed.`;
  return new LedgerError("EMRX_DAMAGED", message, { details: { file, offset } });
}

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);

/** The header of a segment. */
export function encodeHeader(firstIndex: number, chain: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes.set(MAGIC);
  view(bytes).setBigUint64(8, BigInt(firstIndex));
  bytes.set(chain, 16);
  view(bytes).setUint32(48, crc32c(bytes, 0, 48));
  return bytes;
}

/** What is wrong with a header, or undefined. */
export function headerFault(
  bytes: Uint8Array,
  firstIndex: number,
  chain: Uint8Array,
): string | undefined {
  if (bytes.length < HEADER_BYTES) return "the header is incomplete";
  if (view(bytes).getUint32(48) !== crc32c(bytes, 0, 48)) return "the header's CRC is wrong";
  if (!equal(MAGIC, bytes)) return "this is not a segment of a ledger";
  const found = view(bytes).getBigUint64(8);
  if (found !== BigInt(firstIndex))
    return `the segment begins with entry ${found}, not ${firstIndex}`;
  if (!equal(chain, bytes.subarray(16, 48))) return "the segment does not follow the one before it";
  return undefined;
}

/** The time of an entry and what it adds to the hashes. */
export interface RecordHashes {
  readonly leaf: Uint8Array;
  readonly chain: Uint8Array;
}

/** The leaf hash of a record whose zero, time and bytes lie in data[start..end): the same as `entryLeafHash`. */
function leafHash(data: Uint8Array, start: number, end: number): Uint8Array {
  return hash("sha256", data.subarray(start, end), "buffer");
}

/** Writes the record of an entry to `out` at `offset`. */
export function writeRecord(
  out: Uint8Array,
  offset: number,
  entry: Pick<LogEntry, "time" | "bytes">,
  chainBefore: Uint8Array,
): RecordHashes {
  const { bytes, time } = entry;
  const end = offset + 13 + bytes.length;
  const data = view(out);
  data.setUint32(offset, bytes.length);
  out[offset + 4] = 0;
  data.setBigUint64(offset + 5, BigInt(time));
  out.set(bytes, offset + 13);
  const leaf = leafHash(out, offset + 4, end);
  const chain = chainHash(chainBefore, leaf);
  out.set(chain, end);
  data.setUint32(end + 32, crc32c(out, offset, end + 32));
  return { leaf, chain };
}

/** A record read back: its entry's time and bytes, and where it ends. */
export interface FoundRecord {
  /** Zero, time and bytes as they stand in the file: what the leaf hash is over. */
  readonly leafData: Uint8Array;
  readonly time: number;
  readonly bytes: Uint8Array;
  readonly chain: Uint8Array;
  readonly end: number;
}

/** The record at `offset` of `data`, or what is wrong with it. The hash chain is for the caller to check. */
export function readRecord(data: Uint8Array, offset: number): FoundRecord | string {
  const rest = data.length - offset;
  if (rest < RECORD_OVERHEAD)
    return `a record of at least ${RECORD_OVERHEAD} bytes expected, ${rest} are there`;
  const length = view(data).getUint32(offset);
  if (length > LONGEST_ENTRY) return `a length of ${length} bytes is not possible`;
  const chainAt = offset + 13 + length;
  if (chainAt + 36 > data.length)
    return `the record needs ${length + RECORD_OVERHEAD} bytes, ${rest} are there`;
  if (view(data).getUint32(chainAt + 32) !== crc32c(data, offset, chainAt + 32)) {
    return "the record's CRC is wrong";
  }
  if (data[offset + 4] !== 0) return `a record of kind ${data[offset + 4]} is not known`;
  return {
    leafData: data.subarray(offset + 4, chainAt),
    time: Number(view(data).getBigUint64(offset + 5)),
    bytes: data.subarray(offset + 13, chainAt),
    chain: data.subarray(chainAt, chainAt + 32),
    end: chainAt + 36,
  };
}

/** Whether a record follows the chain before it. */
export function followsChain(
  record: FoundRecord,
  chainBefore: Uint8Array,
): RecordHashes | undefined {
  const leaf = leafHash(record.leafData, 0, record.leafData.length);
  const chain = chainHash(chainBefore, leaf);
  return equal(chain, record.chain) ? { leaf, chain } : undefined;
}

/** Name of the segment that begins with an entry. */
export function segmentName(firstIndex: number): string {
  return `${String(firstIndex).padStart(16, "0")}.log`;
}
