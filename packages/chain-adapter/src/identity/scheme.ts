// The port for signature schemes: what the package needs of one, and the two it has.
import { verifySignature } from "./ed25519.js";
import { createIdentity, type Identity } from "./identity.js";
import { createEvmIdentity, evmAddress, recoverEvmAddress } from "./secp256k1.js";

/** A signature scheme. Implement it to sign with another one, for example in a hardware module. */
export interface SignatureScheme {
  /** Short name, for example `"ed25519"`. */
  readonly name: string;
  /** Bytes of a public key. */
  readonly publicKeyLength: number;
  /** Bytes of a signature. */
  readonly signatureLength: number;
  /** An identity with a secret key of 32 bytes. */
  identity(secretKey: Uint8Array): Promise<Identity>;
  /** Whether a signature is right; false for anything malformed. Every implementation must decide alike. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
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
export const signatureSchemes: {
  readonly ed25519: SignatureScheme;
  readonly secp256k1: SignatureScheme;
} = {
  ed25519: {
    name: "ed25519",
    publicKeyLength: 32,
    signatureLength: 64,
    identity: (secretKey) => createIdentity({ secretKey }),
    verify: verifySignature,
  },
  secp256k1: {
    name: "secp256k1",
    publicKeyLength: 33,
    signatureLength: 65,
    identity: async (secretKey) => createEvmIdentity({ secretKey }),
    async verify(publicKey, message, signature) {
      const signer = recoverEvmAddress(message, signature);
      try {
        return publicKey.length === 33 && evmAddress(publicKey) === signer;
      } catch {
        return false; // no key at all, or no point of the curve
      }
    },
  },
};
