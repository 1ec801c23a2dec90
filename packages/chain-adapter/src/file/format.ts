// The bytes of a segment file. Header: magic, index of the first entry, CRC of these, hash chain before the entry.
// Then commits: the records that were written together, and their seal; without its seal a commit does not count.
// Record: CRC of the 13 bytes after it (4), length of the bytes (4), zero (1), time (8), the bytes, leaf hash (32). The
// zero is the prefix of a leaf in RFC 6962: zero, time and bytes are hashed where they stand. Seal: CRC of what follows (4),
// number of records (4), two (1), hash chain (32): SHA-256 over two, the chain before, and the leaf hashes of the records.
// The last segment may end in zeros, which nothing begins with: room made ahead.
// The CRC is for lengths and counts, which must be right before anything can be hashed; everything else is for the hashes,
// which find accident and intent alike.
import { LedgerError } from "../errors.js";
import type { LogLimits } from "../ledger/ordered-log.js";
import { crc32c } from "./crc32c.js";
import { sha256Binary, sha256Into } from "./native-hash.js";

const MAGIC = /* @__PURE__ */ Buffer.from("EMRXLOG2");

/** Bytes of a segment's header. */
export const HEADER_BYTES = 52;

/** Bytes that a record adds to its entry. */
export const RECORD_OVERHEAD = 49;

/** Bytes of a record before those of its entry. */
const BEFORE_ENTRY = 17;

/** Bytes of the hash chain, with which headers and seals end. */
export const CHAIN_BYTES = 32;

/** Bytes of a seal. */
export const SEAL_BYTES = 41;

/** The kind of a seal, and what its chain's hash begins with: apart from leaves (0) and inner nodes (1). */
const SEAL = 2;

/** Longest entry: more is taken for a damaged length. */
export const LONGEST_ENTRY: number = 16 << 20;

/** What a log in files can carry: a commit is made in memory. */
export const FILE_LIMITS: LogLimits = {
  recordBytes: LONGEST_ENTRY,
  appendRecords: 1_000_000,
  appendBytes: 512 << 20,
};

/** Damage to a file, with its place. */
export function damaged(file: string, offset: number, problem: string): LedgerError {
  const message = `${file} is damaged at byte ${offset}: ${problem}. Restore it from a copy; nothing was changed.`;
  return new LedgerError("EMRX_DAMAGED", message, { details: { file, offset } });
}

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

/** Room for a commit of these entries, their bytes already in place. */
export function layCommit(entries: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const size = entries.reduce((sum, { length }) => sum + length + RECORD_OVERHEAD, SEAL_BYTES);
  const data = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const bytes of entries) {
    data.writeUInt32BE(bytes.length, at + 4);
    data.set(bytes, at + BEFORE_ENTRY);
    at += bytes.length + RECORD_OVERHEAD;
  }
  return data;
}

/** One commit of several that were laid out. */
export const joinCommits = (commits: readonly Buffer[]): Buffer<ArrayBuffer> =>
  Buffer.concat([
    ...commits.map((data) => data.subarray(0, -SEAL_BYTES)),
    Buffer.allocUnsafe(SEAL_BYTES),
  ]);

/** A commit of `count` records, complete: where its records stand, and their leaf hashes laid end to end. */
interface SealedCommit {
  readonly offsets: Float64Array;
  readonly leaves: Buffer;
}

/** Completes a commit of `count` records that was laid out. */
export function sealCommit(
  data: Buffer,
  count: number,
  time: number,
  chainBefore: Uint8Array,
): SealedCommit {
  const { buffer, byteOffset } = data;
  const offsets = new Float64Array(count);
  let leaves = ""; // a character a byte: joining strings costs a fifth of copying so many short pieces
  const [high, low] = [Math.floor(time / 2 ** 32), time % 2 ** 32];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = at + BEFORE_ENTRY + data.readUInt32BE(at + 4);
    data[at + 8] = 0;
    data.writeUInt32BE(high, at + 9);
    data.writeUInt32BE(low, at + 13);
    data.writeUInt32BE(crc32c(data, at + 4, at + BEFORE_ENTRY), at);
    const leaf = sha256Binary(new Uint8Array(buffer, byteOffset + at + 8, end - at - 8));
    data.write(leaf, end, 32, "binary");
    leaves += leaf;
    offsets[i] = at;
    at = end + 32;
  }
  const input = chainInput(chainBefore, count);
  input.write(leaves, CHAIN_INPUT, "binary");
  data.writeUInt32BE(count, at + 4);
  data[at + 8] = SEAL;
  sha256Into(input, data, at + 9);
  data.writeUInt32BE(crc32c(data, at + 4, data.length), at);
  return { offsets, leaves: input.subarray(CHAIN_INPUT) };
}

/** Bytes before the leaf hashes in what the chain is the hash of. */
const CHAIN_INPUT = 33;

/** What the chain with `count` more records is the hash of; the leaf hashes are to be filled in. */
function chainInput(before: Uint8Array, count: number): Buffer {
  const input = Buffer.allocUnsafeSlow(CHAIN_INPUT + count * 32);
  input[0] = SEAL;
  input.set(before, 1);
  return input;
}

/** The leaf hash of the record that ends at an offset. */
export const leafBefore = (data: Buffer, end: number): Buffer => data.subarray(end - 32, end);

/** A record read back: its entry's time and bytes, and where it begins and ends. */
export interface FoundRecord {
  readonly offset: number;
  readonly time: number;
  readonly bytes: Buffer;
  readonly end: number;
}

const hashFound = /* @__PURE__ */ Buffer.alloc(32);

/** The record at `offset` of `data`, or what is wrong with it. */
export function readRecord(data: Buffer, offset: number): FoundRecord | string {
  const rest = data.length - offset;
  if (rest < RECORD_OVERHEAD)
    return `a record of at least ${RECORD_OVERHEAD} bytes expected, ${rest} are there`;
  if (data.readUInt32BE(offset) !== crc32c(data, offset + 4, offset + BEFORE_ENTRY)) {
    return "the CRC of the record's length and time is wrong";
  }
  const length = data.readUInt32BE(offset + 4);
  if (length > LONGEST_ENTRY) return `a length of ${length} bytes is not possible`;
  const leafAt = offset + BEFORE_ENTRY + length;
  const end = leafAt + 32;
  if (end > data.length)
    return `the record needs ${length + RECORD_OVERHEAD} bytes, ${rest} are there`;
  if (data[offset + 8] !== 0) return `a record of kind ${data[offset + 8]} is not known`;
  sha256Into(data.subarray(offset + 8, leafAt), hashFound, 0);
  if (hashFound.compare(data, leafAt, end) !== 0) return "the record's hash is wrong";
  return {
    offset,
    time: data.readUInt32BE(offset + 9) * 2 ** 32 + data.readUInt32BE(offset + 13),
    bytes: data.subarray(offset + BEFORE_ENTRY, leafAt),
    end,
  };
}

/** A commit read back. */
export interface FoundCommit {
  readonly records: readonly FoundRecord[];
  /** The hash chain with it. */
  readonly chain: Buffer;
  readonly end: number;
}

/** What is wrong, and where. */
export interface Fault {
  readonly offset: number;
  readonly problem: string;
}

/** The commit at `offset` of `data`, or what is wrong with it. */
export function readCommit(
  data: Buffer,
  offset: number,
  chainBefore: Uint8Array,
): FoundCommit | Fault {
  const records: FoundRecord[] = [];
  let at = offset;
  while (data[at + 8] !== SEAL) {
    const record = readRecord(data, at);
    if (typeof record === "string") return { offset: at, problem: record };
    records.push(record);
    at = record.end;
  }
  const fault = (problem: string): Fault => ({ offset: at, problem });
  const end = at + SEAL_BYTES;
  if (end > data.length) return fault("the end of a commit is incomplete");
  if (data.readUInt32BE(at) !== crc32c(data, at + 4, end)) {
    return fault("the CRC of a commit's end is wrong");
  }
  const count = data.readUInt32BE(at + 4);
  if (count !== records.length) {
    return fault(`the commit has ${records.length} records, not ${count}`);
  }
  const input = chainInput(chainBefore, count);
  for (const [i, record] of records.entries()) {
    data.copy(input, CHAIN_INPUT + i * 32, record.end - 32, record.end);
  }
  sha256Into(input, hashFound, 0);
  const chain = data.subarray(at + 9, end);
  return hashFound.equals(chain)
    ? { records, chain, end }
    : fault("the commit does not follow the hash chain");
}

/** Name of the segment that begins with an entry. */
export function segmentName(firstIndex: number): string {
  return `${String(firstIndex).padStart(16, "0")}.log`;
}
