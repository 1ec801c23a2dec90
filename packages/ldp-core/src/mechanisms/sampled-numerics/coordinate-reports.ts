// Reports that name a few coordinates and a cell for each: their bytes and counts.
import { LdpError } from "../../errors/ldp-error.js";
import { checkSpace } from "../common/symbol.js";

/** Codec and counting of such reports; the contract of each member is that of `FrequencyOracle`. */
export interface CoordinateReports {
  readonly reportBytes: number;
  addReport(counts: Float64Array, report: Uint16Array): void;
  addColumn(counts: Float64Array, column: Uint16Array): number;
  isPossible(counts: Float64Array, n: number): boolean;
  encode(report: Uint16Array, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): Uint16Array;
  encodeBatch(column: Uint16Array, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Uint16Array;
}

/**
 * A report is k pairs (coordinate, cell), coordinates strictly ascending; in bytes each number takes 2, least significant first.
 * Counts are D rows of `cells`: how often each cell of each coordinate was reported.
 *
 * @param coordinates - D
 * @param named - k
 * @param cells - cells of every coordinate
 */
export function coordinateReports(
  coordinates: number,
  named: number,
  cells: number,
): CoordinateReports {
  const width = 2 * named;
  const reportBytes = 2 * width;

  function check(column: Uint16Array): Uint16Array {
    if (!(column instanceof Uint16Array) || column.length % width !== 0) {
      throw malformed(`expected a Uint16Array of ${width} numbers a report`);
    }
    for (let at = 0; at < column.length; at += 2) {
      const [coordinate, cell] = [column[at] as number, column[at + 1] as number];
      const least = at % width === 0 ? 0 : (column[at - 2] as number) + 1;
      if (coordinate < least || coordinate >= coordinates || cell >= cells) {
        throw malformed(
          `coordinate ${coordinate} with cell ${cell}; expected ascending coordinates below ${coordinates} and cells below ${cells}`,
        );
      }
    }
    return column;
  }

  function checkOne(report: Uint16Array): Uint16Array {
    if (report?.length !== width) throw malformed(`expected ${width} numbers`);
    return check(report);
  }

  function addColumn(counts: Float64Array, column: Uint16Array): number {
    check(column);
    for (let at = 0; at < column.length; at += 2) {
      const place = (column[at] as number) * cells + (column[at + 1] as number);
      counts[place] = (counts[place] as number) + 1;
    }
    return column.length / width;
  }

  function encode(report: Uint16Array, target: Uint8Array, offset: number): void {
    checkSpace(target, offset, reportBytes);
    for (let i = 0; i < width; i++) {
      target[offset + 2 * i] = report[i] as number;
      target[offset + 2 * i + 1] = (report[i] as number) >>> 8;
    }
  }

  function decode(source: Uint8Array, offset: number): Uint16Array {
    checkSpace(source, offset, reportBytes);
    return Uint16Array.from(
      { length: width },
      (_, i) => (source[offset + 2 * i] as number) | ((source[offset + 2 * i + 1] as number) << 8),
    );
  }

  return {
    reportBytes,
    addReport(counts, report) {
      addColumn(counts, checkOne(report));
    },
    addColumn,
    isPossible(counts, n) {
      let all = 0;
      for (let start = 0; start < counts.length; start += cells) {
        const own = counts.subarray(start, start + cells).reduce((sum, count) => sum + count, 0);
        if (own > n) return false; // a report names a coordinate once
        all += own;
      }
      return all === named * n;
    },
    encode: (report, target, offset) => encode(checkOne(report), target, offset),
    decode: (source, offset) => check(decode(source, offset)),
    encodeBatch(column, target, offsets) {
      check(column);
      for (let i = 0; i * width < column.length; i++) {
        encode(column.subarray(i * width, (i + 1) * width), target, offsets[i] as number);
      }
    },
    decodeBatch(source, offsets) {
      const column = new Uint16Array(offsets.length * width);
      for (let i = 0; i < offsets.length; i++) {
        column.set(decode(source, offsets[i] as number), i * width);
      }
      return check(column);
    },
  };
}

const malformed = (problem: string): LdpError =>
  new LdpError("EMRX_MALFORMED_REPORT", `not a report: ${problem}`);
