// An ordered log in a PostgreSQL table: for a consortium that runs on a database it operates and replicates already.
import { LedgerError } from "../errors.js";
import { AppendQueue } from "../ledger/append-queue.js";
import type { LogChange, OrderedLog } from "../ledger/ordered-log.js";
import type { LogEntry } from "../ledger/port.js";
import { requireOption } from "../ledger/require.js";
import { appendRows } from "./append-rows.js";
import { type ChangeFeed, changeFeed } from "./change-feed.js";
import type { PostgresPool } from "./connection.js";
import { type PatientPool, patientPool } from "./patient-pool.js";
import { readRows } from "./read-rows.js";
import { createTable, emptyTail, requireTableName, type Tail } from "./table.js";

/** Settings of a log in PostgreSQL. */
export interface PostgresLogOptions {
  /** Name of the table, `emrx_log` by default; made if it is not there. */
  readonly table?: string;
  /** How long to go on trying when the server is away, in milliseconds; 30 seconds by default. */
  readonly retryFor?: number;
  /** The clock, in milliseconds; the database's own by default. The log's time never goes back even if the clock does. */
  readonly clock?: () => number;
}

interface Append {
  readonly records: readonly Uint8Array[];
  readonly count: number;
}

/**
 * Opens a log in a PostgreSQL table. Several processes may write at once: appends are serializable transactions, and
 * whoever waits for changes is told by NOTIFY and catches up after every interruption. An append is acknowledged after a
 * synchronous commit; when the connection breaks while it commits, the log finds out by the batch's name whether it was
 * done, so that nothing acknowledged is lost and nothing is added twice. With `synchronous_standby_names` set in the
 * database, this holds across the promotion of a standby too.
 *
 * @param pool a pool of connections, for example `new pg.Pool({ connectionString })`; yours to end. A log holds one
 * connection to listen on and takes another to work
 * @param options table, patience, clock
 * @returns the log, for `fromOrderedLog`
 * @throws LedgerError `EMRX_STORAGE` if the database refuses, `EMRX_INVALID_LABEL` for another table name than of
 * lowercase letters, digits and underscores, `EMRX_INVALID_OPTION` if `retryFor` is no whole number
 * @see https://www.postgresql.org/docs/current/transaction-iso.html
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { createGenesis, fromOrderedLog } from "@emrx/chain-adapter";
 * import { openPostgresLog } from "@emrx/chain-adapter/postgres";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://ledger@db.example/consortium" });
 * const log = await openPostgresLog(pool);
 * const ledger = await fromOrderedLog(log, { genesis: createGenesis({ name: "trial" }) });
 * ```
 */
export async function openPostgresLog(
  pool: PostgresPool,
  options: PostgresLogOptions = {},
): Promise<OrderedLog> {
  const { table = "emrx_log", retryFor = 30_000, clock } = options;
  requireTableName(table);
  requireOption("retryFor", retryFor, 0);
  const patient = patientPool(pool, retryFor);
  await patient.run("the table cannot be made", (client) => client.query(createTable(table)));
  const size = await sizeOf(patient, table);
  return new PostgresLog(patient, table, clock, size);
}

async function sizeOf(pool: PatientPool, table: string): Promise<number> {
  const statement = `SELECT coalesce(max(index) + 1, 0) AS size FROM ${table}`;
  const [row] = await pool.query("the table cannot be read", statement);
  return Number(row?.["size"]);
}

class PostgresLog implements OrderedLog {
  readonly name = "postgres";
  readonly durable = true;
  readonly finalityDepth = 0;
  readonly #pool: PatientPool;
  readonly #table: string;
  readonly #clock: (() => number) | undefined;
  readonly #feed: ChangeFeed;
  readonly #queue: AppendQueue<Append>;
  /** The furthest row that was seen: it must never be gone. */
  #known: Tail = emptyTail;
  #failure: LedgerError | undefined;
  #closed = false;

  constructor(pool: PatientPool, table: string, clock: (() => number) | undefined, size: number) {
    this.#pool = pool;
    this.#table = table;
    this.#clock = clock;
    this.#feed = changeFeed(pool, table, size, () => this.size());
    this.#queue = new AppendQueue({
      commit: (batch) => this.#commit(batch.flatMap(({ records }) => records)),
      committed: (end) => this.#feed.tell(end),
      failed: (cause) => this.#failed(cause as LedgerError),
    });
  }

  append(records: readonly Uint8Array[]): Promise<number> {
    const refused = this.#refusal();
    if (refused !== undefined) return Promise.reject(refused);
    const copies = records.map((bytes) => bytes.slice());
    return this.#queue.add({ records: copies, count: copies.length });
  }

  async *read(from: number, to: number): AsyncGenerator<LogEntry, void, undefined> {
    const refused = this.#refusal();
    if (refused !== undefined) throw refused;
    const size = await this.size();
    const whole = Number.isSafeInteger(from) && Number.isSafeInteger(to);
    if (!whole || from < 0 || from > to || to > size) {
      throw new LedgerError(
        "EMRX_LOG_RANGE",
        `from and to must be whole numbers with 0 <= from <= to <= ${size}; got ${from} and ${to}.`,
      );
    }
    for await (const row of readRows(this.#pool, this.#table, from, to)) {
      this.#see({ size: row.index + 1, time: row.time, chain: row.chain });
      yield { index: row.index, time: row.time, bytes: row.bytes };
    }
  }

  size(): Promise<number> {
    return sizeOf(this.#pool, this.#table);
  }

  subscribe(listener: (change: LogChange) => void): () => void {
    return this.#feed.subscribe(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.idle();
    await this.#feed.close();
  }

  #refusal(): LedgerError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    return this.#closed ? new LedgerError("EMRX_CLOSED", "the log is closed") : undefined;
  }

  #see(tail: Tail): void {
    if (tail.size > this.#known.size) this.#known = tail;
  }

  /** What is gone does not come back: the log must not go on as if it had never been. */
  #failed(error: LedgerError): LedgerError {
    if (error.code === "EMRX_ROLLED_BACK") this.#failure = error;
    return error;
  }

  async #commit(records: readonly Uint8Array[]): Promise<number> {
    if (records.length === 0) return this.size();
    const batch = globalThis.crypto.randomUUID();
    return this.#pool.run("the entries cannot be appended", async (client) => {
      const known = this.#known; // a read may move it on while the database answers
      const request = { table: this.#table, known, batch, records, clock: this.#clock };
      const { from, tail } = await appendRows(client, request);
      if (tail !== undefined) this.#see(tail);
      return from;
    });
  }
}
