// The store port: where budgets and memoized reports live. Opaque keys, opaque bytes, atomic writes.
import { ByteMap } from "./byte-map.js";

/**
 * Where a site keeps what must survive: budgets spent and reports already given. Implement it over any database that
 * can write several entries in one durable transaction. What it holds is as sensitive as the records themselves.
 */
export interface Store {
  /**
   * @param key any string
   * @returns a copy of the bytes last set under `key`, or undefined
   */
  get(key: string): Uint8Array | undefined;
  /**
   * Writes all entries or none; durable when it returns. When it throws, either may be the case, but never a part.
   *
   * @param entries pairs of key and bytes, to be read once: a batch makes them one by one, so a store that writes each down
   *   as it comes never holds them all. The store copies the bytes
   */
  set(entries: Iterable<readonly [string, Uint8Array]>): void;
}

/**
 * A store in memory: for tests, demonstrations, and sites that keep their budgets elsewhere. It forgets on exit, and
 * with it what was spent.
 *
 * @returns an empty store
 * @example
 * ```ts
 * import { memoryStore } from "@emrx/ldp-core";
 *
 * const store = memoryStore();
 * store.set([["greeting", Uint8Array.of(104, 105)]]);
 * store.get("greeting"); // => Uint8Array.of(104, 105)
 * store.get("nothing"); // => undefined
 * ```
 */
export function memoryStore(): Store {
  const entries = new ByteMap();
  return {
    get: (key) => entries.get(key),
    set: (changes) => entries.set(changes),
  };
}
