// Work on a connection of a pool, done again on another one while the server is away, and given up after a time.
import { LedgerError } from "../errors.js";
import {
  databaseError,
  mayRetry,
  type PostgresClient,
  type PostgresPool,
  type PostgresResult,
  pause,
  runQuery,
} from "./connection.js";

/** Least pause before the server is tried again, milliseconds; it doubles up to sixteen times as much. */
export const PAUSE = 50;

/** The pause after this one. */
export const longer = (wait: number): number => Math.min(wait * 2, PAUSE * 16);

/** Pools and connections that already have a listener for errors; several logs may share them. */
const guarded: WeakSet<object> = /* @__PURE__ */ new WeakSet();

/** A connection may break at any moment, in work or not: the work, or the next one, finds out; the process goes on. */
function guard(emitter: PostgresPool | PostgresClient): void {
  if (guarded.has(emitter)) return;
  guarded.add(emitter);
  (emitter as PostgresPool).on("error", () => {});
}

/** A pool that waits for its server. */
export interface PatientPool {
  /** How long it waits, milliseconds. */
  readonly retryFor: number;
  /** Takes a connection, without waiting for a server that is away. */
  connect(): Promise<PostgresClient>;
  /** Runs work on a connection; again on another one while the server is away. `what` begins the message of a failure. */
  run<T>(what: string, work: (client: PostgresClient) => Promise<T>): Promise<T>;
  /** Runs one statement and gives its rows. */
  query(what: string, text: string, values?: unknown[]): Promise<PostgresResult["rows"]>;
}

/** A pool that goes on trying for so many milliseconds. */
export function patientPool(pool: PostgresPool, retryFor: number): PatientPool {
  if (!guarded.has(pool)) pool.on("acquire", guard);
  guard(pool);

  async function connect(limit: number = retryFor): Promise<PostgresClient> {
    const connecting = pool.connect();
    const free =
      "no connection was free: each open log keeps one to listen on and takes another to work";
    try {
      const client = await within(limit, connecting, free);
      guard(client); // pools of other drivers may tell of no acquisition
      return client;
    } catch (error) {
      // One that comes too late is not needed any more.
      connecting.then(
        (client) => client.release(),
        () => {},
      );
      throw error;
    }
  }

  async function attempt<T>(
    limit: number,
    work: (client: PostgresClient) => Promise<T>,
  ): Promise<T> {
    const client = await connect(limit);
    try {
      const result = await within(limit, work(client), "the server did not answer");
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async function run<T>(what: string, work: (client: PostgresClient) => Promise<T>): Promise<T> {
    const until = Date.now() + retryFor;
    for (let wait = PAUSE; ; wait = longer(wait)) {
      try {
        return await attempt(Math.max(1, until - Date.now()), work);
      } catch (error) {
        const patient =
          !(error instanceof LedgerError) && mayRetry(error) && Date.now() + wait < until;
        if (!patient) throw databaseError(error, what);
        await pause(wait);
      }
    }
  }

  return {
    retryFor,
    connect,
    run,
    query: (what, text, values) =>
      run(what, async (client) => (await runQuery(client, text, values)).rows),
  };
}

/** The promise, or an error after so many milliseconds. */
async function within<T>(limit: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}, within ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
