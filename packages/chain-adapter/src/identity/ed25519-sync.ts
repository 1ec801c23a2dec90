// Ed25519 without waiting, in plain JavaScript: for code that cannot be asynchronous, such as a contract.
import { isBytes } from "@emrx/internal/bytes";
import { signPortably } from "./ed25519-portable.js";
import { verifyPortably } from "./ed25519-verify.js";
import { requireKey, requireMessage } from "./encoding.js";

/**
 * Signs without waiting, in plain JavaScript: for code that cannot be asynchronous.
 *
 * @param secretKey 32 bytes
 * @param message any bytes
 * @returns the signature, 64 bytes, the same as the platform makes
 * @throws LedgerError `EMRX_INVALID_KEY` if the key is not 32 bytes
 * @see RFC 8032 section 5.1.6
 * @example
 * ```ts
 * import { signEd25519 } from "@emrx/chain-adapter/identity";
 *
 * signEd25519(new Uint8Array(32).fill(1), Uint8Array.of(1, 2)).length; // => 64
 * ```
 */
export function signEd25519(secretKey: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  requireKey("secretKey", secretKey, 32);
  requireMessage(message);
  return signPortably(secretKey, message);
}

/** Checks a signature without waiting. It decides exactly as `verifyEd25519`. */
export const verifyEd25519Sync = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean => isBytes(message) && verifyPortably(publicKey, message, signature);
