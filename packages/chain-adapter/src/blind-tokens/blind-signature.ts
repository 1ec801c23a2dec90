// RSA blind signatures (RFC 9474, RSABSSA-SHA384): the signer signs without seeing what, so that what it signed
// cannot be linked to when or for whom it signed.
import { isBytes } from "@emrx/internal/bytes";
import { LedgerError } from "../errors.js";
import { requireKey } from "../identity/encoding.js";
import { fromBytes, inverse, power, publicPower, randomBelow, toBytes } from "./modular.js";
import { pssEncode, pssVerify } from "./pss.js";

/** An RSA public key with the exponent 65537. */
export interface RsaPublicKey {
  readonly modulus: bigint;
  /** Bytes of the modulus, whose first bit is set. */
  readonly length: number;
}

/** The secret half, in the form that lets the two primes be used apart. */
export interface RsaSecretKey extends RsaPublicKey {
  readonly p: bigint;
  readonly q: bigint;
  /** d modulo p - 1. */
  readonly dp: bigint;
  /** d modulo q - 1. */
  readonly dq: bigint;
  /** Inverse of q modulo p. */
  readonly qi: bigint;
}

/** RSABSSA-SHA384-PSS: as many bytes of salt as of hash. */
const SALT_LENGTH = 48;

/** Raises a number to the secret exponent, without any padding. */
export type RsaSecretOperation = (
  input: Uint8Array<ArrayBuffer>,
) => Uint8Array | Promise<Uint8Array>;

const unusable = (why: string): LedgerError =>
  new LedgerError("EMRX_INVALID_KEY", `the issuer's key is no RSA key: ${why}.`);

const invalid = (message: string): LedgerError => new LedgerError("EMRX_INVALID_TOKEN", message);

/** A public key from the bytes of its modulus; `EMRX_INVALID_KEY` unless odd, of 256 to 512 bytes, and its first bit set. */
export function rsaPublicKey(bytes: Uint8Array): RsaPublicKey {
  requireKey("issuerKey", bytes, 256, 512);
  const modulus = fromBytes(bytes);
  if ((bytes[0] as number) < 128 || modulus % 2n === 0n) {
    throw new LedgerError(
      "EMRX_INVALID_KEY",
      "an issuer key is an odd RSA modulus of 256 to 512 bytes whose first bit is set.",
    );
  }
  return { modulus, length: bytes.length };
}

/** PSS encodes to a bit less than the modulus has, so that the number is below it. */
const encodedBits = (key: RsaPublicKey): number => 8 * key.length - 1;

/** What the client keeps while the signer works. */
export interface Blinding {
  /** What goes to the signer: as many bytes as the modulus. */
  readonly blinded: Uint8Array<ArrayBuffer>;
  /** Undoes the blinding. */
  readonly inverse: bigint;
}

/**
 * Blinds a message (RFC 9474 section 4.2).
 *
 * @param chosen salt and blinding factor of published vectors; fresh ones otherwise
 */
export function blind(
  key: RsaPublicKey,
  message: Uint8Array,
  chosen: { readonly salt?: Uint8Array; readonly factor?: bigint } = {},
): Blinding {
  const { modulus, length } = key;
  const salt = chosen.salt ?? globalThis.crypto.getRandomValues(new Uint8Array(SALT_LENGTH));
  const encoded = fromBytes(pssEncode(message, encodedBits(key), salt));
  // A number that shares a factor with the modulus would factor it: that never happens to an honest key.
  if (inverse(encoded, modulus) === undefined) throw invalid("the message cannot be blinded.");
  for (;;) {
    const factor = chosen.factor ?? randomBelow(modulus);
    const undo = inverse(factor, modulus);
    if (undo === undefined) continue;
    const blinded = toBytes((encoded * publicPower(factor, modulus)) % modulus, length);
    return { blinded, inverse: undo };
  }
}

/** The secret operation in plain JavaScript: two exponentiations of half the length (RFC 8017 section 5.1.2). */
export function rsaSecretOperation(key: RsaSecretKey): RsaSecretOperation {
  const { modulus, length, p, q, dp, dq, qi } = key;
  return (input) => {
    // The time of BigInt arithmetic depends on its operands; a fresh factor hides which they are.
    const factor = randomBelow(modulus);
    const undo = inverse(factor, modulus);
    if (undo === undefined) throw unusable("the modulus has a small factor");
    const hidden = (fromBytes(input) * publicPower(factor, modulus)) % modulus;
    const [atP, atQ] = [power(hidden % p, dp, p), power(hidden % q, dq, q)];
    const h = ((((atP - atQ) * qi) % p) + p) % p;
    return toBytes(((atQ + q * h) * undo) % modulus, length);
  };
}

/** Signs what was blinded (section 4.3), and checks the result: a faulty one could give the key away. */
export async function blindSign(
  key: RsaPublicKey,
  operation: RsaSecretOperation,
  blinded: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const value = requireElement("blinded", key, blinded);
  const signature = Uint8Array.from(await operation(Uint8Array.from(blinded)));
  if (publicPower(fromBytes(signature), key.modulus) !== value) {
    throw unusable("its secret and public half do not belong together");
  }
  return signature;
}

/** Takes the blinding off and checks the signature (section 4.4). */
export function finalize(
  key: RsaPublicKey,
  message: Uint8Array,
  blindSignature: Uint8Array,
  undo: bigint,
  saltLength: number = SALT_LENGTH,
): Uint8Array<ArrayBuffer> {
  const value = requireElement("blindSignature", key, blindSignature);
  const signature = toBytes((value * undo) % key.modulus, key.length);
  if (!verifyRsaPss(key, message, signature, saltLength)) {
    throw invalid(
      "the issuer's answer is no signature under its key: ask again, or do not trust it.",
    );
  }
  return signature;
}

/** RSASSA-PSS-VERIFY (RFC 8017 section 8.1.2); false for anything malformed. */
export function verifyRsaPss(
  key: RsaPublicKey,
  message: Uint8Array,
  signature: Uint8Array,
  saltLength: number = SALT_LENGTH,
): boolean {
  if (signature.length !== key.length) return false;
  const value = fromBytes(signature);
  if (value >= key.modulus) return false;
  const encoded = toBytes(publicPower(value, key.modulus), key.length);
  return pssVerify(message, encodedBits(key), saltLength, encoded);
}

/** The number of as many bytes as the modulus; `EMRX_INVALID_TOKEN` unless it is below it. */
export function requireElement(name: string, key: RsaPublicKey, bytes: Uint8Array): bigint {
  if (isBytes(bytes) && bytes.length === key.length) {
    const value = fromBytes(bytes);
    if (value < key.modulus) return value;
  }
  throw invalid(`${name} must be ${key.length} bytes and below the modulus of the issuer key.`);
}
