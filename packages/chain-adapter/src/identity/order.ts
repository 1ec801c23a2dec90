// A secret order of a batch. Patients listed in the same order every round could be linked by their position.
import { requireNumber } from "./encoding.js";
import type { HmacKey } from "./hkdf.js";
import { keyWriter, type PseudonymScope, scopeKey } from "./pseudonym.js";

/** Whole numbers below a bound (at most 2^32), exactly uniform, from the blocks of a keyed stream. */
export function uniformSource(key: HmacKey): (bound: number) => number {
  const write = keyWriter(key, "order");
  const block = new Uint8Array(32);
  const words = new DataView(block.buffer);
  let [blocks, word] = [0, 8];
  return (bound) => {
    // Words at or above the largest multiple of the bound are drawn again, so that no remainder is likelier.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      if (word === 8) {
        write(blocks++, block, 0);
        word = 0;
      }
      const value = words.getUint32(4 * word++);
      if (value < limit) return value % bound;
    }
  };
}

/**
 * A secret order of `count` things for one scope: a uniform permutation from the root secret, another one every round.
 *
 * @param rootSecret at least 32 random bytes
 * @param scope domain, round and role
 * @param count how many, 0 to 2^31
 * @returns every number from 0 to count - 1 once; position i of the batch takes thing `order[i]`
 * @throws LedgerError `EMRX_INVALID_KEY` or `EMRX_INVALID_LABEL`
 * @see Fisher & Yates; Durstenfeld, "Algorithm 235: Random permutation", 1964
 * @example
 * ```ts
 * import { secretOrder } from "@emrx/chain-adapter/identity";
 *
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const scope = { domain: "trial-ledger/st-mary", round: 1, role: "publisher" };
 * [...secretOrder(secret, scope, 4)].sort(); // => [0, 1, 2, 3]
 * ```
 */
export function secretOrder(
  rootSecret: Uint8Array,
  scope: PseudonymScope,
  count: number,
): Uint32Array<ArrayBuffer> {
  requireNumber("count", count, 2 ** 31);
  const below = uniformSource(scopeKey(rootSecret, scope));
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}
