// The table behind a log: one row an entry, a hash chain over the rows, and the database itself set against changes.
import { LedgerError } from "../errors.js";
import { lengthPrefixed, shown, uint64 } from "../identity/encoding.js";
import type { LogEntry } from "../ledger/port.js";
import { sha256 } from "../merkle/sha256.js";

/** The last row, or the place of one that is known. */
export interface Tail {
  /** Number of entries up to and with this one. */
  readonly size: number;
  readonly time: number;
  /** Hash over this row and all before it. */
  readonly chain: Uint8Array;
}

export const emptyTail: Tail = { size: 0, time: 0, chain: new Uint8Array(32) };

/** A row as it is written. */
export interface Row extends LogEntry {
  readonly chain: Uint8Array;
}

/** The row after a tail. */
export function nextRow(tail: Tail, time: number, bytes: Uint8Array): Row {
  const index = tail.size;
  const chain = sha256(lengthPrefixed(tail.chain, uint64(index), uint64(time), bytes));
  return { index, time, bytes, chain };
}

/** A whole number of a column; drivers give large ones as text. */
const whole = (value: unknown): number =>
  typeof value === "number" || (typeof value === "string" && /^(0|[1-9]\d*)$/.test(value))
    ? Number(value)
    : Number.NaN;

/** A row as it was read, checked against the row before it. */
export function checkedRow(table: string, tail: Tail, row: Readonly<Record<string, unknown>>): Row {
  const [bytes, chain] = [row["bytes"], row["chain"]];
  const [index, time] = [whole(row["index"]), whole(row["time"])];
  const formed = bytes instanceof Uint8Array && chain instanceof Uint8Array;
  if (formed && index === tail.size && Number.isSafeInteger(time) && time >= 0) {
    const expected = nextRow(tail, time, Uint8Array.from(bytes));
    const follows = chain.length === 32 && expected.chain.every((byte, i) => byte === chain[i]);
    if (follows) return expected;
  }
  throw new LedgerError(
    "EMRX_DAMAGED",
    `table ${table}, row ${index}: it does not follow from row ${tail.size - 1}; a row was altered, added or removed.`,
    { details: { table, index } },
  );
}

/** Throws `EMRX_INVALID_LABEL` unless the name is safe to put into a statement. */
export function requireTableName(table: string): void {
  if (typeof table === "string" && /^[a-z_][a-z0-9_]{0,40}$/.test(table)) return;
  throw new LedgerError(
    "EMRX_INVALID_LABEL",
    `table must be 1 to 41 lowercase letters, digits and underscores; got ${shown(table)}.`,
  );
}

/** Makes the table if it is not there. Rows cannot be changed or removed without first removing the trigger. */
export function createTable(table: string): string {
  return `
    BEGIN;
    SELECT pg_advisory_xact_lock(hashtext('${table}'));
    CREATE TABLE IF NOT EXISTS ${table} (
      index bigint PRIMARY KEY CHECK (index >= 0),
      time bigint NOT NULL,
      bytes bytea NOT NULL,
      chain bytea NOT NULL CHECK (length(chain) = 32),
      batch uuid NOT NULL
    );
    CREATE INDEX IF NOT EXISTS ${table}_batch ON ${table} (batch);
    CREATE OR REPLACE FUNCTION ${table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'entries of a ledger are never changed or removed'; END $$;
    DROP TRIGGER IF EXISTS ${table}_append_only ON ${table};
    CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ${table}_refuse();
    COMMIT`;
}

/** Begins an append: nobody else appends until it ends, readers go on. Gives the last row and the database's time. */
export function beginAppend(table: string, known: number, batch: string): string {
  return `
    BEGIN ISOLATION LEVEL SERIALIZABLE;
    SET LOCAL synchronous_commit TO on;
    LOCK TABLE ${table} IN EXCLUSIVE MODE;
    SELECT last.index, last.time, last.chain,
      (SELECT chain FROM ${table} WHERE index = ${known}) AS known,
      (SELECT min(index) FROM ${table} WHERE batch = '${batch}') AS done,
      floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
    FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM ${table} ORDER BY index DESC LIMIT 1) AS last ON true`;
}

/** Adds rows; the parameters are four arrays and the name of the batch. */
export function insertRows(table: string): string {
  return `INSERT INTO ${table} (index, time, bytes, chain, batch)
    SELECT *, $5::uuid FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])`;
}

/** The channel on which listeners are told of a table's size. */
export const changesChannel = (table: string): string => `${table}_changes`;

/** Ends an append and tells the listeners. */
export function endAppend(table: string, size: number): string {
  return `NOTIFY ${changesChannel(table)}, '${size}'; COMMIT`;
}
