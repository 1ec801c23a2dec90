// A store in a table of PostgreSQL: several processes share it.
import { compareBytes, fromHex, isBytes } from "@emrx/internal/bytes";
import { methods, object, text } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { storeKeyBytes } from "../stores/key.js";
import type { Store, StoreWrite } from "../stores/store.js";

/** What is needed of a connection; those of the package `pg` have it. */
export interface PostgresStoreClient {
  /** Runs a statement. */
  query(query: {
    readonly text: string;
    readonly values?: unknown[];
    readonly types: { getTypeParser(): (value: string | Uint8Array) => unknown };
  }): Promise<unknown>;
  /** Calls the listener for what the server remarks beside its answers. */
  on(event: "notice", listener: (notice: object) => void): unknown;
  /** Calls the listener when the connection breaks. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Calls the listener no more. */
  off(event: "notice" | "error", listener: () => void): unknown;
  /** Gives the connection back, or with `true` closes it. */
  release(destroy?: boolean): void;
}

/** A pool of connections, for example `new pg.Pool({ connectionString })`. */
export interface PostgresStorePool {
  /** Takes a connection. */
  connect(): Promise<PostgresStoreClient>;
}

/** Which table. */
export interface PostgresStoreOptions {
  /** The table's name, in lower case, or with its schema before it: `"emrx.budgets"`. */
  readonly table: string;
}

const optionsShape = /* @__PURE__ */ object({
  table: /* @__PURE__ */ text({
    form: /^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/,
    described: 'a table\'s name in lower case, such as "budgets" or "emrx.budgets"',
  }),
});
const poolShape = /* @__PURE__ */ methods<PostgresStorePool>("a pool of connections", "connect");

/**
 * Makes the table of a store, where it is not there yet: a step of its own, done once by whoever may create tables.
 *
 * @param pool a pool of connections
 * @param options the table
 * @throws `EMRX_BAD_PARAMETER` for a name that is none, `EMRX_STORE_FAILED` for what the database refuses
 */
export async function createPostgresStoreTable(
  pool: PostgresStorePool,
  options: PostgresStoreOptions,
): Promise<void> {
  check(poolShape, pool, "pool");
  const { table } = check(optionsShape, options, "options");
  await withClient(pool, table, (client) =>
    run(
      client,
      `CREATE TABLE IF NOT EXISTS ${table} (key bytea PRIMARY KEY, bytes bytea NOT NULL)`,
    ),
  );
}

/**
 * A store in a table that `createPostgresStoreTable` made. It needs SELECT, INSERT and UPDATE on it. Each `write` is one
 * transaction, acknowledged when it is committed as durably as the database is set to commit, on its synchronous standbys too.
 *
 * @param pool a pool of connections; the application closes it
 * @param options the table
 * @returns the store
 * @throws `EMRX_BAD_PARAMETER` for what is no pool or no name, `EMRX_STORE_FAILED` where the table cannot be read; `read` and `write`
 *   reject with the latter, too
 * @example
 * ```ts no-run
 * import { createPostgresStoreTable, postgresStore } from "@emrx/ldp-core/postgres";
 * import pg from "pg";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://localhost/hospital" });
 * await createPostgresStoreTable(pool, { table: "budgets" });
 * const memory = await postgresStore(pool, { table: "budgets" });
 * ```
 */
export async function postgresStore(
  pool: PostgresStorePool,
  options: PostgresStoreOptions,
): Promise<Store> {
  check(poolShape, pool, "pool");
  const { table } = check(optionsShape, options, "options");
  /** Whether a commit's outcome is unknown, or a process before this one may have left one that was not replicated. */
  let unsure = true;
  const settle = async (client: PostgresStoreClient): Promise<void> => {
    if (!unsure) return;
    // A commit behind all others: once it is replicated, they are.
    await run(client, beginDurable);
    await commit(client, "SELECT pg_logical_emit_message(true, 'emrx', '')::text");
    unsure = false;
  };
  await withClient(pool, table, async (client) => {
    await run(client, `SELECT key, bytes FROM ${table} LIMIT 0`);
    await settle(client);
  });
  return {
    read: (keys) =>
      withClient(pool, table, async (client) => {
        await settle(client);
        const rows = await run(client, readRows(table), [keys.map(keyBytes)]);
        const found = new Array<Uint8Array<ArrayBuffer> | undefined>(keys.length).fill(undefined);
        for (const { place, bytes } of rows) found[Number(place) - 1] = bytesOf(bytes);
        return found;
      }),
    write: (writes) =>
      withClient(pool, table, async (client) => {
        await settle(client);
        if (writes.length === 0) return true;
        await run(client, beginDurable);
        if (!(await compareAndSet(client, table, writes))) {
          await run(client, "ROLLBACK");
          return false;
        }
        unsure = true; // until the commit has answered
        await commit(client, "SELECT 1");
        unsure = false;
        return true;
      }),
  };
}

// A report leaves only after its debit is durable, whatever the application has set; warnings tell when a wait was cut short.
const beginDurable = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
  SET LOCAL client_min_messages TO warning;
  SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
    WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)`;

const readRows = (table: string): string =>
  `SELECT wanted.place::text AS place, encode(found.bytes, 'hex') AS bytes
   FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted(key, place) JOIN ${table} AS found USING (key)`;

/** Inserts and updates what stands as expected; whether that was everything. */
async function compareAndSet(
  client: PostgresStoreClient,
  table: string,
  writes: readonly StoreWrite[],
): Promise<boolean> {
  // In one order for all, so that two transactions seldom wait for each other.
  const sorted = writes
    .map((write) => ({ ...write, key: keyBytes(write.key) }))
    .sort((x, y) => compareBytes(x.key, y.key));
  const fresh = sorted.filter(({ expected }) => expected === undefined);
  const known = sorted.filter(({ expected }) => expected !== undefined);
  try {
    const inserted = await count(
      client,
      `INSERT INTO ${table} (key, bytes) SELECT * FROM unnest($1::bytea[], $2::bytea[])
       ON CONFLICT DO NOTHING`,
      [fresh.map(({ key }) => key), fresh.map(({ bytes }) => buffer(bytes))],
    );
    if (inserted !== fresh.length) return false;
    const updated = await count(
      client,
      `UPDATE ${table} AS row SET bytes = given.bytes
       FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) AS given(key, expected, bytes)
       WHERE row.key = given.key AND row.bytes = given.expected`,
      [
        known.map(({ key }) => key),
        known.map(({ expected }) => buffer(expected as Uint8Array)),
        known.map(({ bytes }) => buffer(bytes)),
      ],
    );
    return updated === known.length;
  } catch (error) {
    // Two transactions in each other's way: the other one goes first.
    if (/^(40001|40P01)$/.test(String((error as { code?: unknown }).code))) return false;
    throw error;
  }
}

async function count(
  client: PostgresStoreClient,
  statement: string,
  values: unknown[][],
): Promise<number> {
  if (values[0]?.length === 0) return 0;
  const [row] = await run(
    client,
    `WITH changed AS (${statement} RETURNING 1) SELECT count(*)::text AS n FROM changed`,
    values,
  );
  return Number(row?.["n"]);
}

/** Commits; throws unless the commit was done and replicated as the database is set to replicate. */
async function commit(client: PostgresStoreClient, statement: string): Promise<void> {
  let warned = false;
  const warn = (): void => {
    warned = true; // a wait for a standby that was cut short is answered as if it were done, with a warning
  };
  client.on("notice", warn);
  try {
    const result = await query(client, `${statement}; COMMIT`);
    if (result.command === "COMMIT" && !warned) return;
  } finally {
    client.off("notice", warn);
  }
  throw new Error("the commit was cut short before it was replicated");
}

async function withClient<T>(
  pool: PostgresStorePool,
  table: string,
  work: (client: PostgresStoreClient) => Promise<T>,
): Promise<T> {
  let client: PostgresStoreClient | undefined;
  const ignore = (): void => {}; // a connection that breaks makes its statement fail; without a listener it would end the process
  try {
    client = await pool.connect();
    client.on("error", ignore);
    const result = await work(client);
    client.off("error", ignore);
    client.release();
    return result;
  } catch (cause) {
    client?.release(true); // whatever it was in the middle of is rolled back
    if (cause instanceof LdpError) throw cause;
    throw new LdpError(
      "EMRX_STORE_FAILED",
      `table ${table}: ${cause instanceof Error ? cause.message : String(cause)}; what was to be written may stand or not`,
      { cause },
    );
  }
}

/** Every column as text, whatever parsers the application has set. */
const types = {
  getTypeParser:
    () =>
    (value: string | Uint8Array): string =>
      isBytes(value) ? new TextDecoder().decode(value) : value,
};

async function query(
  client: PostgresStoreClient,
  statement: string,
  values?: unknown[],
): Promise<{ readonly command: string; readonly rows: readonly Row[] }> {
  const given = { text: statement, types, ...(values === undefined ? {} : { values }) };
  const result: unknown = await client.query(given);
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  const { command, rows } = (last ?? {}) as { readonly command?: unknown; readonly rows?: unknown };
  if (typeof command === "string" && Array.isArray(rows)) return { command, rows };
  throw new Error("the driver gave no command and no rows");
}

type Row = Readonly<Record<string, unknown>>;

async function run(
  client: PostgresStoreClient,
  statement: string,
  values?: unknown[],
): Promise<readonly Row[]> {
  return (await query(client, statement, values)).rows;
}

/** Keys as UTF-8: a text column would refuse some and compare others by its collation. */
const keyBytes = (key: string): Uint8Array => buffer(storeKeyBytes(key));

/** The driver takes Node's buffers for bytes. */
function buffer(bytes: Uint8Array): Uint8Array {
  const { Buffer } = globalThis as unknown as { Buffer?: { from(bytes: Uint8Array): Uint8Array } };
  return Buffer === undefined ? bytes : Buffer.from(bytes);
}

function bytesOf(hex: unknown): Uint8Array<ArrayBuffer> {
  const bytes = typeof hex === "string" ? fromHex(hex) : undefined;
  if (bytes === undefined) throw new Error(`the driver gave ${typeof hex} for bytes`);
  return bytes;
}
