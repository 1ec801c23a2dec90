// Identities for EVM ledgers: ECDSA on secp256k1 over Keccak-256, with the recovery byte from which a contract finds
// the address (SEC 1; Ethereum Yellow Paper, appendix F).

import { isBytes, toHex } from "@emrx/internal/bytes";
import { bytes, deferred, object, optional, secret } from "@emrx/internal/shape";
import {
  type ECDSA,
  ecdsa,
  type WeierstrassExtraOpts,
  weierstrass,
} from "@noble/curves/abstract/weierstrass.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { requireKey, requireMessage, requireNumber, uint64 } from "./encoding.js";
import { hkdfExpand } from "./hkdf.js";
import type { Identity } from "./identity.js";
import { type PseudonymScope, scopeKey } from "./pseudonym.js";

// SEC 2 version 2, section 2.4.1: the curve y^2 = x^3 + 7 and its base point.
const PRIME = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const BASE_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
const BASE_Y = 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n;

/** The endomorphism (x, y) -> (beta x, y) and a short basis of its lattice, by which a scalar is halved (Gallant, Lambert & Vanstone, 2001). */
const ENDOMORPHISM = {
  beta: 0x7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501een,
  basises: [
    [0x3086d221a7d46bcde86c90e49284eb15n, -0xe4437ed6010e88286f547fa90abfe4c3n],
    [0x114ca50f7a8e2f3f657c1108d9d44cfd8n, 0x3086d221a7d46bcde86c90e49284eb15n],
  ],
} satisfies WeierstrassExtraOpts<bigint>["endo"];

let made: ECDSA | undefined;

/** The curve, made on first use: loading this module computes no point. */
function secp256k1(): ECDSA {
  made ??= ecdsa(
    weierstrass(
      { p: PRIME, n: ORDER, h: 1n, a: 0n, b: 7n, Gx: BASE_X, Gy: BASE_Y },
      { endo: ENDOMORPHISM },
    ),
    sha256,
  );
  return made;
}

/** An identity on an EVM ledger. */
export interface EvmIdentity extends Identity {
  readonly scheme: "secp256k1";
  /** Compressed public key, 33 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** `0x` and 40 hexadecimal digits, with the checksum of ERC-55 in their case. */
  readonly address: string;
  /** Signs Keccak-256 of a message: r, s (the low one) and 27 or 28, 65 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Signs a hash of 32 bytes that was made elsewhere, for example by EIP-712. */
  signDigest(digest: Uint8Array): Uint8Array<ArrayBuffer>;
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/**
 * The address of a public key.
 *
 * @param publicKey compressed or not, 33 or 65 bytes
 * @returns `0x` and 40 hexadecimal digits in the case of ERC-55
 * @throws LedgerError `EMRX_INVALID_KEY` if it is no point of the curve
 * @see https://eips.ethereum.org/EIPS/eip-55
 * @example
 * ```ts
 * import { evmAddress } from "@emrx/chain-adapter/identity";
 *
 * evmAddress(new Uint8Array(33)); // throws EMRX_INVALID_KEY
 * ```
 */
export function evmAddress(publicKey: Uint8Array): string {
  requireKey("publicKey", publicKey, 33, 65);
  let uncompressed: Uint8Array;
  try {
    uncompressed = secp256k1().Point.fromBytes(publicKey).toBytes(false);
  } catch (cause) {
    throw new LedgerError("EMRX_INVALID_KEY", "publicKey is no point of secp256k1.", { cause });
  }
  const digits = toHex(keccak_256(uncompressed.subarray(1)).subarray(12));
  const hash = toHex(keccak_256(utf8(digits)));
  const cased = [...digits].map((digit, i) =>
    Number.parseInt(hash[i] as string, 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${cased.join("")}`;
}

const optionsShape = /* @__PURE__ */ deferred(() =>
  object({ secretKey: optional(secret(bytes(32))) }),
);

/**
 * An identity on an EVM ledger.
 *
 * @param options `secretKey`: 32 bytes; a fresh one otherwise
 * @returns public key, address and signers
 * @throws LedgerError `EMRX_INVALID_KEY` if the secret key is not 32 bytes or out of range
 * @see RFC 6979 (signatures are deterministic)
 * @example
 * ```ts
 * import { createEvmIdentity, recoverEvmAddress } from "@emrx/chain-adapter/identity";
 *
 * const site = createEvmIdentity();
 * const message = Uint8Array.of(1, 2);
 * recoverEvmAddress(message, await site.sign(message)); // => site.address
 * ```
 */
export function createEvmIdentity(options: { readonly secretKey?: Uint8Array } = {}): EvmIdentity {
  const { secretKey: given = secp256k1().utils.randomSecretKey() } = check(
    optionsShape,
    options,
    "options",
    "EMRX_INVALID_KEY",
  );
  const secretKey = Uint8Array.from(given);
  if (!secp256k1().utils.isValidSecretKey(secretKey)) {
    throw new LedgerError(
      "EMRX_INVALID_KEY",
      "secretKey must be from 1 to the order of secp256k1.",
    );
  }
  const publicKey = secp256k1().getPublicKey(secretKey, true);
  function signDigest(digest: Uint8Array): Uint8Array<ArrayBuffer> {
    requireKey("digest", digest, 32);
    const signature = secp256k1().sign(digest, secretKey, { prehash: false, format: "recovered" });
    // noble puts the recovery bit first; EVM contracts expect it last, plus 27.
    return Uint8Array.of(...signature.subarray(1), (signature[0] as number) + 27);
  }
  return {
    scheme: "secp256k1",
    publicKey,
    address: evmAddress(publicKey),
    signDigest,
    async sign(message) {
      requireMessage(message);
      return signDigest(keccak_256(message));
    },
  };
}

/**
 * A one-time identity on an EVM ledger (see `derivePseudonym`).
 *
 * @param rootSecret at least 32 random bytes
 * @param scope domain, round and role
 * @param index which of the holder's patients
 * @returns the identity; its address is its pseudonym
 * @throws LedgerError `EMRX_INVALID_KEY` or `EMRX_INVALID_LABEL`, as `derivePseudonym`
 * @see FIPS 186-5 appendix A.2.1: 16 bytes more than the order has, then reduced, leave no bias
 * @example
 * ```ts
 * import { deriveEvmIdentity } from "@emrx/chain-adapter/identity";
 *
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const scope = { domain: "trial-ledger/st-mary", round: 1, role: "publisher" };
 * deriveEvmIdentity(secret, scope, 3).address.length; // => 42
 * ```
 */
export function deriveEvmIdentity(
  rootSecret: Uint8Array,
  scope: PseudonymScope,
  index: number,
): EvmIdentity {
  const key = scopeKey(rootSecret, scope);
  requireNumber("index", index);
  const wide = hkdfExpand(key, Uint8Array.of(...utf8("secp256k1"), 0, ...uint64(index)), 48);
  const order = secp256k1().Point.Fn.ORDER;
  const scalar = (BigInt(`0x${toHex(wide)}`) % (order - 1n)) + 1n;
  return createEvmIdentity({ secretKey: secp256k1().Point.Fn.toBytes(scalar) });
}

/**
 * The address that signed a message, or undefined. Only the low one of the two possible s counts, and only 27 or 28,
 * so that one signature has one form (EIP-2).
 *
 * @param message what was signed
 * @param signature 65 bytes
 * @returns the address, or undefined for anything malformed
 * @example
 * ```ts
 * import { recoverEvmAddress } from "@emrx/chain-adapter/identity";
 *
 * recoverEvmAddress(Uint8Array.of(1), new Uint8Array(65)); // => undefined
 * ```
 */
export function recoverEvmAddress(message: Uint8Array, signature: Uint8Array): string | undefined {
  if (!isBytes(message) || !isBytes(signature)) return undefined;
  const recovery = (signature[64] ?? 0) - 27;
  if (signature.length !== 65 || (recovery !== 0 && recovery !== 1)) return undefined;
  const ordered = Uint8Array.of(recovery, ...signature.subarray(0, 64));
  try {
    if (secp256k1().Signature.fromBytes(ordered, "recovered").hasHighS()) return undefined;
    const digest = keccak_256(message);
    return evmAddress(secp256k1().recoverPublicKey(ordered, digest, { prehash: false }));
  } catch {
    return undefined;
  }
}
