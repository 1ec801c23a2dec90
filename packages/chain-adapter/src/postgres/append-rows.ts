// One append: a serializable transaction that either adds all its rows or none, and can tell whether it was done.
import { LedgerError } from "../errors.js";
import { nextTime } from "../ledger/require.js";
import { lastRows, type PostgresClient } from "./connection.js";
import {
  beginAppend,
  emptyTail,
  endAppend,
  insertRows,
  nextRow,
  type Row,
  type Tail,
} from "./table.js";

/** What is to be appended. */
export interface AppendRequest {
  readonly table: string;
  /** The furthest row that was seen: it must never be gone. */
  readonly known: Tail;
  /** Name of the batch, by which a batch is found again whose acknowledgement was lost. */
  readonly batch: string;
  readonly records: readonly Uint8Array[];
  /** The clock, or the database's own. */
  readonly clock: (() => number) | undefined;
}

/** Appends, and gives the index of the first row and, unless it had been done before, the tail after the last. */
export async function appendRows(
  client: PostgresClient,
  { table, known, batch, records, clock }: AppendRequest,
): Promise<{ readonly from: number; readonly tail?: Tail }> {
  const [state] = lastRows(await client.query(beginAppend(table, known.size - 1, batch)));
  if (state === undefined) throw new LedgerError("EMRX_STORAGE", "the database gave no state");
  requireKnown(table, known, state["known"]);
  if (state["done"] !== null) {
    // The connection broke after the commit and before its answer.
    await client.query("ROLLBACK");
    return { from: Number(state["done"]) };
  }
  let tail: Tail = emptyTail;
  if (state["index"] !== null) {
    const chain = Uint8Array.from(state["chain"] as Uint8Array);
    tail = { size: Number(state["index"]) + 1, time: Number(state["time"]), chain };
  }
  const from = tail.size;
  const time = nextTime(tail.time, clock ?? (() => Number(state["now"])));
  const rows: Row[] = [];
  for (const bytes of records) {
    const row = nextRow(tail, time, bytes);
    rows.push(row);
    tail = { size: row.index + 1, time, chain: row.chain };
  }
  await client.query(insertRows(table), [
    rows.map(({ index }) => index),
    rows.map((row) => row.time),
    rows.map(({ bytes }) => bytes),
    rows.map(({ chain }) => chain),
    batch,
  ]);
  await client.query(endAppend(table, tail.size));
  return { from, tail };
}

/** A row that was there once must be there for ever: a standby promoted without it has lost entries. */
function requireKnown(table: string, known: Tail, chain: unknown): void {
  if (known.size === 0) return;
  const expected = known.chain;
  if (chain instanceof Uint8Array && expected.every((byte, i) => byte === chain[i])) return;
  throw new LedgerError(
    "EMRX_ROLLED_BACK",
    `table ${table}: row ${known.size - 1} is gone or another one; the database has lost entries, for ` +
      "example by the promotion of a standby without synchronous replication.",
    { details: { table, index: known.size - 1 } },
  );
}
