// Whom a bundle's key is wrapped to.
import { LedgerError } from "../errors.js";
import { requireKey } from "../identity/encoding.js";
import { deriveKeyPair, ENCAPSULATED_LENGTH, hpkeOpen, hpkeSeal, TAG_LENGTH } from "./hpke.js";
import type { KeyPair } from "./x25519.js";

/** A public key that keys are wrapped to, and a way to unwrap them. The private key may live elsewhere. */
export interface Recipient {
  /** X25519 public key, 32 bytes: a requester puts it on the ledger with the request. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /**
   * Unwraps a key.
   *
   * @param wrapped the wrapped key of a grant
   * @param info the bytes that it was bound to
   * @returns the key
   * @throws LedgerError `EMRX_BUNDLE_LOCKED` if it was wrapped to another key, bound to other bytes, or altered
   */
  unwrap(
    wrapped: Uint8Array<ArrayBuffer>,
    info: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>>;
}

/** A recipient whose private key is in this process. */
export interface OwnRecipient extends Recipient {
  /** Forgets the private key. What was wrapped to it never opens again: the erasure that a ledger allows. */
  forget(): void;
}

/** Throws `EMRX_NO_CRYPTO` where there is no WebCrypto: an old runtime, or a page that was not loaded over HTTPS. */
export function requireCrypto(): void {
  if (globalThis.crypto?.subtle !== undefined) return;
  throw new LedgerError(
    "EMRX_NO_CRYPTO",
    "this platform has no WebCrypto (crypto.subtle), so nothing can be encrypted; in a browser, load the page over HTTPS.",
  );
}

/**
 * A recipient with its private key in this process. The wrapped keys of a ledger stay there for ever, and others may have
 * copied the contents: to erase what was bought in a round, make a recipient without a `secret` and forget it.
 *
 * @param options `secret`: at least 32 random bytes to derive the key from, so that it can be found again; a fresh key
 * otherwise. One key a round keeps rounds apart
 * @returns public key, unwrapping and forgetting
 * @throws LedgerError `EMRX_INVALID_KEY` if the secret is too short, `EMRX_NO_CRYPTO` without WebCrypto
 * @see RFC 9180 section 7.1.3 (DeriveKeyPair)
 * @example
 * ```ts
 * import { createRecipient } from "@emrx/chain-adapter/payload";
 *
 * const requester = await createRecipient();
 * requester.publicKey.length; // => 32
 * requester.forget();
 * await requester.unwrap(new Uint8Array(80), new Uint8Array()); // throws EMRX_BUNDLE_LOCKED
 * ```
 */
export async function createRecipient(
  options: { readonly secret?: Uint8Array } = {},
): Promise<OwnRecipient> {
  requireCrypto();
  const secret = options.secret ?? globalThis.crypto.getRandomValues(new Uint8Array(32));
  requireKey("secret", secret, 32, Number.MAX_SAFE_INTEGER);
  let pair: KeyPair | undefined = await deriveKeyPair(secret);
  const { publicKey } = pair;
  return {
    publicKey,
    forget() {
      pair = undefined;
    },
    async unwrap(wrapped, info) {
      requireKey("wrapped", wrapped, ENCAPSULATED_LENGTH + TAG_LENGTH, Number.MAX_SAFE_INTEGER);
      if (pair === undefined) {
        throw new LedgerError("EMRX_BUNDLE_LOCKED", "the key of this recipient was forgotten.");
      }
      try {
        return await hpkeOpen(pair, info, wrapped);
      } catch (cause) {
        throw new LedgerError(
          "EMRX_BUNDLE_LOCKED",
          "wrappedKey does not open with this key for this bundle: it was wrapped to another key or for another " +
            "statement, or altered. Take content, wrapped key and statement from the same grant.",
          { cause },
        );
      }
    },
  };
}

/** Wraps a key to a recipient's public key, bound to `info`. */
export async function wrapKey(
  publicKey: Uint8Array,
  info: Uint8Array,
  key: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  requireKey("recipient", publicKey, 32);
  try {
    return await hpkeSeal(publicKey, info, key);
  } catch (cause) {
    throw new LedgerError(
      "EMRX_INVALID_KEY",
      "recipient is no X25519 public key that a key can be wrapped to (a point of small order).",
      { cause },
    );
  }
}
