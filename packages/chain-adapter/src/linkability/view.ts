// What a buyer sees of a batch, column by column: the whole input of an attacker, and of the check against one. Whoever
// only reads the ledger sees a root and classes with numbers of lots, and nothing of a single patient.

/** What a buyer who has opened everything sees of one site's batch of one round. Row i of every column is one patient. */
export interface PublicView {
  /** Number of patients. */
  readonly count: number;
  /** Root of the batch, 32 bytes. */
  readonly root: Uint8Array;
  /** 32 bytes a row. */
  readonly pseudonyms: Uint8Array;
  /** Leaf hashes, 32 bytes a row. */
  readonly leaves: Uint8Array;
  /** One number a row for the class it is of (profile, price floor, number of buyers): equal choices, equal numbers. */
  readonly choices: Uint32Array;
  /** 32 bytes a row. */
  readonly salts: Uint8Array;
}

/** The 32 bytes of a row as text, to look them up. */
export function rowKey(column: Uint8Array, row: number): string {
  return String.fromCharCode(...column.subarray(row * 32, row * 32 + 32));
}

/** The rows that share a property, in order. */
export function rowsBy<Key>(count: number, keyOf: (row: number) => Key): Map<Key, number[]> {
  const groups = new Map<Key, number[]>();
  for (let row = 0; row < count; row++) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** The rows of each combination of open choices. */
export const rowsByChoice = (view: PublicView): Map<number, number[]> =>
  rowsBy(view.count, (row) => view.choices[row] as number);

/** Rows of a column by their 32 bytes. */
export function rowsByKey(column: Uint8Array): Map<string, number> {
  const rows = new Map<string, number>();
  for (let row = 0; row < column.length / 32; row++) rows.set(rowKey(column, row), row);
  return rows;
}
