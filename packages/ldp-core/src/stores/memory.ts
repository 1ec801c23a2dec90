// A store in memory.
import { equalBytes } from "@emrx/internal/bytes";
import { ByteMap } from "./byte-map.js";
import type { Store, StoreWrite } from "./store.js";

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
 * await store.write([{ key: "greeting", expected: undefined, bytes: Uint8Array.of(104, 105) }]); // => true
 * await store.read(["greeting", "nothing"]); // => [Uint8Array.of(104, 105), undefined]
 * await store.write([{ key: "greeting", expected: undefined, bytes: Uint8Array.of(0) }]); // => false
 * ```
 */
export function memoryStore(): Store {
  const entries = new ByteMap();
  return {
    read: async (keys) => keys.map((key) => entries.get(key)),
    async write(writes) {
      if (!stillStands(entries, writes)) return false;
      entries.set(writes.map(({ key, bytes }) => [key, bytes] as const));
      return true;
    },
  };
}

/** Whether under every key there stands what is expected. */
export function stillStands(entries: ByteMap, writes: readonly StoreWrite[]): boolean {
  return writes.every(({ key, expected }) => {
    const found = entries.get(key);
    return expected === undefined
      ? found === undefined
      : found !== undefined && equalBytes(found, expected);
  });
}
