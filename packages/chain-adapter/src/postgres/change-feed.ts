// Who waits for changes is told by NOTIFY, and catches up after every interruption.
import type { LogChange } from "../ledger/ordered-log.js";
import { type PostgresClient, pause } from "./connection.js";
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

  function tell(size: number): void {
    if (size <= told) return;
    told = size;
    for (const listener of [...listeners]) listener({ size });
  }

  async function listen(): Promise<void> {
    for (let wait = PAUSE; !closed; wait = longer(wait)) {
      let client: PostgresClient | undefined;
      try {
        client = await pool.connect();
        const broken = new Promise<void>((resolve) => {
          client?.on("error", () => resolve());
          client?.on("end", () => resolve());
        });
        client.on("notification", ({ payload }) => tell(Number(payload)));
        await client.query(`LISTEN ${changesChannel(table)}`);
        wait = PAUSE;
        tell(await sizeNow());
        await Promise.race([broken, closing]);
      } catch {
        // the server is away: below
      }
      client?.release(true);
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
