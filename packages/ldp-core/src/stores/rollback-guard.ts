// Notices a store that was put back to an older copy: every write raises a number in the store and then a counter in a
// second place, so a store that is behind the counter has forgotten what it had acknowledged.
import { methods } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { checkedStore, storeShape } from "./checked.js";
import type { Store } from "./store.js";

/** A number in another place than the store, that whoever can put the store back cannot put back with it. */
export interface RollbackCounter {
  /** The largest number that was raised to; 0 at first. */
  read(): Promise<number>;
  /** Raises the counter to at least `number`; durable when it resolves. A smaller number changes nothing. */
  raise(number: number): Promise<void>;
}

/** The store's own number. No account or profile has a key like this. */
const numberKey = "rollback guard/writes";

/** Crashes can leave the counter behind by one write each. More than this many, and it was put back itself. */
const mostBehind = 1024;

/**
 * Guards a store against being put back to an older copy (a restored backup, a cloned machine): a subject's spent budget would come
 * back with it. Each write also raises the number of writes, first in the store and, before it is acknowledged, in `counter`. A store
 * whose number is below the counter is refused from then on.
 *
 * It notices nothing if store and counter are put back together, and writes of several processes wait for one another.
 * **Without a guard nothing in this package notices an older copy.**
 *
 * @param store the store
 * @param counter the second place: another disk, another database, a ledger
 * @returns the guarded store; read and write reject with `EMRX_STORE_ROLLED_BACK` where one of the two is older than the other
 *   allows, and with `EMRX_STORE_FAILED` where one of them fails
 * @throws `EMRX_BAD_PARAMETER` for what is no store or no counter
 * @example
 * ```ts
 * import { memoryStore, rollbackGuard } from "@emrx/ldp-core/stores";
 *
 * let writes = 0;
 * const counter = {
 *   read: async () => writes,
 *   raise: async (number: number) => { writes = Math.max(writes, number); },
 * };
 * const guarded = rollbackGuard(memoryStore(), counter);
 * await guarded.write([{ key: "a", expected: undefined, bytes: Uint8Array.of(1) }]); // => true
 * await rollbackGuard(memoryStore(), counter).read(["a"]); // throws EMRX_STORE_ROLLED_BACK
 * ```
 */
export function rollbackGuard(store: Store, counter: RollbackCounter): Store {
  const inner = checkedStore(check(storeShape, store, "store"));
  check(methods<RollbackCounter>("a counter", "read", "raise"), counter, "counter");

  /** Entries with the store's own number, which is checked against the counter as it was before. */
  async function readWithNumber(keys: readonly string[]): Promise<{
    readonly found: readonly (Uint8Array<ArrayBuffer> | undefined)[];
    readonly number: Uint8Array<ArrayBuffer> | undefined;
  }> {
    const least = await readCounter(counter);
    const found = await inner.read([...keys, numberKey]);
    const number = found[keys.length];
    const own = numberOf(number);
    requireNear(own, least);
    // A crash came between store and counter: what is read now may be handed out, so the counter must know of it first.
    if (own > least) await raiseCounter(counter, own);
    return { found: found.slice(0, keys.length), number };
  }

  return {
    read: async (keys) => (await readWithNumber(keys)).found,
    async write(writes) {
      const { number } = await readWithNumber([]);
      const next = numberOf(number) + 1;
      const written = await inner.write([
        ...writes,
        { key: numberKey, expected: number, bytes: numberBytes(next) },
      ]);
      if (written) await raiseCounter(counter, next);
      return written;
    },
  };
}

function requireNear(number: number, least: number): void {
  if (number >= least && number <= least + mostBehind) return;
  const [older, by] =
    number < least ? ["store", least - number] : ["counter", number - least - mostBehind];
  throw new LdpError(
    "EMRX_STORE_ROLLED_BACK",
    `${older} is ${by} writes behind the other: it was put back to an older copy, or belongs to another. ` +
      (older === "store"
        ? "Bring its newest copy back; with this one, budgets that were spent would be spent again"
        : `Raise the counter to ${number} once it is clear that the store is the newest`),
  );
}

async function readCounter(counter: RollbackCounter): Promise<number> {
  let number: unknown;
  try {
    number = await counter.read();
  } catch (cause) {
    throw new LdpError("EMRX_STORE_FAILED", "counter: read failed", { cause });
  }
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0)
    throw new LdpError(
      "EMRX_STORE_FAILED",
      `counter: read answered ${String(number)}; expected a whole number from 0`,
    );
  return number;
}

async function raiseCounter(counter: RollbackCounter, number: number): Promise<void> {
  try {
    await counter.raise(number);
  } catch (cause) {
    throw new LdpError(
      "EMRX_STORE_FAILED",
      "counter: raise failed; the entries stand, and the same call again settles it",
      { cause },
    );
  }
}

function numberOf(bytes: Uint8Array | undefined): number {
  if (bytes === undefined) return 0;
  if (bytes.length !== 8)
    throw new LdpError("EMRX_STORE_DAMAGED", "store: its number of writes is not 8 bytes long");
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
}

function numberBytes(number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number), true);
  return bytes;
}
