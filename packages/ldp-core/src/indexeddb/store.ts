// A durable store in a browser: pages and workers of one origin share it.
import { equalBytes, isBytes } from "@emrx/internal/bytes";
import { guard, text } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import type { Store, StoreWrite } from "../stores/store.js";

/** A store in IndexedDB. */
export interface IndexedDbStore extends Store {
  /** Closes the connection; the entries stay. Closing twice is harmless. */
  close(): void;
}

const entries = "entries";

/**
 * Opens, or creates, a durable store in the browser's IndexedDB. Each `write` is one transaction with strict durability: it is
 * acknowledged once the browser has flushed it to the disk. Pages and workers of one origin may share a store, and two that
 * debit one subject at once cannot both succeed.
 *
 * The person who owns the browser can clear it, and with it what was spent: ask for `navigator.storage.persist()` so that the browser does not do it by
 * itself, and keep a counter elsewhere with `rollbackGuard` where that matters.
 *
 * @param name the name of the database
 * @returns the store
 * @throws `EMRX_STORE_FAILED` where there is no IndexedDB or it refuses, `EMRX_BAD_PARAMETER` for an empty name; `read` and `write` reject with
 *   `EMRX_STORE_FAILED`, also once the store is closed or the database was deleted
 * @see Indexed Database API 3.0, W3C, section 2.7 (transactions)
 * @example
 * ```ts no-run
 * import { createRandomizer } from "@emrx/ldp-core";
 * import { indexedDbStore } from "@emrx/ldp-core/indexeddb";
 *
 * const memory = await indexedDbStore("survey");
 * const randomizer = createRandomizer(schema, { lifetimeBudget: "2", memory });
 * await fetch("/reports", { method: "POST", body: await randomizer.randomize(record) });
 * ```
 */
export async function indexedDbStore(name: string): Promise<IndexedDbStore> {
  check(text({ least: 1 }), name, "name");
  check(
    guard(
      (value): value is IDBFactory => typeof (value as IDBFactory)?.open === "function",
      "a browser's IndexedDB",
      "Use memoryStore, or a store of another subpath.",
    ),
    globalThis.indexedDB,
    "indexedDB",
    "EMRX_STORE_FAILED",
  );
  const database = await open(name);
  let closed = false;
  // Whoever deletes or upgrades the database waits for this connection to end.
  database.onversionchange = () => {
    closed = true;
    database.close();
  };
  database.onclose = () => {
    closed = true;
  };
  const transaction = (mode: IDBTransactionMode): IDBTransaction => {
    if (closed) throw failed(name, "it is closed", undefined);
    try {
      return database.transaction(entries, mode, { durability: "strict" });
    } catch (cause) {
      throw failed(name, "no transaction can begin", cause);
    }
  };
  return {
    async read(keys) {
      const work = transaction("readonly");
      const found: (Uint8Array<ArrayBuffer> | undefined)[] = new Array(keys.length).fill(undefined);
      for (const [i, key] of keys.entries()) {
        const request = work.objectStore(entries).get(key);
        request.onsuccess = () => {
          found[i] = asBytes(request.result);
        };
      }
      await done(name, work);
      return found;
    },
    async write(writes) {
      const work = transaction("readwrite");
      let stillStands = true;
      // Every comparison runs before the first change, all in one transaction that no other can come between.
      const refuse = (): void => {
        stillStands = false;
        work.abort();
      };
      compareThenPut(work.objectStore(entries), writes, refuse);
      try {
        await done(name, work);
      } catch (error) {
        if (!stillStands) return false;
        throw error;
      }
      return true;
    },
    close() {
      closed = true;
      database.close();
    },
  };
}

function compareThenPut(
  store: IDBObjectStore,
  writes: readonly StoreWrite[],
  refuse: () => void,
): void {
  let left = writes.length;
  let refused = false;
  const copies = writes.map(({ bytes }) => Uint8Array.from(bytes));
  for (const { key, expected } of writes) {
    const request = store.get(key);
    request.onsuccess = () => {
      if (refused) return;
      const found = asBytes(request.result);
      const same =
        expected === undefined
          ? found === undefined
          : found !== undefined && equalBytes(found, expected);
      if (!same) {
        refused = true;
        refuse();
        return;
      }
      left--;
      if (left === 0) for (const [i, write] of writes.entries()) store.put(copies[i], write.key);
    };
  }
}

function asBytes(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (value === undefined || isBytes(value)) return value as Uint8Array<ArrayBuffer> | undefined;
  throw new LdpError(
    "EMRX_STORE_DAMAGED",
    "store: an entry holds no bytes; somebody else writes to this database",
  );
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = globalThis.indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(entries);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(failed(name, "it cannot be opened", request.error));
    request.onblocked = () =>
      reject(failed(name, "an older version of it is still open", undefined));
  });
}

function done(name: string, work: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    work.oncomplete = () => resolve();
    work.onabort = () => reject(failed(name, "the browser refused a transaction", work.error));
  });
}

function failed(name: string, why: string, cause: unknown): LdpError {
  return new LdpError("EMRX_STORE_FAILED", `store ${name}: ${why}`, cause ? { cause } : {});
}
