// Who waits for changes is told by NOTIFY, or on a standby, which has none, by looking; and catches up after every
// interruption.
import { LedgerError } from "../errors.js";
import type { LogChange } from "../ledger/ordered-log.js";
import { isStandbyError, type PostgresClient, pause, runQuery } from "./connection.js";
import { longer, PAUSE, type PatientPool } from "./patient-pool.js";
import { changesChannel } from "./table.js";

/** Tells listeners how far a table has grown. */
export interface ChangeFeed {
  subscribe(listener: (change: LogChange) => void): () => void;
  /** Tells the listeners of a size, unless they know of it. */
  tell(size: number): void;
  /** Stops listening and forgets the listeners. */
  close(): Promise<void>;
}

/** Pause between two looks at a standby, milliseconds. */
const LOOK = 250;

/** LISTEN; false if the server is a standby. */
async function listenOn(client: PostgresClient, table: string): Promise<boolean> {
  try {
    await runQuery(client, `LISTEN ${changesChannel(table)}`);
    return true;
  } catch (error) {
    if (isStandbyError(error)) return false;
    throw error;
  }
}

/**
 * Listens to a table.
 *
 * @param known size that nobody needs to be told of
 * @param sizeNow asks the table: what was missed while the connection was away
 */
export function changeFeed(
  pool: PatientPool,
  table: string,
  known: number,
  sizeNow: () => Promise<number>,
): ChangeFeed {
  const listeners = new Set<(change: LogChange) => void>();
  let told = known;
  let closed = false;
  let stop = (): void => {};
  const closing = new Promise<void>((resolve) => {
    stop = resolve;
  });

  function call(size: number): void {
    for (const listener of [...listeners]) listener({ size });
  }

  function tell(size: number): void {
    if (size <= told) return;
    told = size;
    call(size);
  }

  /** Listens on one connection until it breaks. */
  async function follow(client: PostgresClient): Promise<void> {
    let gone = false;
    const broken = new Promise<void>((resolve) => {
      const end = (): void => {
        gone = true;
        resolve();
      };
      client.on("error", end);
      client.on("end", end);
    });
    client.on("notification", ({ payload }) => tell(Number(payload)));
    for (let listening = false; !closed && !gone; ) {
      listening ||= await listenOn(client, table);
      tell(await sizeNow());
      await Promise.race([broken, closing, ...(listening ? [] : [pause(LOOK)])]);
    }
  }

  async function listen(): Promise<void> {
    for (let wait = PAUSE; !closed; wait = longer(wait)) {
      let client: PostgresClient | undefined;
      const since = Date.now();
      try {
        client = await pool.connect();
        await follow(client);
      } catch (error) {
        // The server is away, and is tried again; what is gone for good, whoever waits must hear of.
        if (error instanceof LedgerError && error.code === "EMRX_ROLLED_BACK") {
          closed = true;
          call(told);
        }
      }
      client?.release(true);
      if (Date.now() - since > PAUSE * 16) wait = PAUSE;
      if (!closed) await Promise.race([pause(wait), closing]);
    }
  }
  const listening = listen();

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell,
    async close() {
      closed = true;
      stop();
      await listening;
      listeners.clear();
    },
  };
}
