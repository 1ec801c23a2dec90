// Reading: pages of rows, every row checked against the one before it.
import { LedgerError } from "../errors.js";
import type { PatientPool } from "./patient-pool.js";
import { checkedRow, emptyTail, type Row, type Tail } from "./table.js";

/** Rows read at a time. */
const PAGE = 1000;

/** The rows from `from` up to and without `to`, which must be there. */
export async function* readRows(
  pool: PatientPool,
  table: string,
  from: number,
  to: number,
): AsyncGenerator<Row, void, undefined> {
  let tail: Tail | undefined = from === 0 ? emptyTail : undefined;
  for (let at = from; at < to; ) {
    // The row before the first is read along, to check the first against it.
    const start = tail === undefined ? at - 1 : at;
    const end = Math.min(at + PAGE, to);
    const found = await pool.query(
      `rows ${start} to ${end} cannot be read`,
      `SELECT index, time, bytes, chain FROM ${table} WHERE index >= $1 AND index < $2 ORDER BY index`,
      [start, end],
    );
    for (const row of found) {
      if (tail === undefined) {
        tail = { size: start + 1, time: Number(row["time"]), chain: row["chain"] as Uint8Array };
        continue;
      }
      const entry: Row = checkedRow(table, tail, row);
      tail = { size: entry.index + 1, time: entry.time, chain: entry.chain };
      at++;
      yield entry;
    }
    if (at < end) {
      throw new LedgerError("EMRX_DAMAGED", `table ${table}: row ${at} is missing.`, {
        details: { table, index: at },
      });
    }
  }
}
