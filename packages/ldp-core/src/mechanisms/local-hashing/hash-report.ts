// Reports of local hashing: a hash function and a bucket. Their bytes, and counting which categories they support.
import { LdpError } from "../../errors/ldp-error.js";
import { checkSpace, symbolBytes, writeSymbol } from "../common/symbol.js";
import type { AffineHash } from "./affine-hash.js";

/** One report of local hashing: the hash function x -> a x + b over the field, and the reported bucket. */
export interface LocalHashReport {
  readonly a: number;
  readonly b: number;
  readonly bucket: number;
}

/**
 * Codec and counting. Bytes: a (4), b (4), bucket (1 or 2), least significant byte first.
 *
 * @param categories - d
 * @param family - the hash family
 */
export function hashReports(
  categories: number,
  family: AffineHash,
): {
  readonly reportBytes: number;
  encode(report: LocalHashReport, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): LocalHashReport;
  encodeBatch(column: Uint32Array, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Uint32Array;
  addReport(counts: Float64Array, report: LocalHashReport): void;
  addColumn(counts: Float64Array, column: Uint32Array): number;
  isPossible(): boolean;
} {
  const { prime, buckets } = family;
  const bytes = 8 + symbolBytes(buckets);
  const starts = Uint32Array.from({ length: buckets + 1 }, (_, bucket) => family.start(bucket));

  function check(a: unknown, b: unknown, bucket: unknown): void {
    const isBelow = (value: unknown, limit: number): boolean =>
      Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit;
    if (!isBelow(a, prime) || !isBelow(b, prime) || !isBelow(bucket, buckets)) {
      throw new LdpError(
        "EMRX_MALFORMED_REPORT",
        `report is (a ${String(a)}, b ${String(b)}, bucket ${String(bucket)}); expected a and b below ${prime}, bucket below ${buckets}`,
      );
    }
  }

  function write(a: number, b: number, bucket: number, target: Uint8Array, offset: number): void {
    check(a, b, bucket);
    checkSpace(target, offset, bytes);
    const view = new DataView(target.buffer, target.byteOffset);
    view.setUint32(offset, a, true);
    view.setUint32(offset + 4, b, true);
    writeSymbol(bucket, buckets, target, offset + 8);
  }

  function read(source: Uint8Array, offset: number): LocalHashReport {
    checkSpace(source, offset, bytes);
    const view = new DataView(source.buffer, source.byteOffset);
    const [a, b] = [view.getUint32(offset, true), view.getUint32(offset + 4, true)];
    const bucket = bytes === 9 ? (source[offset + 8] as number) : view.getUint16(offset + 8, true);
    check(a, b, bucket);
    return { a, b, bucket };
  }

  return {
    reportBytes: bytes,
    encode: (report, target, offset) => write(report.a, report.b, report.bucket, target, offset),
    decode: read,
    encodeBatch(column, target, offsets) {
      for (let i = 0; 3 * i < column.length; i++) {
        const [a, b, bucket] = column.subarray(3 * i, 3 * i + 3) as unknown as [
          number,
          number,
          number,
        ];
        write(a, b, bucket, target, offsets[i] as number);
      }
    },
    decodeBatch(source, offsets) {
      const column = new Uint32Array(3 * offsets.length);
      for (let i = 0; i < offsets.length; i++) {
        const { a, b, bucket } = read(source, offsets[i] as number);
        column.set([a, b, bucket], 3 * i);
      }
      return column;
    },
    addReport(counts, { a, b, bucket }) {
      check(a, b, bucket);
      for (let v = 0; v < categories; v++) {
        if (family.hash(a, b, v) === bucket) counts[v] = (counts[v] as number) + 1;
      }
    },
    addColumn(counts, column) {
      if (!(column instanceof Uint32Array) || column.length % 3 !== 0) {
        throw new LdpError(
          "EMRX_MALFORMED_REPORT",
          "column is not a Uint32Array of 3 words a report",
        );
      }
      for (let at = 0; at < column.length; at += 3)
        check(column[at], column[at + 1], column[at + 2]);
      const tally = new Uint32Array(categories);
      for (let at = 0; at < column.length; at += 3) {
        const bucket = column[at + 2] as number;
        countBucket(
          tally,
          column[at] as number,
          column[at + 1] as number,
          starts[bucket] as number,
          starts[bucket + 1] as number,
          prime,
        );
      }
      for (let v = 0; v < categories; v++) {
        counts[v] = (counts[v] as number) + (tally[v] as number);
      }
      return column.length / 3;
    },
    isPossible: () => true,
  };
}

/**
 * Adds 1 to every category whose residue a v + b mod P lies in [from, to). From one category to the next the residue grows by
 * a and wraps at most once, so a hash costs an addition, not a multiplication; nothing branches.
 */
function countBucket(
  tally: Uint32Array,
  a: number,
  b: number,
  from: number,
  to: number,
  prime: number,
): void {
  const size = to - from;
  // Residues relative to the bucket's start: in 0..size-1 exactly inside it.
  let place = b - from;
  if (place < 0) place += prime;
  const back = a - prime; // below 0; place + back is the step with wrap
  for (let v = 0; v < tally.length; v++) {
    tally[v] = (tally[v] as number) + ((place - size) >>> 31);
    const wrapped = (place + back) | 0;
    place = wrapped + (prime & (wrapped >> 31));
  }
}
