// Work on a connection of a pool, done again on another one while the server is away.
import { LedgerError } from "../errors.js";
import {
  databaseError,
  lastRows,
  mayRetry,
  type PostgresClient,
  type PostgresPool,
  type PostgresResult,
  pause,
} from "./connection.js";

/** Least pause before the server is tried again, milliseconds; it doubles up to sixteen times as much. */
export const PAUSE = 50;

/** The pause after this one. */
export const longer = (wait: number): number => Math.min(wait * 2, PAUSE * 16);

/** Pools and connections that already have a listener for errors; several logs may share them. */
const guarded: WeakSet<object> = /* @__PURE__ */ new WeakSet();

/** A pool that waits for its server. */
export interface PatientPool {
  /** Takes a connection, without waiting for a server that is away. */
  connect(): Promise<PostgresClient>;
  /** Runs work on a connection; again on another one while the server is away. `what` begins the message of a failure. */
  run<T>(what: string, work: (client: PostgresClient) => Promise<T>): Promise<T>;
  /** Runs one statement and gives its rows. */
  query(what: string, text: string, values?: unknown[]): Promise<PostgresResult["rows"]>;
}

/** A pool that goes on trying for so many milliseconds. */
export function patientPool(pool: PostgresPool, retryFor: number): PatientPool {
  if (!guarded.has(pool)) pool.on("error", () => {}); // an idle connection broke; the next use makes another
  guarded.add(pool);

  async function connect(): Promise<PostgresClient> {
    const client = await pool.connect();
    // A connection may break in the middle of work; the work itself reports it.
    if (!guarded.has(client)) client.on("error", () => {});
    guarded.add(client);
    return client;
  }

  async function run<T>(what: string, work: (client: PostgresClient) => Promise<T>): Promise<T> {
    const until = Date.now() + retryFor;
    for (let wait = PAUSE; ; wait = longer(wait)) {
      let client: PostgresClient | undefined;
      try {
        client = await connect();
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

  return {
    connect,
    run,
    query: (what, text, values) =>
      run(what, async (client) => lastRows(await client.query(text, values))),
  };
}
