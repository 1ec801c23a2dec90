// Reports that are a set of categories, as bits: columns of words, bytes, counts.
import { isBytes } from "@emrx/internal/bytes";
import { LdpError } from "../../errors/ldp-error.js";
import { addPositionalCounts } from "./positional.js";
import { checkSpace } from "./symbol.js";

/** The bits of the last word of a row of `categories` bits. */
export const lastLanes = (categories: number): number =>
  categories % 32 === 0 ? -1 : 2 ** (categories % 32) - 1;

/** Codec and counting of bitmap reports. */
export interface BitmapReports {
  readonly reportBytes: number;
  encode(report: Uint8Array<ArrayBuffer>, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): Uint8Array<ArrayBuffer>;
  encodeBatch(column: Uint32Array, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Uint32Array;
  addReport(counts: Float64Array, report: Uint8Array<ArrayBuffer>): void;
  addColumn(counts: Float64Array, column: Uint32Array): number;
  isPossible(counts: Float64Array, n: number): boolean;
  /** The bitmap of the row of words that starts at an index. */
  toBitmap(words: Uint32Array, at: number): Uint8Array<ArrayBuffer>;
}

/**
 * Codec and counting of bitmap reports: bit v (least significant first) stands for category v, padding bits are 0.
 *
 * @param categories - d
 * @param size - the number of bits that every report sets, where it is fixed
 */
export function bitmapReports(categories: number, size?: number): BitmapReports {
  const bytes = Math.ceil(categories / 8);
  const width = Math.ceil(categories / 32);
  const lastByte = categories % 8 === 0 ? 255 : 2 ** (categories % 8) - 1;

  function check<Report extends Uint8Array>(report: Report): Report {
    if (!isBytes(report) || report.length !== bytes) {
      throw new LdpError(
        "EMRX_MALFORMED_REPORT",
        `report is not a Uint8Array of ${bytes} bytes, the bitmap of ${categories} categories`,
      );
    }
    if (((report[bytes - 1] as number) & ~lastByte) !== 0) throw padding();
    if (size !== undefined) {
      let ones = 0;
      for (const byte of report) ones += bitCount(byte);
      if (ones !== size) throw wrongSize(ones, size);
    }
    return report;
  }

  function checkColumn(column: Uint32Array): void {
    if (!(column instanceof Uint32Array) || column.length % width !== 0) {
      throw new LdpError(
        "EMRX_MALFORMED_REPORT",
        `column is not a Uint32Array of ${width} words a report, the bitmaps of ${categories} categories`,
      );
    }
    const unused = ~lastLanes(categories);
    for (let i = width - 1; i < column.length; i += width) {
      if (((column[i] as number) & unused) !== 0) throw padding();
    }
    if (size === undefined) return;
    for (let row = 0; row < column.length; row += width) {
      let ones = 0;
      for (let i = row; i < row + width; i++) ones += bitCount(column[i] as number);
      if (ones !== size) throw wrongSize(ones, size);
    }
  }

  return {
    reportBytes: bytes,
    encode(report, target, offset) {
      checkSpace(target, offset, bytes);
      target.set(check(report), offset);
    },
    decode(source, offset) {
      checkSpace(source, offset, bytes);
      return check(source.slice(offset, offset + bytes));
    },
    encodeBatch(column, target, offsets) {
      checkColumn(column);
      for (let row = 0; row * width < column.length; row++) {
        const offset = offsets[row] as number;
        checkSpace(target, offset, bytes);
        for (let i = 0; i < bytes; i++) {
          target[offset + i] = (column[row * width + (i >> 2)] as number) >>> (8 * (i & 3));
        }
      }
    },
    decodeBatch(source, offsets) {
      const column = new Uint32Array(offsets.length * width);
      for (let row = 0; row < offsets.length; row++) {
        const offset = offsets[row] as number;
        checkSpace(source, offset, bytes);
        for (let i = 0; i < bytes; i++) {
          const word = row * width + (i >> 2);
          column[word] =
            (column[word] as number) | ((source[offset + i] as number) << (8 * (i & 3)));
        }
      }
      checkColumn(column);
      return column;
    },
    addReport(counts, report) {
      check(report);
      for (let v = 0; v < categories; v++) {
        counts[v] = (counts[v] as number) + (((report[v >> 3] as number) >> (v & 7)) & 1);
      }
    },
    addColumn(counts, column) {
      checkColumn(column);
      addPositionalCounts(column, width, counts);
      return column.length / width;
    },
    // Every report supports `size` categories, where that is fixed.
    isPossible: (counts, n) =>
      size === undefined || counts.reduce((sum, count) => sum + count, 0) === size * n,
    toBitmap: (words, at) =>
      Uint8Array.from(
        { length: bytes },
        (_, i) => ((words[at + (i >> 2)] as number) >>> (8 * (i & 3))) & 255,
      ),
  };
}

/** Number of set bits of a word (Warren, "Hacker's Delight", figure 5-2). */
function bitCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function wrongSize(found: number, expected: number): LdpError {
  return new LdpError(
    "EMRX_MALFORMED_REPORT",
    `a report names ${found} categories; every report of this mechanism names ${expected}`,
  );
}

function padding(): LdpError {
  return new LdpError("EMRX_MALFORMED_REPORT", "a report's padding bits are not 0");
}
