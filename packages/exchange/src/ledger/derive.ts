// Everything random that must repeat after a restart follows from the party's secret, the ledger and what it is for.
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import type { RandomSource } from "@emrx/ldp-core";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

const SALT: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("emrx/exchange/1");

/** 32 bytes for a purpose. */
export const derived = (
  secret: Uint8Array,
  ledger: string,
  ...purpose: readonly (string | number)[]
): Uint8Array => hkdf(sha256, secret, SALT, encodeCanonical([ledger, ...purpose]), 32);

/** A stream of words for a purpose. */
export function derivedRandom(
  secret: Uint8Array,
  ledger: string,
  ...purpose: readonly (string | number)[]
): RandomSource {
  let block = 0;
  return {
    fill(words) {
      for (let i = 0; i < words.length; i += 8) {
        const bytes = derived(secret, ledger, ...purpose, block++);
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        for (let k = 0; k < 8 && i + k < words.length; k++) words[i + k] = view.getUint32(4 * k);
      }
    },
  };
}
