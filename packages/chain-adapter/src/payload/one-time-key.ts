// The one-time key of a requester for one pair, and the bundle's key wrapped to it (HPKE, RFC 9180).

import { toHex } from "@emrx/internal/bytes";
import { bytes, coded, type Shape, secret as secretShape } from "@emrx/internal/shape";
import { fromHex } from "../codec/hex.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { type Pair, wrapInfo } from "./bundle-keys.js";
import type { ClaimFacts } from "./claim-types.js";
import { unwrapFacts, wrapFacts } from "./fact-shapes.js";
import { deriveKeyPair, hpkeOpen, hpkeSeal } from "./hpke.js";

const key32 = (): Shape<Uint8Array> => secretShape(coded("EMRX_INVALID_KEY", bytes(32)));

/** Throws `EMRX_NO_CRYPTO` where there is no WebCrypto: an old runtime, or a page that was not loaded over HTTPS. */
export function requireCrypto(): void {
  if (globalThis.crypto?.subtle !== undefined) return;
  throw new LedgerError(
    "EMRX_NO_CRYPTO",
    "this platform has no WebCrypto (crypto.subtle), so nothing can be encrypted; in a browser, load the page over HTTPS.",
  );
}

/**
 * The public key that a requester shows when it reads.
 *
 * @param secret 32 bytes, for this pair alone: a claim that the key is wrong shows them
 * @returns X25519 public key, 64 hexadecimal digits
 * @throws LedgerError `EMRX_INVALID_KEY` if the secret is not 32 bytes, `EMRX_NO_CRYPTO` without WebCrypto
 * @see RFC 9180 section 7.1.3 (DeriveKeyPair)
 * @example
 * ```ts
 * import { oneTimePublicKey } from "@emrx/chain-adapter/payload";
 *
 * (await oneTimePublicKey(crypto.getRandomValues(new Uint8Array(32)))).length; // => 64
 * ```
 */
export async function oneTimePublicKey(secret: Uint8Array): Promise<string> {
  requireCrypto();
  return toHex((await deriveKeyPair(check(key32(), secret, "secret"))).publicKey);
}

/**
 * Wraps a bundle's key to a requester's one-time key, bound to the pair and the content.
 *
 * @param given pair, root and one-time key
 * @param key the bundle's key, 32 bytes
 * @returns 80 bytes in hexadecimal, for `access.release`
 * @throws LedgerError `EMRX_INVALID_KEY` for a malformed key, or one of small order; `EMRX_NO_CRYPTO` without WebCrypto
 * @see RFC 9180 (HPKE)
 * @example
 * ```ts
 * import { oneTimePublicKey, unwrapKey, wrapKey } from "@emrx/chain-adapter/payload";
 *
 * const [secret, key] = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(6)];
 * const id = (digits: string) => digits.repeat(32);
 * const pair = { ledger: id("11"), site: id("22"), requester: id("33"), round: 1, root: id("44") };
 * const wrappedKey = await wrapKey({ ...pair, oneTimeKey: await oneTimePublicKey(secret) }, key);
 * await unwrapKey({ ...pair, wrappedKey }, secret); // => key
 * ```
 */
export async function wrapKey(
  given: Pair & Pick<ClaimFacts, "root" | "oneTimeKey">,
  key: Uint8Array,
): Promise<string> {
  requireCrypto();
  const facts = wrapFacts(given);
  return toHex(
    await hpkeSeal(fromHex(facts.oneTimeKey), wrapInfo(facts), check(key32(), key, "key")),
  );
}

/**
 * Unwraps a bundle's key.
 *
 * @param given pair, root and wrapped key
 * @param secret what the one-time key was derived from
 * @returns the key as the site wrapped it
 * @throws LedgerError `EMRX_BUNDLE_LOCKED` if it was wrapped to another key or for another content, or altered
 * @example
 * ```ts
 * import { unwrapKey } from "@emrx/chain-adapter/payload";
 *
 * const id = "11".repeat(32);
 * const facts = { ledger: id, site: id, requester: id, round: 1, root: id, wrappedKey: "00".repeat(80) };
 * await unwrapKey(facts, new Uint8Array(32)); // throws EMRX_BUNDLE_LOCKED
 * ```
 */
export async function unwrapKey(
  given: Pair & Pick<ClaimFacts, "root" | "wrappedKey">,
  secret: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  requireCrypto();
  const facts = unwrapFacts(given);
  const pair = await deriveKeyPair(check(key32(), secret, "secret"));
  try {
    return await hpkeOpen(pair, wrapInfo(facts), fromHex(facts.wrappedKey));
  } catch (cause) {
    throw new LedgerError(
      "EMRX_BUNDLE_LOCKED",
      "facts.wrappedKey does not open with this key for this content: it was wrapped to another key or for another " +
        "content, or altered. Take content, wrapped key and secret of one pair; if they are, claim that the key is wrong.",
      { cause },
    );
  }
}
