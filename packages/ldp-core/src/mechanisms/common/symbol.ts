// Reports that are one symbol out of a finite alphabet: their columns, bytes and counts.
import { isBytes } from "@emrx/internal/bytes";
import { described, integer, secret } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";

/** A column of symbols in the narrowest array that holds the alphabet. */
export type SymbolColumn = Uint8Array | Uint16Array | Uint32Array;

/** An empty column of n symbols below `symbols`. */
export function symbolColumn(n: number, symbols: number): SymbolColumn {
  if (symbols <= 1 << 8) return new Uint8Array(n);
  return symbols <= 1 << 16 ? new Uint16Array(n) : new Uint32Array(n);
}

/** Bytes that hold one symbol below `symbols`: 1 to 4. */
export function symbolBytes(symbols: number): number {
  return symbols <= 1 << 8 ? 1 : symbols <= 1 << 16 ? 2 : symbols <= 1 << 24 ? 3 : 4;
}

/** Checks that a report is a symbol. */
export function checkSymbol(symbol: unknown, symbols: number): number {
  // The usual case without a closure: this stands in loops.
  return Number.isInteger(symbol) && (symbol as number) >= 0 && (symbol as number) < symbols
    ? (symbol as number)
    : check(secret(integer(0, symbols - 1)), symbol, "report", "EMRX_MALFORMED_REPORT");
}

/** Writes a symbol, least significant byte first. */
export function writeSymbol(
  symbol: number,
  symbols: number,
  target: Uint8Array,
  offset: number,
): void {
  const width = symbolBytes(symbols);
  checkSpace(target, offset, width);
  for (let i = 0; i < width; i++) target[offset + i] = symbol >>> (8 * i);
}

/** Reads a symbol; a value outside the alphabet is an error. */
export function readSymbol(symbols: number, source: Uint8Array, offset: number): number {
  const width = symbolBytes(symbols);
  checkSpace(source, offset, width);
  let symbol = 0;
  for (let i = width - 1; i >= 0; i--) symbol = symbol * 256 + (source[offset + i] as number);
  return checkSymbol(symbol, symbols);
}

/** Checks that `width` bytes lie at an offset. */
export function checkSpace(bytes: Uint8Array, offset: number, width: number): void {
  const fits = isBytes(bytes) && Number.isInteger(offset) && offset >= 0;
  if (!fits || offset + width > bytes.length) {
    throw new LdpError(
      "EMRX_MALFORMED_REPORT",
      `expected a Uint8Array with ${width} report bytes at offset ${described(offset)}`,
    );
  }
}

/** Bytes of one-symbol reports. */
export interface SymbolCodec {
  readonly reportBytes: number;
  encode(report: number, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): number;
  encodeBatch(column: SymbolColumn, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): SymbolColumn;
}

/** The codec of one-symbol reports, shared by every mechanism that has them. */
export function symbolCodec(symbols: number): SymbolCodec {
  return {
    reportBytes: symbolBytes(symbols),
    encode(report, target, offset) {
      writeSymbol(checkSymbol(report, symbols), symbols, target, offset);
    },
    decode: (source, offset) => readSymbol(symbols, source, offset),
    encodeBatch(column, target, offsets) {
      for (let i = 0; i < column.length; i++) {
        writeSymbol(checkSymbol(column[i], symbols), symbols, target, offsets[i] as number);
      }
    },
    decodeBatch(source, offsets) {
      const column = symbolColumn(offsets.length, symbols);
      for (let i = 0; i < column.length; i++) {
        column[i] = readSymbol(symbols, source, offsets[i] as number);
      }
      return column;
    },
  };
}

/** Codec and counting of reports that are a category themselves and support just that category. */
export function symbolReports(categories: number): SymbolCodec & {
  addReport(counts: Float64Array, report: number): void;
  addColumn(counts: Float64Array, column: SymbolColumn): number;
  isPossible(counts: Float64Array, n: number): boolean;
} {
  return {
    ...symbolCodec(categories),
    addReport(counts, report) {
      const symbol = checkSymbol(report, categories);
      counts[symbol] = (counts[symbol] as number) + 1;
    },
    addColumn: countSymbols,
    // Every report names exactly one category.
    isPossible: (counts, n) => counts.reduce((sum, count) => sum + count, 0) === n,
  };
}

/** Adds the counts of a column of symbols; checks the whole column before it changes anything. */
export function countSymbols(counts: Float64Array, column: SymbolColumn): number {
  const symbols = counts.length;
  const isColumn = [Uint8Array, Uint16Array, Uint32Array].some((type) => column instanceof type);
  if (!isColumn) {
    throw new LdpError("EMRX_MALFORMED_REPORT", "column is not a typed array of reports");
  }
  const tally = new Uint32Array(symbols); // a column has fewer than 2^32 elements
  for (let i = 0; i < column.length; i++) {
    const symbol = column[i] as number;
    if (symbol >= symbols) checkSymbol(symbol, symbols);
    tally[symbol] = (tally[symbol] as number) + 1;
  }
  for (let s = 0; s < symbols; s++) counts[s] = (counts[s] as number) + (tally[s] as number);
  return column.length;
}
