// Who acts on a ledger: a public key, and a way to sign with the private one.
import { bytes, object, optional, secret } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { ed25519KeyPair } from "./ed25519.js";
import type { PublicKey } from "./public-key.js";

/** A public key and a way to sign with it. The private key may live elsewhere, for example in a hardware module. */
export interface Identity extends PublicKey {
  /**
   * Signs a message of any length.
   *
   * @param message any bytes
   * @returns the signature: 64 bytes for `ed25519` (RFC 8032); for `secp256k1` 65 bytes over Keccak-256 of the message: r, the
   * low one of the two s, and 27 or 28
   */
  sign(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

const optionsShape = /* @__PURE__ */ object({
  secretKey: /* @__PURE__ */ optional(/* @__PURE__ */ secret(/* @__PURE__ */ bytes(32))),
});

/**
 * An Ed25519 identity, by WebCrypto where the platform has Ed25519 and in plain JavaScript otherwise; the bytes are the
 * same.
 *
 * @param options `secretKey`: 32 random bytes to use; fresh ones from the platform otherwise, which cannot be read back
 * @returns public key and signer
 * @throws LedgerError `EMRX_INVALID_KEY` if the secret key is not 32 bytes
 * @see RFC 8032
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 *
 * const site = await createIdentity();
 * site.publicKey.length; // => 32
 * (await site.sign(new Uint8Array(10))).length; // => 64
 * ```
 */
export async function createIdentity(
  options: { readonly secretKey?: Uint8Array } = {},
): Promise<Identity> {
  const { secretKey = globalThis.crypto.getRandomValues(new Uint8Array(32)) } = check(
    optionsShape,
    options,
    "options",
    "EMRX_INVALID_KEY",
  );
  return { scheme: "ed25519", ...(await ed25519KeyPair(secretKey)) };
}
