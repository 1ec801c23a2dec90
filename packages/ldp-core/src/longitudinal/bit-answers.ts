// Reports that answer a few yes-or-no questions out of many: their rows, bytes and counts.
import { LdpError } from "../errors/ldp-error.js";
import { checkSpace, readSymbol, symbolBytes, writeSymbol } from "../mechanisms/common/symbol.js";

/** Codec and counting of rows of `size` entries 2 v + bit, ascending, each v at most once. */
export interface BitAnswers {
  readonly reportBytes: number;
  encode(report: Uint32Array, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): Uint32Array;
  encodeBatch(column: Uint32Array, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Uint32Array;
  addReport(counts: Float64Array, report: Uint32Array): void;
  addColumn(counts: Float64Array, column: Uint32Array): number;
  isPossible(counts: Float64Array, n: number): boolean;
  /** Returns a report that is one. */
  checkReport(report: Uint32Array): Uint32Array;
  /** Returns a column that is one. */
  checkColumn(column: Uint32Array): Uint32Array;
}

/**
 * Bytes: the entries in ascending order, each in 1 to 3 bytes, as many as 2 x questions needs, least significant byte first.
 *
 * @param questions - b
 * @param size - answers in every report, d
 */
export function bitAnswers(questions: number, size: number): BitAnswers {
  const entries = 2 * questions;
  const width = symbolBytes(entries);
  const bytes = size * width;

  function checkColumn(column: Uint32Array): Uint32Array {
    if (!(column instanceof Uint32Array) || column.length % size !== 0) {
      throw new LdpError(
        "EMRX_MALFORMED_REPORT",
        `expected a Uint32Array of ${size} entries a report`,
      );
    }
    for (let i = 0; i < column.length; i++) {
      const entry = column[i] as number;
      const isAscending = i % size === 0 || entry >> 1 > (column[i - 1] as number) >> 1;
      if (entry >= entries || !isAscending) {
        throw new LdpError(
          "EMRX_MALFORMED_REPORT",
          `entry ${i % size} of report ${Math.floor(i / size)} is ${entry}; expected ascending categories, all below ${questions}`,
        );
      }
    }
    return column;
  }

  function checkReport(report: Uint32Array): Uint32Array {
    if (checkColumn(report).length === size) return report;
    throw new LdpError("EMRX_MALFORMED_REPORT", `${report.length} entries; expected ${size}`);
  }

  function write(row: ArrayLike<number>, at: number, target: Uint8Array, offset: number): void {
    checkSpace(target, offset, bytes);
    for (let i = 0; i < size; i++) {
      writeSymbol(row[at + i] as number, entries, target, offset + i * width);
    }
  }

  function decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Uint32Array {
    const column = new Uint32Array(offsets.length * size);
    for (let row = 0; row < offsets.length; row++) {
      const offset = offsets[row] as number;
      checkSpace(source, offset, bytes);
      for (let i = 0; i < size; i++) {
        column[row * size + i] = readSymbol(entries, source, offset + i * width);
      }
    }
    return checkColumn(column);
  }

  function addColumn(counts: Float64Array, column: Uint32Array): number {
    for (const entry of checkColumn(column)) counts[entry] = (counts[entry] as number) + 1;
    return column.length / size;
  }

  return {
    reportBytes: bytes,
    encode: (report, target, offset) => write(checkReport(report), 0, target, offset),
    decode: (source, offset) => decodeBatch(source, [offset]),
    encodeBatch(column, target, offsets) {
      const rows = checkColumn(column).length / size;
      for (let row = 0; row < rows; row++) {
        write(column, row * size, target, offsets[row] as number);
      }
    },
    decodeBatch,
    addReport(counts, report) {
      addColumn(counts, checkReport(report));
    },
    addColumn,
    // Every report has `size` entries, and at most one of the two of each category.
    isPossible(counts, n) {
      let total = 0;
      for (let v = 0; v < questions; v++) {
        const answers = (counts[2 * v] as number) + (counts[2 * v + 1] as number);
        if (answers > n) return false;
        total += answers;
      }
      return total === n * size;
    },
    checkReport,
    checkColumn,
  };
}
