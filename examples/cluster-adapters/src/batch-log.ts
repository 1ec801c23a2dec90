// An ordered log over any replicated store that can keep a value under a key unless one is there, and tell its last key
// as of now. Every append is one value, under the index of its first record: whoever is late finds the place taken.
import { LedgerError } from "@emrx/chain-adapter";
import type { LogChange, LogEntry, OrderedLog } from "@emrx/chain-adapter/ledger";
import { type Batch, decodeBatch, encodeBatch } from "./batch.js";

/** A value and its key. */
export interface Stored {
  /** Index of the first record. */
  readonly from: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the log needs of a store. Each function throws if the store cannot be reached. */
export interface BatchStore {
  readonly name: string;
  /** Most bytes of a value, 1.5 MB or more. */
  readonly valueBytes: number;
  /**
   * Keeps a value under a key unless one is there. False if another one is there; true if this one is, so that it can be
   * asked again when the answer was lost.
   */
  create(value: Stored): Promise<boolean>;
  /** The last value, and not the last of some time ago: what was created before this was called is seen. */
  last(): Promise<Stored | undefined>;
  /** Some values in order, from the one that holds an index on, none from `to` on; one at least if there is one. */
  page(index: number, to: number): Promise<readonly Stored[]>;
  /** Calls back when something may have been created; returns a function that ends that. */
  watch(changed: () => void): () => void;
  close(): Promise<void>;
}

/** How long to go on trying when the store cannot be reached, and the pause between two attempts, milliseconds. */
const PATIENCE = 20_000;
const PAUSE = 100;

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A store as an ordered log. */
export function batchLog(store: BatchStore, clock: () => number = Date.now): OrderedLog {
  let state: "open" | "closing" | "closed" = "open";
  const limits = {
    recordBytes: 1 << 20,
    appendRecords: 1000,
    appendBytes: store.valueBytes - 5000,
  };
  const stops = new Set<() => void>();
  /** Appends of this client go one after the other. */
  let appending: Promise<unknown> = Promise.resolve();

  function requireOpen(): void {
    if (state !== "open") throw new LedgerError("EMRX_CLOSED", "the log is closed");
  }

  /** Tries again while the store cannot be reached: everything asked of it may be asked again. */
  async function insist<T>(ask: () => Promise<T>): Promise<T> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      if (state === "closed") requireOpen();
      try {
        return await ask();
      } catch (cause) {
        if (cause instanceof LedgerError) throw cause;
        if (Date.now() > until)
          throw new LedgerError("EMRX_STORAGE", `${store.name} did not answer`, { cause });
        await pause(PAUSE);
      }
    }
  }

  async function end(): Promise<{ readonly size: number; readonly time: number }> {
    const last = await insist(() => store.last());
    if (last === undefined) return { size: 0, time: 0 };
    const { time, records } = decodeBatch(last.bytes);
    return { size: last.from + records.length, time };
  }

  async function append(records: readonly Uint8Array<ArrayBuffer>[]): Promise<number> {
    const id = crypto.getRandomValues(new Uint8Array(16));
    for (;;) {
      const { size: from, time } = await end();
      if (records.length === 0) return from;
      const batch: Batch = { id, time: Math.max(time, Math.floor(clock())), records };
      const bytes = encodeBatch(batch);
      // The same value under the same key, however often: it is there once or not at all.
      if (await insist(() => store.create({ from, bytes }))) return from;
    }
  }

  return {
    name: store.name,
    durable: true,
    limits,
    clock: { whose: "the process that appends", resolution: 1 },
    finality: { kind: "immediate" },

    async append(records) {
      requireOpen();
      const copies = records.map((bytes) => bytes.slice());
      const total = copies.reduce((sum, { length }) => sum + length, 0);
      const longest = Math.max(0, ...copies.map(({ length }) => length));
      const { recordBytes, appendRecords, appendBytes } = limits;
      if (longest > recordBytes || total > appendBytes || copies.length > appendRecords) {
        throw new LedgerError("EMRX_ENTRY_TOO_LARGE", `${total} bytes in ${copies.length} records`);
      }
      const done = appending.then(() => append(copies));
      appending = done.catch(() => undefined);
      return done;
    },

    async *read(from, to) {
      requireOpen();
      const whole = Number.isSafeInteger(from) && Number.isSafeInteger(to);
      if (!whole || from < 0 || from > to || (to > 0 && to > (await end()).size)) {
        throw new LedgerError("EMRX_LOG_RANGE", `no entries from ${from} to ${to}`);
      }
      for (let next = from; next < to; ) {
        const start = next;
        for (const stored of await insist(() => store.page(start, to))) {
          const { time, records } = decodeBatch(stored.bytes);
          for (const [i, bytes] of records.entries()) {
            const entry: LogEntry = { index: stored.from + i, time, bytes };
            if (entry.index !== next || next >= to) continue;
            next++;
            yield entry;
          }
        }
        if (next === start)
          throw new LedgerError("EMRX_STORAGE", `${store.name} gave no entry ${next}`);
      }
    },

    async size() {
      requireOpen();
      return (await end()).size;
    },

    subscribe(listener: (change: LogChange) => void) {
      let [active, looking, again, known] = [true, false, false, 0];
      const look = async (): Promise<void> => {
        again = true;
        if (looking) return;
        looking = true;
        while (again && active && state === "open") {
          again = false;
          // Not reachable for now: whatever was missed is seen at the next look.
          const size = await end().then(
            (e) => e.size,
            () => known,
          );
          if (active && state === "open" && size > known) listener({ size });
          known = Math.max(known, size);
        }
        looking = false;
      };
      const unwatch = store.watch(() => void look());
      const stop = (): void => {
        active = false;
        unwatch();
        stops.delete(stop);
      };
      stops.add(stop);
      return stop;
    },

    async close() {
      if (state !== "open") return;
      state = "closing";
      await appending; // what was begun is carried out
      state = "closed";
      for (const stop of stops) stop();
      await store.close();
    },
  };
}
