// Setting up: the table, and the database itself set against changes of its rows. Done once, by whoever owns the schema.
import { LedgerError } from "../errors.js";
import type { PostgresPool } from "./connection.js";
import { type PostgresClient, runQuery, textOf } from "./connection.js";
import { patientPool } from "./patient-pool.js";
import { type PostgresTableOptions, tableOf } from "./table-options.js";

/**
 * Makes the table of a log, once, with rights to create in its schema. Whoever opens the log afterwards needs none of
 * these: SELECT and INSERT to write (`GRANT SELECT, INSERT ON emrx_log TO hospital_a`), SELECT to read. The rows cannot be
 * changed or removed, nor the table emptied, without first removing the trigger that refuses it, which only the table's
 * owner can; so let nobody who writes own it.
 *
 * @param pool a pool of connections to the server that takes writes
 * @param options schema, table, patience
 * @returns nothing; if the table is there already and has the right form, nothing happens
 * @throws LedgerError `EMRX_STORAGE` if the database refuses or another table has the name, `EMRX_INVALID_LABEL` for
 * names other than of lowercase letters, digits and underscores
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { createPostgresTable } from "@emrx/chain-adapter/postgres";
 *
 * const owner = new pg.Pool({ connectionString: "postgres://owner@db.example/consortium" });
 * await createPostgresTable(owner);
 * await owner.query("GRANT SELECT, INSERT ON emrx_log TO hospital_a, hospital_b");
 * await owner.end();
 * ```
 */
export async function createPostgresTable(
  pool: PostgresPool,
  options: PostgresTableOptions = {},
): Promise<void> {
  const { table, retryFor } = tableOf(options);
  await patientPool(pool, retryFor).run(`table ${table} cannot be made`, async (client) => {
    const lock = `SELECT pg_advisory_xact_lock(hashtext('${table}'))`;
    await runQuery(client, `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; ${lock}`);
    if (!(await exists(client, table))) await runQuery(client, definition(table));
    await requireTable(client, table);
    await runQuery(client, "COMMIT");
  });
}

const exists = async (client: PostgresClient, table: string): Promise<boolean> =>
  textOf(
    (await runQuery(client, `SELECT to_regclass('${table}')::text AS name`)).rows[0],
    "name",
  ) !== null;

function definition(table: string): string {
  const name = table.slice(table.indexOf(".") + 1);
  return `
    CREATE TABLE ${table} (
      index bigint PRIMARY KEY CHECK (index >= 0),
      time bigint NOT NULL,
      bytes bytea NOT NULL,
      chain bytea NOT NULL CHECK (length(chain) = 32),
      batch uuid NOT NULL
    );
    CREATE INDEX ${name}_batch ON ${table} (batch);
    CREATE FUNCTION ${table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'entries of a ledger are never changed or removed'; END $$;
    CREATE TRIGGER ${name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ${table}_refuse()`;
}

const columns = "index bigint, time bigint, bytes bytea, chain bytea, batch uuid";

/** Throws `EMRX_STORAGE` unless the table is there, in the right form, logged and unique by its index. */
export async function requireTable(client: PostgresClient, table: string): Promise<void> {
  const form = await runQuery(
    client,
    `SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) AS columns,
      min(class.relkind::text || class.relpersistence::text) AS kind,
      (SELECT count(*)::text FROM pg_catalog.pg_index WHERE indrelid = class.oid AND indisprimary AND indisvalid
        AND indkey::text = (SELECT attnum::text FROM pg_catalog.pg_attribute
          WHERE attrelid = class.oid AND attname = 'index')) AS keys
    FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_attribute ON attrelid = class.oid
    WHERE class.oid = to_regclass('${table}') AND attnum > 0 AND NOT attisdropped GROUP BY class.oid`,
  );
  const [row] = form.rows;
  if (row === undefined) {
    throw new LedgerError(
      "EMRX_STORAGE",
      `there is no table ${table}: make it once with createPostgresTable, and give the name of its schema if it is another.`,
    );
  }
  const found = textOf(row, "columns");
  if (found !== columns || textOf(row, "kind") !== "rp" || textOf(row, "keys") !== "1") {
    throw new LedgerError(
      "EMRX_STORAGE",
      `table ${table} is not the table of a log, which is an ordinary, logged one with index as its primary key and ` +
        `the columns ${columns}; it has ${found}.`,
    );
  }
}
