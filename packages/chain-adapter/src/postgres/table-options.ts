// Which table, and how long to wait for its server: the settings that setting up and opening share.
import { requireOption } from "../ledger/require.js";
import { tableName } from "./table.js";

/** Where a log stands in a database. */
export interface PostgresTableOptions {
  /** Name of the table, `emrx_log` by default. */
  readonly table?: string;
  /** Name of its schema, `public` by default. The search path of the database and its users does not matter. */
  readonly schema?: string;
  /**
   * How long to go on trying when the server is away or does not answer, in milliseconds; 30 seconds by default. An
   * append that waits longer for a synchronous standby fails with `EMRX_STORAGE`: it may yet be carried out.
   */
  readonly retryFor?: number;
}

/** The settings with their defaults, checked. */
export function tableOf(options: PostgresTableOptions): {
  readonly table: string;
  readonly retryFor: number;
} {
  const { table = "emrx_log", schema = "public", retryFor = 30_000 } = options;
  return { table: tableName(schema, table), retryFor: requireOption("retryFor", retryFor, 1) };
}
