// A chunk: the openings of consecutive leaves of one batch and their range proof to its root. Whoever has the plaintext
// sees whether it is right, without anything that is not on the ledger. The plaintext, numbers big endian:
//
//   for each leaf   2  length of the report, 0xffff for a row that was withdrawn
//                  32  pseudonym          or, where it was withdrawn,   32  hash of the leaf
//                  32  salt
//                   n  report
//   then            1  number of hashes of the range proof
//                32 k  the hashes
//                      zeros, up to the publication's size

import { toHex } from "@emrx/internal/bytes";
import { ByteReader, ByteWriter } from "@emrx/internal/cursor";
import { integer } from "@emrx/internal/shape";
import { fromHex } from "../codec/hex.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { verifyRange } from "../merkle/range.js";
import type { Batch } from "./batch.js";
import type { BundleFacts, ReportPool } from "./claim-types.js";
import { placeFacts } from "./fact-shapes.js";
import { leafHasher, leafHashInto } from "./leaf.js";
import { joinReports, type Reports } from "./reports.js";

/** Where the rows of one chunk stand in the batch. */
export interface ChunkPlace {
  /** Number of the chunk in its bundle, from 0. */
  readonly index: number;
  /** Leaf of its first row. */
  readonly from: number;
  /** Leaf after its last row. */
  readonly to: number;
  /** Profile of all its rows. */
  readonly profile: number;
}

/** The readable rows of a chunk. */
export interface ChunkRows {
  /** Leaf of each row that was not withdrawn, rising. */
  readonly leaves: readonly number[];
  /** Its pseudonym, in hexadecimal. */
  readonly pseudonyms: readonly string[];
  readonly reports: Reports;
}

/** The suite: AES-256-GCM under a key of the chunk, its nonce the chunk's number. */
export const SUITE = 1;
/** Bytes by which a ciphertext is longer than what it encrypts. */
export const TAG_LENGTH = 16;
const WITHDRAWN = 0xffff;
/** Of a report (ldp-core): version, hash of the schema, number of attributes; then index and level of each. */
const REPORT_VERSION = 1;
const REPORT_HEADER = 35;
const REPORT_ITEM = 3;

/**
 * The chunks of a bundle: each range is cut into chunks of the publication's length, and none spans two ranges.
 *
 * @param facts ranges and length of a chunk
 * @returns place and profile of each chunk
 * @example
 * ```ts
 * import { chunkPlaces } from "@emrx/chain-adapter/payload";
 *
 * const ranges = [{ from: 4, to: 7, profile: 0 }];
 * chunkPlaces({ ranges, chunk: { length: 2, bytes: 500, withdrawn: 0 } }).map(({ from, to }) => to - from); // => [2, 1]
 * ```
 */
export function chunkPlaces(facts: Pick<BundleFacts, "ranges" | "chunk">): ChunkPlace[] {
  const { ranges, chunk } = placeFacts(facts);
  const places: ChunkPlace[] = [];
  for (const { from: first, to: end, profile } of ranges)
    for (let from = first; from < end; from += chunk.length)
      places.push({ index: places.length, from, to: Math.min(end, from + chunk.length), profile });
  return places;
}

/**
 * Bytes of a ciphertext into which any chunk fits.
 *
 * @param length reports in a full chunk
 * @param reportBytes bytes of the longest report
 * @param leaves most leaves of a batch
 * @returns bytes
 * @example
 * ```ts
 * import { chunkBytes } from "@emrx/chain-adapter/payload";
 *
 * chunkBytes(10, 40, 1000); // => 1717
 * ```
 */
export function chunkBytes(length: number, reportBytes: number, leaves: number): number {
  const numbers = { length, reportBytes, leaves };
  for (const [name, value] of Object.entries(numbers))
    check(integer(0, 0xffff_ffff), value, name, "EMRX_INVALID_BUNDLE");
  const levels = Math.ceil(Math.log2(Math.max(2, leaves)));
  return length * (2 + 64 + reportBytes) + 1 + 2 * levels * 32 + TAG_LENGTH;
}

const unwritable = (message: string): LedgerError =>
  new LedgerError("EMRX_INVALID_BUNDLE", `this chunk cannot be written: ${message}.`);

/** The plaintext of a chunk; rows that `withdrawn` names are kept back. */
export function writeChunk(
  batch: Batch,
  place: ChunkPlace,
  withdrawn: ReadonlySet<number>,
  size: number,
): Uint8Array<ArrayBuffer> {
  const { reports, tree } = batch;
  const writer = new ByteWriter("big", unwritable, size);
  for (let row = place.from; row < place.to; row++) {
    if (withdrawn.has(row)) {
      writer.u16(WITHDRAWN).bytes(tree.leaf(row));
      continue;
    }
    const report = reports.bytes.subarray(reports.offsets[row], reports.offsets[row + 1]);
    if (report.length >= WITHDRAWN) throw unwritable(`report ${row} has ${report.length} bytes`);
    const [at, end] = [32 * row, 32 * row + 32];
    writer.u16(report.length);
    writer.bytes(batch.pseudonyms.subarray(at, end)).bytes(batch.salts.subarray(at, end));
    writer.bytes(report);
  }
  const proof = tree.rangeProof(place.from, place.to);
  writer.u8(proof.length);
  for (const hash of proof) writer.bytes(hash);
  if (writer.at > size)
    throw unwritable(`it takes ${writer.at} bytes, the publication has room for ${size}`);
  return writer.bytes(new Uint8Array(size - writer.at)).finish();
}

class Wrong extends Error {}
const wrong = (message: string): Wrong => new Wrong(message);

/** The rows of a chunk, or in words what is wrong with the plaintext. */
export function readChunk(
  facts: BundleFacts,
  place: ChunkPlace,
  plaintext: Uint8Array,
): ChunkRows | string {
  try {
    return rowsOf(facts, place, plaintext);
  } catch (error) {
    if (error instanceof Wrong) return error.message;
    throw error;
  }
}

function rowsOf(facts: BundleFacts, place: ChunkPlace, plaintext: Uint8Array): ChunkRows {
  const { chunk, profiles, batchRoot, batchCount } = facts;
  if (plaintext.length !== chunk.bytes - TAG_LENGTH) throw wrong(`${plaintext.length} bytes`);
  const pool = profiles[place.profile];
  if (pool === undefined) throw wrong(`no profile ${place.profile}`);
  const reader = new ByteReader(plaintext, "big", wrong);
  const hasher = leafHasher(facts);
  const schemaHash = fromHex(facts.schemaHash);
  const hashes = new Uint8Array(32 * (place.to - place.from));
  const [leaves, pseudonyms, reports]: [number[], string[], Uint8Array[]] = [[], [], []];
  let withdrawn = 0;
  for (let row = place.from; row < place.to; row++) {
    const at = 32 * (row - place.from);
    const length = reader.u16();
    if (length === WITHDRAWN) {
      hashes.set(reader.bytes(32), at);
      withdrawn++;
      continue;
    }
    const [pseudonym, salt, report] = [reader.bytes(32), reader.bytes(32), reader.bytes(length)];
    const parts = { pseudonyms: pseudonym, salts: salt, reports: report };
    leafHashInto(hasher, parts, 0, place.profile, 0, length, hashes, at);
    requirePool(pool, schemaHash, report);
    leaves.push(row);
    pseudonyms.push(toHex(pseudonym));
    reports.push(report);
  }
  if (withdrawn > chunk.withdrawn) throw wrong(`${withdrawn} rows are withdrawn`);
  const proof = Array.from({ length: reader.u8() }, () => reader.bytes(32));
  if (reader.rest().some((byte) => byte !== 0)) throw wrong("something follows the proof");
  const claim = { leaves: hashes, from: place.from, size: batchCount, proof };
  if (!verifyRange({ ...claim, root: fromHex(batchRoot) }))
    throw wrong("the leaves are not in the batch");
  if (new Set(pseudonyms).size !== pseudonyms.length) throw wrong("a pseudonym stands twice");
  return { leaves, pseudonyms, reports: joinReports(reports) };
}

/** A report discloses as many attributes as its profile says, out of the pool, at the profile's levels. */
function requirePool(pool: ReportPool, schemaHash: Uint8Array, report: Uint8Array): void {
  const reader = new ByteReader(report, "little", wrong);
  if (report.length < REPORT_HEADER || reader.u8() !== REPORT_VERSION) throw wrong("no report");
  reader.expect(schemaHash, "the schema");
  if (reader.u16() !== pool.disclosed) throw wrong("another number of attributes");
  for (let i = 0, previous = -1; i < pool.disclosed; i++) {
    if (reader.left < REPORT_ITEM) throw wrong("a report is cut off");
    const [attribute, level] = [reader.u16(), reader.u8()];
    const own = pool.levels[attribute] ?? -1;
    if (attribute <= previous || own < 0 || level !== own)
      throw wrong("an attribute out of the pool");
    reader.bytes(pool.bytes[attribute] ?? 0);
    previous = attribute;
  }
  reader.end();
}

/** The pseudonym that two chunks share, if any. */
export const sharedPseudonym = (a: ChunkRows, b: ChunkRows): string | undefined => {
  const first = new Set(a.pseudonyms);
  return b.pseudonyms.find((pseudonym) => first.has(pseudonym));
};
