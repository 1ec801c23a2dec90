// Reports that are k items out of many, as ascending lists: their bytes and counts.
import { LdpError } from "../../errors/ldp-error.js";
import { checkSpace } from "../common/symbol.js";

/** Codec and counting of lists of exactly `size` items below `items` (at most 2^16), strictly ascending, two bytes each. */
export function listReports(
  items: number,
  size: number,
): {
  readonly reportBytes: number;
  readonly cells: number;
  encode(report: Uint16Array, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): Uint16Array;
  encodeBatch(column: Uint16Array, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Uint16Array;
  addReport(counts: Float64Array, report: Uint16Array): void;
  addColumn(counts: Float64Array, column: Uint16Array): number;
  isPossible(counts: Float64Array, n: number): boolean;
} {
  const bytes = 2 * size;

  /** Checks a column: one report or several. */
  function check(column: Uint16Array): void {
    if (!(column instanceof Uint16Array) || column.length % size !== 0) {
      throw new LdpError(
        "EMRX_MALFORMED_REPORT",
        `expected a Uint16Array of ${size} items a report`,
      );
    }
    for (let i = 0; i < column.length; i++) {
      const item = column[i] as number;
      const isFirst = i % size === 0;
      if (item >= items || (!isFirst && item <= (column[i - 1] as number))) {
        throw new LdpError(
          "EMRX_MALFORMED_REPORT",
          `item ${i % size} of a report is ${item}; expected ascending items below ${items}`,
        );
      }
    }
  }

  function count(counts: Float64Array, column: Uint16Array): number {
    check(column);
    for (const item of column) counts[item] = (counts[item] as number) + 1;
    return column.length / size;
  }

  function encode(report: Uint16Array, target: Uint8Array, offset: number): void {
    checkSpace(target, offset, bytes);
    for (let i = 0; i < size; i++) {
      const item = report[i] as number;
      target[offset + 2 * i] = item & 255;
      target[offset + 2 * i + 1] = item >>> 8;
    }
  }

  function read(source: Uint8Array, offset: number, report: Uint16Array): void {
    checkSpace(source, offset, bytes);
    for (let i = 0; i < size; i++) {
      report[i] =
        (source[offset + 2 * i] as number) | ((source[offset + 2 * i + 1] as number) << 8);
    }
    check(report);
  }

  function checkOne(report: Uint16Array): void {
    check(report);
    if (report.length !== size) {
      throw new LdpError("EMRX_MALFORMED_REPORT", `expected one report of ${size} items`);
    }
  }

  return {
    reportBytes: bytes,
    cells: items,
    encode(report, target, offset) {
      checkOne(report);
      encode(report, target, offset);
    },
    decode(source, offset) {
      const report = new Uint16Array(size);
      read(source, offset, report);
      return report;
    },
    encodeBatch(column, target, offsets) {
      check(column);
      for (let i = 0; i * size < column.length; i++) {
        encode(column.subarray(i * size, (i + 1) * size), target, offsets[i] as number);
      }
    },
    decodeBatch(source, offsets) {
      const column = new Uint16Array(offsets.length * size);
      for (let i = 0; i < offsets.length; i++) {
        read(source, offsets[i] as number, column.subarray(i * size, (i + 1) * size));
      }
      return column;
    },
    addReport(counts, report) {
      checkOne(report);
      count(counts, report);
    },
    addColumn: count,
    // Every report names exactly `size` items.
    isPossible: (counts, n) => counts.reduce((sum, c) => sum + c, 0) === size * n,
  };
}
