// The signature schemes, and checking a signature under whatever scheme its key has.
import { isBytes } from "@emrx/internal/bytes";
import { verifyEd25519 } from "./ed25519.js";
import { verifyEd25519Sync } from "./ed25519-sync.js";
import { createIdentity, type Identity } from "./identity.js";
import { type PublicKey, type SchemeName, schemeForms } from "./public-key.js";
import { createEvmIdentity, evmAddress, recoverEvmAddress } from "./secp256k1.js";

/** A signature scheme. */
export interface SignatureScheme {
  readonly name: SchemeName;
  /** Bytes of a public key. */
  readonly publicKeyLength: number;
  /** Bytes of a signature. */
  readonly signatureLength: number;
  /** An identity with a secret key of 32 bytes. */
  identity(secretKey: Uint8Array): Promise<Identity>;
  /** Whether a signature is right; false for anything malformed. Every implementation must decide alike. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /** The same without waiting. */
  verifySync(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Whether the signature leads to the address of the key. */
function verifySecp256k1(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const signer = recoverEvmAddress(message, signature);
  try {
    return (
      publicKey.length === schemeForms.secp256k1.publicKeyLength && evmAddress(publicKey) === signer
    );
  } catch {
    return false; // no key at all, or no point of the curve
  }
}

/**
 * The schemes of this package by name.
 *
 * @example
 * ```ts
 * import { signatureSchemes } from "@emrx/chain-adapter/identity";
 *
 * const scheme = signatureSchemes.secp256k1;
 * const identity = await scheme.identity(new Uint8Array(32).fill(1));
 * const message = Uint8Array.of(7);
 * await scheme.verify(identity.publicKey, message, await identity.sign(message)); // => true
 * ```
 */
export const signatureSchemes: { readonly [S in SchemeName]: SignatureScheme } = {
  ed25519: {
    name: "ed25519",
    get publicKeyLength() {
      return schemeForms.ed25519.publicKeyLength;
    },
    get signatureLength() {
      return schemeForms.ed25519.signatureLength;
    },
    identity: (secretKey) => createIdentity({ secretKey }),
    verify: verifyEd25519,
    verifySync: verifyEd25519Sync,
  },
  secp256k1: {
    name: "secp256k1",
    get publicKeyLength() {
      return schemeForms.secp256k1.publicKeyLength;
    },
    get signatureLength() {
      return schemeForms.secp256k1.signatureLength;
    },
    identity: async (secretKey) => createEvmIdentity({ secretKey }),
    verify: async (publicKey, message, signature) => verifySecp256k1(publicKey, message, signature),
    verifySync: verifySecp256k1,
  },
};

/** The scheme and bytes of a key, each read once; undefined of what is no key or not bytes. */
function readKey(
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): { readonly scheme: SignatureScheme; readonly publicKey: Uint8Array } | undefined {
  if (!isBytes(message) || !isBytes(signature)) return undefined;
  try {
    const { scheme, publicKey } = key;
    if (typeof scheme !== "string" || !Object.hasOwn(signatureSchemes, scheme)) return undefined;
    return isBytes(publicKey) ? { scheme: signatureSchemes[scheme], publicKey } : undefined;
  } catch {
    return undefined; // reading it throws: it is no key
  }
}

/**
 * Checks a signature under the scheme of its key. Replicas of a ledger cannot disagree: keys and signatures that are not
 * canonical, of small order (Ed25519) or with the high one of two s (secp256k1) are false on every platform.
 *
 * @param key the public key with its scheme, or the identity that has it
 * @param message any bytes
 * @param signature as `Identity.sign` gives it
 * @returns whether the signature is right; false for anything malformed
 * @see RFC 8032 section 5.1.7 (Ed25519); SEC 1 section 4.1.4 (ECDSA)
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { verifySignature } from "@emrx/chain-adapter/identity";
 *
 * const identity = await createIdentity();
 * const message = new TextEncoder().encode("a grant");
 * const signature = await identity.sign(message);
 * await verifySignature(identity, message, signature); // => true
 * await verifySignature(identity, message.subarray(1), signature); // => false
 * ```
 */
export async function verifySignature(
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const found = readKey(key, message, signature);
  return found === undefined ? false : found.scheme.verify(found.publicKey, message, signature);
}

/**
 * Checks a signature without waiting, in plain JavaScript. It decides exactly as {@link verifySignature}.
 *
 * @param key the public key with its scheme, or the identity that has it
 * @param message any bytes
 * @param signature as `Identity.sign` gives it
 * @returns whether the signature is right; false for anything malformed
 * @example
 * ```ts
 * import { verifySignatureSync } from "@emrx/chain-adapter/identity";
 *
 * const key = { scheme: "ed25519", publicKey: new Uint8Array(32) } as const;
 * verifySignatureSync(key, Uint8Array.of(1), new Uint8Array(64)); // => false
 * ```
 */
export function verifySignatureSync(
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const found = readKey(key, message, signature);
  return found === undefined ? false : found.scheme.verifySync(found.publicKey, message, signature);
}
