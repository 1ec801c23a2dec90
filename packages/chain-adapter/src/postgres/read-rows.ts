// Reading: pages of rows, every row checked against the one before it.
import { LedgerError } from "../errors.js";
import type { PatientPool } from "./patient-pool.js";
import {
  checkedRow,
  emptyTail,
  type Row,
  readPage,
  type Tail,
  tailAfter,
  tailOf,
} from "./table.js";

/** Most rows read at a time. */
const PAGE = 1000;

/** The rows from `from` up to and without `to`, which must be there. */
export async function* readRows(
  pool: PatientPool,
  table: string,
  from: number,
  to: number,
): AsyncGenerator<Row, void, undefined> {
  // The row before the first is read along, to check the first against it.
  let tail: Tail | undefined = from === 0 ? emptyTail : undefined;
  for (let at = Math.max(0, from - 1); at < to; ) {
    const found = await pool.query(`rows from ${at} on cannot be read`, readPage(table), [
      at,
      Math.min(at + PAGE, to),
    ]);
    for (const row of found) {
      if (tail === undefined) {
        tail = tailOf(row);
        if (tail?.size !== from) break;
      } else {
        const entry: Row = checkedRow(table, tail, row);
        tail = tailAfter(entry);
        yield entry;
      }
    }
    if (found.length === 0 || tail === undefined || tail.size <= at) {
      throw new LedgerError("EMRX_DAMAGED", `table ${table}: row ${at} is missing.`, {
        details: { table, index: at },
      });
    }
    at = tail.size;
  }
}
