// An ordered log in a PostgreSQL table: for a consortium that runs on a database it operates and replicates already.
import { LedgerError } from "../errors.js";
import { AppendQueue } from "../ledger/append-queue.js";
import type {
  LogChange,
  LogClock,
  LogFinality,
  LogLimits,
  OrderedLog,
} from "../ledger/ordered-log.js";
import type { LogEntry } from "../ledger/port.js";
import { requireLimits, requireRange } from "../ledger/require.js";
import { appendRows } from "./append-rows.js";
import { type ChangeFeed, changeFeed } from "./change-feed.js";
import { requireReplicated } from "./commit.js";
import { type PostgresPool, runQuery, textOf } from "./connection.js";
import { requireTable } from "./create-table.js";
import { requireKnown } from "./known-row.js";
import { type PatientPool, patientPool } from "./patient-pool.js";
import { readRows } from "./read-rows.js";
import { emptyTail, readState, type Tail, tailOf } from "./table.js";
import { type PostgresTableOptions, tableOf } from "./table-options.js";

/** Settings of a log in PostgreSQL. */
export interface PostgresLogOptions extends PostgresTableOptions {
  /** The clock, in milliseconds; the database's own by default. The log's time never goes back even if the clock does. */
  readonly clock?: () => number;
}

interface Append {
  readonly records: readonly Uint8Array<ArrayBuffer>[];
  readonly count: number;
}

/**
 * Opens a log in a PostgreSQL table that `createPostgresTable` made. Writing needs the rights SELECT and INSERT on it,
 * reading SELECT; a hot standby can be read. Several processes may write at once: appends take turns, and whoever waits
 * for changes is told by NOTIFY and catches up after every interruption. An append is acknowledged after a synchronous
 * commit; when the connection breaks while it commits, or its wait for a standby is cut short, the log finds out by the
 * batch's name whether it was done and waits for its replication, so that nothing acknowledged is lost and nothing is added
 * twice. What others wrote is given out only when it was replicated, too. With `synchronous_standby_names` set in the
 * database, this holds across the promotion of such a standby; a row that was seen and is gone makes every later call end
 * in `EMRX_ROLLED_BACK`.
 *
 * @param pool a pool of at least two connections, for example `new pg.Pool({ connectionString })`; yours to end. A log
 * holds one connection to listen on and takes another to work
 * @param options schema, table, patience, clock
 * @returns the log, for `fromOrderedLog`
 * @throws LedgerError `EMRX_STORAGE` if there is no such table or the database refuses, `EMRX_INVALID_LABEL` for names
 * other than of lowercase letters, digits and underscores, `EMRX_INVALID_OPTION` if `retryFor` is no whole number above 0
 * or the pool has a single connection
 * @see https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { createGenesis, fromOrderedLog } from "@emrx/chain-adapter";
 * import { openPostgresLog } from "@emrx/chain-adapter/postgres";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://hospital_a@db.example/consortium" });
 * const log = await openPostgresLog(pool);
 * const ledger = await fromOrderedLog(log, { genesis: createGenesis({ name: "trial" }) });
 * ```
 */
export async function openPostgresLog(
  pool: PostgresPool,
  options: PostgresLogOptions = {},
): Promise<OrderedLog> {
  const { table, retryFor } = tableOf(options);
  const max = pool.options?.max;
  if (max !== undefined && max < 2) {
    throw new LedgerError(
      "EMRX_INVALID_OPTION",
      `the pool must have two connections or more, one to listen on and one to work; it has ${max}.`,
    );
  }
  const patient = patientPool(pool, retryFor);
  await patient.run(`table ${table} cannot be opened`, (client) => requireTable(client, table));
  const log = new PostgresLog(patient, table, options.clock);
  await log.size();
  log.listen();
  return log;
}

class PostgresLog implements OrderedLog {
  readonly name = "postgres";
  readonly durable = true;
  readonly limits: LogLimits = {
    recordBytes: 16 << 20,
    appendRecords: 10_000,
    appendBytes: 64 << 20,
  };
  readonly clock: LogClock;
  readonly finality: LogFinality = { kind: "immediate" };
  readonly #pool: PatientPool;
  readonly #table: string;
  readonly #clock: (() => number) | undefined;
  readonly #queue: AppendQueue<Append>;
  #feed: ChangeFeed | undefined;
  /** The furthest row that was seen: it must never be gone. */
  #known: Tail = emptyTail;
  #failure: LedgerError | undefined;
  #closed = false;

  constructor(pool: PatientPool, table: string, clock: (() => number) | undefined) {
    this.#pool = pool;
    this.#table = table;
    this.#clock = clock;
    const whose = clock === undefined ? "the database server" : "the process that appends";
    this.clock = { whose, resolution: 1 };
    this.#queue = new AppendQueue({
      commit: (batch) => this.#commit(batch.flatMap(({ records }) => records)),
      committed: (end) => this.#feed?.tell(end),
      failed: (cause) => this.#failed(cause),
    });
  }

  /** Begins to listen. */
  listen(): void {
    this.#feed = changeFeed(this.#pool, this.#table, this.#known.size, () => this.size());
  }

  async append(records: readonly Uint8Array<ArrayBuffer>[]): Promise<number> {
    this.#requireOpen();
    requireLimits(records, this.limits);
    const copies = records.map((bytes) => bytes.slice());
    return this.#queue.add({ records: copies, count: copies.length });
  }

  async *read(from: number, to: number): AsyncGenerator<LogEntry, void, undefined> {
    requireRange(from, to, await this.size());
    for await (const row of readRows(this.#pool, this.#table, from, to)) {
      yield { index: row.index, time: row.time, bytes: row.bytes };
    }
  }

  async size(): Promise<number> {
    this.#requireOpen();
    const work = `the size of table ${this.#table} cannot be read`;
    try {
      return await this.#pool.run(work, async (client) => {
        const known = this.#known; // an append may move it on while the database answers
        const [state] = (await runQuery(client, readState(this.#table, known))).rows;
        requireKnown(this.#table, known, state);
        const tail = tailOf(state) ?? emptyTail;
        // Rows of others, or of an earlier life of this process, may be committed and not yet replicated. What stands
        // on a standby was.
        if (tail.size > known.size && textOf(state, "standby") === "false") {
          await requireReplicated(client);
        }
        this.#see(tail);
        return tail.size;
      });
    } catch (error) {
      throw this.#failed(error);
    }
  }

  subscribe(listener: (change: LogChange) => void): () => void {
    return this.#feed?.subscribe(listener) ?? (() => {});
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.idle();
    await this.#feed?.close();
  }

  #requireOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new LedgerError("EMRX_CLOSED", "the log is closed");
  }

  #see(tail: Tail): void {
    if (tail.size > this.#known.size) this.#known = tail;
  }

  /** What is gone does not come back: the log must not go on as if it had never been. */
  #failed(error: unknown): LedgerError {
    const failure = error as LedgerError; // the pool throws no other
    if (failure.code === "EMRX_ROLLED_BACK") this.#failure = failure;
    return failure;
  }

  async #commit(records: readonly Uint8Array<ArrayBuffer>[]): Promise<number> {
    if (records.length === 0) return this.size();
    const batch = globalThis.crypto.randomUUID();
    return this.#pool.run("the entries cannot be appended", async (client) => {
      const { from, tail } = await appendRows(client, {
        table: this.#table,
        known: this.#known,
        batch,
        records,
        clock: this.#clock,
        patience: this.#pool.retryFor,
      });
      this.#see(tail);
      return from;
    });
  }
}
