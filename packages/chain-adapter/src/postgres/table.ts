// The table behind a log: one row an entry, a hash chain over the rows. Every statement asks for text, so that nothing
// depends on how a driver or an application reads numbers and bytes.

import { toHex } from "@emrx/internal/bytes";
import { described } from "@emrx/internal/shape";
import { fromHex } from "../codec/hex.js";
import { LedgerError } from "../errors.js";
import { lengthPrefixed, uint64 } from "../identity/encoding.js";
import type { LogEntry } from "../ledger/port.js";
import { sha256 } from "../merkle/sha256.js";
import { numberOf, textOf } from "./connection.js";

/** The last row, or the place of one that is known. */
export interface Tail {
  /** Number of entries up to and with this one. */
  readonly size: number;
  readonly time: number;
  /** Hash over this row and all before it. */
  readonly chain: Uint8Array;
}

export const emptyTail: Tail = { size: 0, time: 0, chain: /* @__PURE__ */ new Uint8Array(32) };

/** A row as it is written. */
export interface Row extends LogEntry {
  readonly chain: Uint8Array<ArrayBuffer>;
}

/** The row after a tail. */
export function nextRow(tail: Tail, time: number, bytes: Uint8Array<ArrayBuffer>): Row {
  const index = tail.size;
  const chain = sha256(lengthPrefixed(tail.chain, uint64(index), uint64(time), bytes));
  return { index, time, bytes, chain };
}

/** The tail after a row. */
export const tailAfter = ({ index, time, chain }: Row): Tail => ({ size: index + 1, time, chain });

/** The place of a row that was read; undefined if there is none. */
export function tailOf(row: Readonly<Record<string, unknown>> | undefined): Tail | undefined {
  const index = numberOf(row, "index");
  if (index === null) return undefined;
  const chain = bytesOf(row, "chain");
  if (chain.length !== 32)
    throw new LedgerError("EMRX_DAMAGED", `row ${index}: its hash has ${chain.length} bytes`);
  return { size: index + 1, time: numberOf(row, "time") ?? 0, chain };
}

/** A column of bytes, written in hexadecimal. */
export function bytesOf(
  row: Readonly<Record<string, unknown>> | undefined,
  column: string,
): Uint8Array<ArrayBuffer> {
  const text = textOf(row, column);
  if (text !== null && /^(?:[0-9a-f]{2})*$/.test(text)) return fromHex(text);
  throw new LedgerError(
    "EMRX_STORAGE",
    `column ${column} must be hexadecimal digits; the database gave ${described(text)}`,
  );
}

/** A row as it was read, checked against the row before it. */
export function checkedRow(table: string, tail: Tail, row: Readonly<Record<string, unknown>>): Row {
  const [index, time] = [numberOf(row, "index"), numberOf(row, "time")];
  const [bytes, chain] = [bytesOf(row, "bytes"), textOf(row, "chain")];
  if (index === tail.size && time !== null) {
    const expected = nextRow(tail, time, bytes);
    if (toHex(expected.chain) === chain) return expected;
  }
  throw new LedgerError(
    "EMRX_DAMAGED",
    `table ${table}, row ${index}: it does not follow from row ${tail.size - 1}; a row was altered, added or removed.`,
    { details: { table, index: index ?? tail.size } },
  );
}

/** The name of a table with its schema; throws `EMRX_INVALID_LABEL` unless both are safe to put into a statement. */
export function tableName(schema: string, table: string): string {
  for (const [option, name] of Object.entries({ schema, table })) {
    if (typeof name === "string" && /^[a-z_][a-z0-9_]{0,40}$/.test(name)) continue;
    throw new LedgerError(
      "EMRX_INVALID_LABEL",
      `${option} must be 1 to 41 lowercase letters, digits and underscores; got ${described(name)}.`,
    );
  }
  return `${schema}.${table}`;
}

/** The last row, what stands in the place of a row that is known, and whether the server is a standby. */
export function readState(table: string, known: Tail): string {
  return `SELECT ${stateColumns(table, known)}, pg_is_in_recovery()::text AS standby ${lastRow(table)}`;
}

const stateColumns = (table: string, known: Tail): string => `
  last.index::text AS index, last.time::text AS time, encode(last.chain, 'hex') AS chain,
  (SELECT encode(chain, 'hex') FROM ${table} WHERE index = ${known.size - 1}) AS known`;

const lastRow = (table: string): string => `
  FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM ${table} ORDER BY index DESC LIMIT 1) AS last ON true`;

/**
 * Begins an append, which waits until nobody else appends. The lock is taken by a statement of its own, so that what is
 * read after it is what the one before has committed; it needs no right but to be connected, and readers go on.
 */
export function beginAppend(table: string, patience: number): string {
  return `
    ${beginDurable};
    SET LOCAL lock_timeout TO ${patience};
    SELECT pg_advisory_xact_lock(${0x656d7278}::bigint << 32 | '${table}'::regclass::oid::bigint)`;
}

/** Begins a transaction whose commit waits for the disk and for synchronous standbys, and says so when it did not. */
export const beginDurable: string = `
  BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
  SET LOCAL client_min_messages TO warning;
  SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
    WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)`;

/** The last row, a known one, the last row of a batch if it was appended already, and the database's time. */
export function readTail(table: string, known: Tail, batch: string): string {
  return `SELECT ${stateColumns(table, known)},
    (SELECT min(index)::text FROM ${table} WHERE batch = '${batch}') AS done,
    floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS now ${lastRow(table)}`;
}

/** The last row of a batch. */
export function readBatchEnd(table: string, batch: string): string {
  return `SELECT index::text AS index, time::text AS time, encode(chain, 'hex') AS chain
    FROM ${table} WHERE batch = '${batch}' ORDER BY index DESC LIMIT 1`;
}

/** Adds rows; the parameters are four arrays and the name of the batch. */
export function insertRows(table: string): string {
  return `INSERT INTO ${table} (index, time, bytes, chain, batch)
    SELECT *, $5::uuid FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])`;
}

/** Most bytes of records that are read at a time, but for a record that is larger alone. */
const PAGE_BYTES = 8_000_000;

/** A page of rows; the parameters are the first index and the one after the last. */
export function readPage(table: string): string {
  return `SELECT index::text AS index, time::text AS time, encode(bytes, 'hex') AS bytes, encode(chain, 'hex') AS chain
    FROM (SELECT *, sum(length(bytes)) OVER (ORDER BY index) - length(bytes) AS before
      FROM ${table} WHERE index >= $1 AND index < $2) AS page
    WHERE before < ${PAGE_BYTES} ORDER BY page.index`;
}

/** The channel on which listeners are told of a table's size. */
export const changesChannel = (table: string): string => `${table.replace(".", "_")}_changes`;
