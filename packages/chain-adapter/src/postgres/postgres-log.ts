// An ordered log in a PostgreSQL table: for a consortium that runs on a database it operates and replicates already.
import { LedgerError } from "../errors.js";
import type { LogChange, OrderedLog } from "../ledger/ordered-log.js";
import type { LogEntry } from "../ledger/port.js";
import {
  databaseError,
  lastRows,
  mayRetry,
  type PostgresClient,
  type PostgresPool,
  pause,
} from "./connection.js";
import {
  beginAppend,
  checkedRow,
  createTable,
  emptyTail,
  endAppend,
  insertRows,
  nextRow,
  type Row,
  requireTableName,
  type Tail,
} from "./table.js";

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
  readonly resolve: (index: number) => void;
  readonly reject: (error: LedgerError) => void;
}

/** Rows read at a time. */
const PAGE = 1000;
/** Least pause before the server is tried again, milliseconds; it doubles up to sixteen times as much. */
const PAUSE = 50;

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
 * lowercase letters, digits and underscores
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
  requireTableName(options.table ?? "emrx_log");
  const log = new PostgresLog(pool, options);
  await log.start();
  return log;
}

/** Pools and connections that already have a listener for errors; several logs may share them. */
const guarded: WeakSet<object> = /* @__PURE__ */ new WeakSet();

class PostgresLog implements OrderedLog {
  readonly name = "postgres";
  readonly durable = true;
  readonly finalityDepth = 0;
  readonly #pool: PostgresPool;
  readonly #table: string;
  readonly #retryFor: number;
  readonly #clock: (() => number) | undefined;
  readonly #listeners = new Set<(change: LogChange) => void>();
  #queue: Append[] = [];
  #flushing: Promise<void> | undefined;
  /** The furthest row that was seen: it must never be gone. */
  #known: Tail = emptyTail;
  /** Size that listeners were told. */
  #told = 0;
  #failure: LedgerError | undefined;
  #closed = false;
  #listening: Promise<void> | undefined;
  #stopListening: () => void = () => {};

  constructor(pool: PostgresPool, options: PostgresLogOptions) {
    this.#pool = pool;
    this.#table = options.table ?? "emrx_log";
    this.#retryFor = options.retryFor ?? 30_000;
    this.#clock = options.clock;
    if (!guarded.has(pool)) pool.on("error", () => {}); // an idle connection broke; the next use makes another
    guarded.add(pool);
  }

  async start(): Promise<void> {
    await this.#withClient("the table cannot be made", (client) =>
      client.query(createTable(this.#table)),
    );
    this.#told = await this.size();
    this.#listening = this.#listen();
  }

  append(records: readonly Uint8Array[]): Promise<number> {
    const refused = this.#refusal();
    if (refused !== undefined) return Promise.reject(refused);
    return new Promise((resolve, reject) => {
      this.#queue.push({ records: records.map((bytes) => bytes.slice()), resolve, reject });
      this.#flushing ??= this.#flush();
    });
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
    let tail: Tail | undefined = from === 0 ? emptyTail : undefined;
    for (let at = from; at < to; ) {
      // The row before the first is read along: every row is checked against the one before it.
      const start = tail === undefined ? at - 1 : at;
      const end = Math.min(at + PAGE, to);
      const found = await this.#withClient(
        `rows ${start} to ${end} cannot be read`,
        async (client) =>
          lastRows(
            await client.query(
              `SELECT index, time, bytes, chain FROM ${this.#table} WHERE index >= $1 AND index < $2 ORDER BY index`,
              [start, end],
            ),
          ),
      );
      for (const row of found) {
        if (tail === undefined) {
          tail = { size: start + 1, time: Number(row["time"]), chain: row["chain"] as Uint8Array };
          continue;
        }
        const entry: Row = checkedRow(this.#table, tail, row);
        tail = { size: entry.index + 1, time: entry.time, chain: entry.chain };
        if (tail.size > this.#known.size) this.#known = tail;
        at++;
        yield { index: entry.index, time: entry.time, bytes: entry.bytes };
      }
      if (at < end) {
        throw new LedgerError("EMRX_DAMAGED", `table ${this.#table}: row ${at} is missing.`, {
          details: { table: this.#table, index: at },
        });
      }
    }
  }

  async size(): Promise<number> {
    const [row] = await this.#withClient("the table cannot be read", async (client) =>
      lastRows(
        await client.query(`SELECT coalesce(max(index) + 1, 0) AS size FROM ${this.#table}`),
      ),
    );
    return Number(row?.["size"]);
  }

  subscribe(listener: (change: LogChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flushing;
    this.#stopListening();
    await this.#listening;
    this.#listeners.clear();
  }

  #refusal(): LedgerError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    return this.#closed ? new LedgerError("EMRX_CLOSED", "the log is closed") : undefined;
  }

  async #connect(): Promise<PostgresClient> {
    const client = await this.#pool.connect();
    // A connection may break in the middle of work; the work itself reports it.
    if (!guarded.has(client)) client.on("error", () => {});
    guarded.add(client);
    return client;
  }

  /** Runs work on a connection; again on another one while the server is away. */
  async #withClient<T>(what: string, work: (client: PostgresClient) => Promise<T>): Promise<T> {
    const until = Date.now() + this.#retryFor;
    for (let wait = PAUSE; ; wait = Math.min(wait * 2, PAUSE * 16)) {
      let client: PostgresClient | undefined;
      try {
        client = await this.#connect();
        const result = await work(client);
        client.release();
        return result;
      } catch (error) {
        client?.release(true);
        const patient = !(error instanceof LedgerError) && mayRetry(error) && Date.now() < until;
        if (!patient) throw databaseError(error, what);
        await pause(wait);
      }
    }
  }

  /** Commits what is queued, and what is queued meanwhile, one transaction after the other. */
  async #flush(): Promise<void> {
    await Promise.resolve(); // appends made in the same turn go together
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        let index = await this.#commit(batch.flatMap(({ records }) => records));
        for (const { records, resolve } of batch) {
          resolve(index);
          index += records.length;
        }
        this.#tell(index);
      } catch (error) {
        for (const { reject } of batch) reject(error as LedgerError);
      }
    }
    this.#flushing = undefined;
  }

  async #commit(records: readonly Uint8Array[]): Promise<number> {
    if (records.length === 0) return this.size();
    const batch = globalThis.crypto.randomUUID();
    return this.#withClient("the entries cannot be appended", async (client) => {
      const known = this.#known; // a read may move it on while the database answers
      const begin = beginAppend(this.#table, known.size - 1, batch);
      const [state] = lastRows(await client.query(begin));
      if (state === undefined) throw new LedgerError("EMRX_STORAGE", "the database gave no state");
      this.#requireKnown(known, state["known"]);
      if (state["done"] !== null) {
        // The connection broke after the commit and before its answer.
        await client.query("ROLLBACK");
        return Number(state["done"]);
      }
      let tail: Tail = emptyTail;
      if (state["index"] !== null) {
        const chain = Uint8Array.from(state["chain"] as Uint8Array);
        tail = { size: Number(state["index"]) + 1, time: Number(state["time"]), chain };
      }
      const now = Math.floor(this.#clock?.() ?? Number(state["now"]));
      const time = Math.max(tail.time, now);
      const from = tail.size;
      const rows: Row[] = [];
      for (const bytes of records) {
        const row = nextRow(tail, time, bytes);
        rows.push(row);
        tail = { size: row.index + 1, time, chain: row.chain };
      }
      await client.query(insertRows(this.#table), [
        rows.map(({ index }) => index),
        rows.map((row) => row.time),
        rows.map(({ bytes }) => bytes),
        rows.map(({ chain }) => chain),
        batch,
      ]);
      await client.query(endAppend(this.#table, tail.size));
      if (tail.size > this.#known.size) this.#known = tail;
      return from;
    });
  }

  /** A row that was there once must be there for ever: a standby promoted without it has lost entries. */
  #requireKnown(known: Tail, chain: unknown): void {
    if (known.size === 0) return;
    const expected = known.chain;
    if (chain instanceof Uint8Array && expected.every((byte, i) => byte === chain[i])) return;
    this.#failure = new LedgerError(
      "EMRX_ROLLED_BACK",
      `table ${this.#table}: row ${known.size - 1} is gone or another one; the database has lost entries, for ` +
        "example by the promotion of a standby without synchronous replication.",
      { details: { table: this.#table, index: known.size - 1 } },
    );
    throw this.#failure;
  }

  #tell(size: number): void {
    if (size <= this.#told) return;
    this.#told = size;
    for (const listener of [...this.#listeners]) listener({ size });
  }

  /** Listens for changes, and after every interruption looks what was missed. */
  async #listen(): Promise<void> {
    const closing = new Promise<void>((resolve) => {
      this.#stopListening = resolve;
    });
    for (let wait = PAUSE; !this.#closed; wait = Math.min(wait * 2, PAUSE * 16)) {
      let client: PostgresClient | undefined;
      try {
        client = await this.#connect();
        const broken = new Promise<void>((resolve) => {
          client?.on("error", () => resolve());
          client?.on("end", () => resolve());
        });
        client.on("notification", ({ payload }) => this.#tell(Number(payload)));
        await client.query(`LISTEN ${this.#table}_changes`);
        wait = PAUSE;
        this.#tell(await this.size());
        await Promise.race([broken, closing]);
      } catch {
        // the server is away: below
      }
      client?.release(true);
      if (!this.#closed) await Promise.race([pause(wait), closing]);
    }
  }
}
