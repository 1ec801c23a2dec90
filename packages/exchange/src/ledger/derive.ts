// Everything random that must repeat after a restart follows from the party's secret, the ledger and what it is for.
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import type { RandomSource } from "@emrx/ldp-core";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ExchangeError } from "../errors/exchange-error.js";

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

/** Throws unless a secret is long enough. */
export function requireSecret(secret: Uint8Array): void {
  if (secret instanceof Uint8Array && secret.length >= 32) return;
  throw new ExchangeError(
    "EMRX_EXCHANGE_MEMORY",
    `secret is ${secret instanceof Uint8Array ? `${secret.length} bytes` : typeof secret}; expected a Uint8Array of at least 32 secret bytes, the same after every restart`,
  );
}
