// Several servers, one of which takes writes: the primary, or the standby that was promoted.
import { type PostgresClient, type PostgresPool, runQuery, textOf } from "./connection.js";

/**
 * A pool over several servers of one replicated database: every connection is to a server that takes writes.
 *
 * @param pools one pool a server, in the order in which to try them
 * @returns a pool for `openPostgresLog`
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { failoverPool, openPostgresLog } from "@emrx/chain-adapter/postgres";
 *
 * const [primary, standby] = [new pg.Pool({ host: "db1.example" }), new pg.Pool({ host: "db2.example" })];
 * const log = await openPostgresLog(failoverPool([primary, standby]));
 * ```
 */
export function failoverPool(pools: readonly PostgresPool[]): PostgresPool {
  function on(event: "error", listener: (error: Error) => void): void;
  function on(event: "acquire", listener: (client: PostgresClient) => void): void;
  function on(
    event: "error" | "acquire",
    listener: (subject: Error & PostgresClient) => void,
  ): void {
    for (const pool of pools) pool.on(event as "error", listener as (error: Error) => void);
  }
  return {
    options: {
      max: Math.min(...pools.map(({ options }) => options?.max ?? Number.POSITIVE_INFINITY)),
    },
    on,
    async connect() {
      let failure: unknown = new Error("no server was given");
      for (const pool of pools) {
        let client: PostgresClient | undefined;
        try {
          client = await pool.connect();
          const statement = "SELECT pg_is_in_recovery()::text AS standby";
          const [row] = (await runQuery(client, statement)).rows;
          if (textOf(row, "standby") === "false") return client;
          client.release();
          failure = Object.assign(new Error("no server takes writes"), { code: "25006" });
        } catch (error) {
          client?.release(true);
          failure = error;
        }
      }
      throw failure;
    },
  };
}
