// Ed25519 signatures (RFC 8032): by the platform's WebCrypto where it has them, in plain JavaScript otherwise, with
// the same bytes and the same decisions.
import { ed25519 } from "@noble/curves/ed25519.js";
import { plausibleSignature, verifyPortably } from "./ed25519-strict.js";
import { requireKey } from "./encoding.js";

// RFC 8410: what precedes the 32 bytes of the secret key in PKCS #8.
const PKCS8_PREFIX: Uint8Array = /* @__PURE__ */ Uint8Array.from([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]);

/** A function that signs with one key. */
export type SignMessage = (message: Uint8Array) => Promise<Uint8Array>;

async function importSecret(subtle: SubtleCrypto, secretKey: Uint8Array): Promise<CryptoKey> {
  const pkcs8 = new Uint8Array(48);
  pkcs8.set(PKCS8_PREFIX);
  pkcs8.set(secretKey, 16);
  return subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
}

let platform: Promise<SubtleCrypto | undefined> | undefined;

/**
 * The platform's Ed25519, if it signs as RFC 8032 says. Some platforms randomize their signatures; those would break
 * the promise of equal bytes, so one known answer decides.
 */
function platformEd25519(): Promise<SubtleCrypto | undefined> {
  platform ??= (async () => {
    try {
      const { subtle } = globalThis.crypto;
      const secretKey = new Uint8Array(32).fill(7);
      const message = new Uint8Array(3);
      const key = await importSecret(subtle, secretKey);
      const signature = new Uint8Array(await subtle.sign("Ed25519", key, message));
      const expected = ed25519.sign(message, secretKey);
      return expected.every((byte, i) => byte === signature[i]) ? subtle : undefined;
    } catch {
      return undefined;
    }
  })();
  return platform;
}

/** The public key, 32 bytes, of a secret key of 32 bytes. */
export function ed25519PublicKey(secretKey: Uint8Array): Uint8Array<ArrayBuffer> {
  requireKey("secretKey", secretKey, 32);
  return ed25519.getPublicKey(secretKey) as Uint8Array<ArrayBuffer>;
}

/** A function that signs with the key, by the platform where it can. */
export async function ed25519Signer(secretKey: Uint8Array): Promise<SignMessage> {
  requireKey("secretKey", secretKey, 32);
  const subtle = await platformEd25519();
  if (subtle === undefined) {
    const copy = Uint8Array.from(secretKey);
    return async (message) => ed25519.sign(message, copy);
  }
  const key = await importSecret(subtle, secretKey);
  return async (message) =>
    new Uint8Array(await subtle.sign("Ed25519", key, message as Uint8Array<ArrayBuffer>));
}

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
  return ed25519.sign(message, secretKey) as Uint8Array<ArrayBuffer>;
}

/**
 * Checks a signature without waiting, in plain JavaScript. It decides exactly as {@link verifySignature}.
 *
 * @param publicKey 32 bytes
 * @param message any bytes
 * @param signature 64 bytes
 * @returns whether the signature is right; false for anything malformed
 * @see RFC 8032 section 5.1.7
 * @example
 * ```ts
 * import { verifySignatureSync } from "@emrx/chain-adapter/identity";
 *
 * verifySignatureSync(new Uint8Array(32), Uint8Array.of(1), new Uint8Array(64)); // => false
 * ```
 */
export function verifySignatureSync(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return message instanceof Uint8Array && verifyPortably(publicKey, message, signature);
}

/**
 * Checks an Ed25519 signature, by the platform where it can (about ten times as fast). Public keys and signatures that
 * are not canonical or of small order are false on every platform: replicas of a ledger cannot disagree.
 *
 * @param publicKey 32 bytes
 * @param message any bytes
 * @param signature 64 bytes
 * @returns whether the signature is right; false for anything malformed
 * @see RFC 8032 section 5.1.7
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { verifySignature } from "@emrx/chain-adapter/identity";
 *
 * const identity = await createIdentity();
 * const message = new TextEncoder().encode("a grant");
 * const signature = await identity.sign(message);
 * await verifySignature(identity.publicKey, message, signature); // => true
 * await verifySignature(identity.publicKey, message.subarray(1), signature); // => false
 * ```
 */
export async function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!(message instanceof Uint8Array) || !plausibleSignature(publicKey, signature)) return false;
  const subtle = await platformEd25519();
  if (subtle === undefined) return verifyPortably(publicKey, message, signature);
  try {
    const bytes = (value: Uint8Array): Uint8Array<ArrayBuffer> => value as Uint8Array<ArrayBuffer>;
    const key = await subtle.importKey("raw", bytes(publicKey), "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", key, bytes(signature), bytes(message));
  } catch {
    return false; // not a point of the curve
  }
}
