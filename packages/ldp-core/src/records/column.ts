// A table and its columns: numbers, or sets of code indices laid end to end. No object for any value.
import type { SetColumn } from "../mechanisms/sets/privset.js";
import type { Value } from "../schema/any-mechanism.js";

/** Sets of code indices: those of row i are `codes[offsets[i]]` to before `codes[offsets[i + 1]]`, ascending. */
export interface EncodedSets extends SetColumn {
  readonly codes: Uint16Array;
  readonly offsets: Uint32Array;
}

/**
 * One attribute's values: category indices (missing is the last category), numbers (missing is NaN), or sets (a missing one
 * holds the last category alone).
 */
export type TableColumn = Uint8Array | Uint16Array | Uint32Array | Float64Array | EncodedSets;

/** Records as columns, by attribute index. Made by `encodeTable`. */
export interface Table {
  /** The hash of the schema it was encoded by. */
  readonly schemaHash: string;
  readonly rows: number;
  /** One column for each attribute; undefined for a public attribute that the table lacks. */
  readonly columns: readonly (TableColumn | undefined)[];
}

/** The value of one row. */
export function valueAt(column: TableColumn, row: number): Value {
  return "offsets" in column
    ? column.codes.subarray(column.offsets[row], column.offsets[row + 1])
    : (column[row] as number);
}

/** Some rows of a column, as a mechanism's `randomizeBatch` takes them. */
export function pickRows(column: TableColumn, rows: Uint32Array): Float64Array | EncodedSets {
  if ("offsets" in column)
    return joinSets(Array.from(rows, (row) => valueAt(column, row) as Uint16Array));
  const values = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) values[i] = column[rows[i] as number] as number;
  return values;
}

/** The rows `first` to before `end`; numbers and codes are not copied. */
export function columnRows(column: TableColumn, first: number, end: number): TableColumn {
  if (!("offsets" in column)) return column.subarray(first, end);
  const start = column.offsets[first] as number;
  return {
    codes: column.codes.subarray(start, column.offsets[end]),
    offsets: column.offsets.slice(first, end + 1).map((offset) => offset - start),
  };
}

/** Lays sets end to end. */
export function joinSets(sets: readonly Uint16Array[]): EncodedSets {
  const offsets = new Uint32Array(sets.length + 1);
  for (const [i, set] of sets.entries()) offsets[i + 1] = (offsets[i] as number) + set.length;
  const codes = new Uint16Array(offsets[sets.length] as number);
  for (const [i, set] of sets.entries()) codes.set(set, offsets[i]);
  return { codes, offsets };
}
