// Rows of indices, and turning them into columns.

/** Compressed sparse rows: row a is `partners[offsets[a] .. offsets[a + 1] - 1]`. */
export interface Rows {
  readonly offsets: Uint32Array;
  readonly partners: Uint32Array;
}

/** Turns rows into columns by counting; columns come out ascending. */
export function transpose(offsets: Uint32Array, partners: Uint32Array, columns: number): Rows {
  const starts = new Uint32Array(columns + 1);
  for (let k = 0; k < partners.length; k++) (starts[(partners[k] as number) + 1] as number) += 1;
  for (let c = 0; c < columns; c++) (starts[c + 1] as number) += starts[c] as number;
  const next = starts.slice(0, columns);
  const rows = new Uint32Array(partners.length);
  for (let row = 0; row + 1 < offsets.length; row++)
    for (let k = offsets[row] as number; k < (offsets[row + 1] as number); k++) {
      const column = partners[k] as number;
      const at = next[column] as number;
      rows[at] = row;
      next[column] = at + 1;
    }
  return { offsets: starts, partners: rows };
}
