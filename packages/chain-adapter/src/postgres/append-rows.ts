// One append: a transaction that either adds all its rows or none, can tell whether it was done, and is acknowledged
// only when its commit was replicated.
import { LedgerError } from "../errors.js";
import { nextTime } from "../ledger/require.js";
import { commitDurably, requireReplicated } from "./commit.js";
import { numberOf, type PostgresClient, runQuery } from "./connection.js";
import { requireKnown } from "./known-row.js";
import {
  beginAppend,
  changesChannel,
  emptyTail,
  insertRows,
  nextRow,
  type Row,
  readBatchEnd,
  readTail,
  type Tail,
  tailAfter,
  tailOf,
} from "./table.js";

/** What is to be appended. */
export interface AppendRequest {
  readonly table: string;
  /** The furthest row that was seen: it must never be gone. */
  readonly known: Tail;
  /** Name of the batch, by which a batch is found again whose acknowledgement was lost. */
  readonly batch: string;
  readonly records: readonly Uint8Array<ArrayBuffer>[];
  /** The clock, or the database's own. */
  readonly clock: (() => number) | undefined;
  /** Longest to wait for others who append, milliseconds. */
  readonly patience: number;
}

/** Appends, and gives the index of the first row and the tail after the last. */
export async function appendRows(
  client: PostgresClient,
  { table, known, batch, records, clock, patience }: AppendRequest,
): Promise<{ readonly from: number; readonly tail: Tail }> {
  await runQuery(client, beginAppend(table, patience));
  const [state] = (await runQuery(client, readTail(table, known, batch))).rows;
  requireKnown(table, known, state);
  const done = numberOf(state, "done");
  if (done !== null) {
    // The connection broke, or the wait for replication was cut short, after the commit: its rows are there, but
    // whether a standby has them is known only after a commit behind them was replicated.
    const tail = tailOf((await runQuery(client, readBatchEnd(table, batch))).rows[0]) ?? emptyTail;
    await runQuery(client, "ROLLBACK");
    await requireReplicated(client);
    return { from: done, tail };
  }
  let tail = tailOf(state) ?? emptyTail;
  const from = tail.size;
  const time = nextTime(tail.time, clock ?? (() => numberOf(state, "now") ?? Number.NaN));
  const rows: Row[] = [];
  for (const bytes of records) {
    const row = nextRow(tail, time, bytes);
    rows.push(row);
    tail = tailAfter(row);
  }
  if (!Number.isSafeInteger(tail.size))
    throw new LedgerError("EMRX_STORAGE", `table ${table} is full`);
  await runQuery(client, insertRows(table), [
    rows.map(({ index }) => index),
    rows.map((row) => row.time),
    rows.map(({ bytes }) => bytes),
    rows.map(({ chain }) => chain),
    batch,
  ]);
  await commitDurably(client, `NOTIFY ${changesChannel(table)}, '${tail.size}'`);
  return { from, tail };
}
