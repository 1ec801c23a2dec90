// One-time pseudonyms. Everything that one round shows of a patient comes from one root secret through HKDF, with a
// label for ledger, round, role and patient: within a round the holder can find everything again from the secret,
// and across rounds nobody else can tell that two pseudonyms are of one patient.
import { coded, deferred, integer, object, type Shape, typedArray } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { sha256Into } from "../merkle/sha256.js";
import {
  label,
  labelBytes,
  lengthPrefixed,
  requireKey,
  requireNumber,
  uint64,
} from "./encoding.js";
import { type HmacKey, hkdfExpand, hkdfExtract, hmacInto, hmacKey } from "./hkdf.js";
import { createIdentity, type Identity } from "./identity.js";

/** Where a pseudonym is valid. Another domain, round or role has other pseudonyms, which cannot be linked to these. */
export interface PseudonymScope {
  /** Ledger and holder, for example `"trial-ledger/st-mary"`; 1 to 255 bytes of UTF-8. */
  readonly domain: string;
  /** Number of the round. */
  readonly round: number;
  /** What the holder does under the pseudonym, for example `"publisher"`; 1 to 255 bytes of UTF-8. */
  readonly role: string;
}

/** The shape of a scope. */
export const scopeShape: Shape<PseudonymScope> = /* @__PURE__ */ coded(
  "EMRX_INVALID_LABEL",
  /* @__PURE__ */ deferred(() => object({ domain: label, round: integer(0), role: label })),
);

/** A one-time pseudonym and the key that proves that it is one's own. */
export interface Pseudonym {
  /** What others see: SHA-256 over the key, 32 bytes. */
  readonly id: Uint8Array<ArrayBuffer>;
  /** 32 secret bytes. Shown once, they prove ownership (see `pseudonymOfKey`). */
  readonly key: Uint8Array<ArrayBuffer>;
}

/** What a derived key is for; keys of different purposes are independent. */
export type KeyPurpose = "pseudonym" | "salt" | "order" | "ed25519";

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const EXTRACT_SALT: Uint8Array = /* @__PURE__ */ utf8("emrx/identity/1");
/** A pseudonym is SHA-256 of these 16 bytes, a kind and 32 bytes: one compression. */
const ID_DOMAIN: Uint8Array = /* @__PURE__ */ utf8("emrx/pseudonym/1");
const KIND_KEY = 0;
const KIND_ED25519 = 1;

/** Least bytes of a root secret. */
export const ROOT_SECRET_LENGTH = 32;

/** The key from which everything of one scope is derived. It opens this scope and no other. */
export function scopeKey(rootSecret: Uint8Array, scope: PseudonymScope): HmacKey {
  requireKey("rootSecret", rootSecret, ROOT_SECRET_LENGTH, Number.MAX_SAFE_INTEGER);
  const { domain, round, role } = check(scopeShape, scope, "scope", "EMRX_INVALID_LABEL");
  const info = lengthPrefixed(
    utf8("scope"),
    labelBytes("scope.domain", domain),
    uint64(round),
    labelBytes("scope.role", role),
  );
  return hmacKey(hkdfExpand(hkdfExtract(EXTRACT_SALT, rootSecret), info, 32));
}

/** A function that writes the 32-byte key of a purpose for one patient after another: HKDF-Expand, one block. */
export function keyWriter(
  scope: HmacKey,
  purpose: KeyPurpose,
): (index: number, out: Uint8Array, outOffset: number) => void {
  const label = utf8(purpose);
  const input = new Uint8Array(label.length + 10);
  input.set(label);
  const view = new DataView(input.buffer);
  input[input.length - 1] = 1; // the block counter of HKDF
  return (index, out, outOffset) => {
    view.setUint32(label.length + 1, Math.floor(index / 2 ** 32));
    view.setUint32(label.length + 5, index >>> 0);
    hmacInto(scope, input, 0, input.length, out, outOffset);
  };
}

/** Writes the pseudonym over 32 bytes of a kind. */
function pseudonymInto(kind: number, from: Uint8Array, out: Uint8Array, outOffset: number): void {
  const input = new Uint8Array(ID_DOMAIN.length + 33);
  input.set(ID_DOMAIN);
  input[ID_DOMAIN.length] = kind;
  input.set(from, ID_DOMAIN.length + 1);
  sha256Into(input, 0, input.length, out, outOffset);
}

function deriveKey(
  rootSecret: Uint8Array,
  scope: PseudonymScope,
  purpose: KeyPurpose,
  index: number,
): Uint8Array<ArrayBuffer> {
  const key = scopeKey(rootSecret, scope);
  requireNumber("index", index);
  const out = new Uint8Array(32);
  keyWriter(key, purpose)(index, out, 0);
  return out;
}

/**
 * The one-time pseudonym of one patient in one scope.
 *
 * @param rootSecret at least 32 random bytes, of a patient or of the site that acts for patients
 * @param scope domain, round and role
 * @param index which of the holder's patients, a whole number; 0 for a patient's own secret
 * @returns pseudonym and its key
 * @throws LedgerError `EMRX_INVALID_KEY` if the secret is too short, `EMRX_INVALID_LABEL` if scope or index is malformed
 * @see RFC 5869 (HKDF)
 * @example
 * ```ts
 * import { derivePseudonym, pseudonymOfKey } from "@emrx/chain-adapter/identity";
 *
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const scope = { domain: "trial-ledger/st-mary", round: 1, role: "publisher" };
 * const pseudonym = derivePseudonym(secret, scope, 17);
 * pseudonymOfKey(pseudonym.key); // => pseudonym.id
 * ```
 */
export function derivePseudonym(
  rootSecret: Uint8Array,
  scope: PseudonymScope,
  index: number,
): Pseudonym {
  const key = deriveKey(rootSecret, scope, "pseudonym", index);
  return { id: pseudonymOfKey(key), key };
}

/**
 * The pseudonym that a key stands for. Whoever shows the key of a pseudonym, which nobody else could find, shows that
 * it is theirs; after that the pseudonym is spent, since the key is known.
 *
 * @param key 32 bytes
 * @returns the pseudonym, 32 bytes
 * @throws LedgerError `EMRX_INVALID_KEY` if the key is not 32 bytes
 * @example
 * ```ts
 * import { pseudonymOfKey } from "@emrx/chain-adapter/identity";
 *
 * pseudonymOfKey(new Uint8Array(31)); // throws EMRX_INVALID_KEY
 * ```
 */
export function pseudonymOfKey(key: Uint8Array): Uint8Array<ArrayBuffer> {
  requireKey("key", key, 32);
  const out = new Uint8Array(32);
  pseudonymInto(KIND_KEY, key, out, 0);
  return out;
}

/**
 * The pseudonyms of many patients of one scope, without an object per patient.
 *
 * @param rootSecret at least 32 random bytes
 * @param scope domain, round and role
 * @param indices which patients
 * @returns 32 bytes a patient, laid end to end; the same as `derivePseudonym` gives one by one
 * @throws LedgerError `EMRX_INVALID_KEY` or `EMRX_INVALID_LABEL`, as `derivePseudonym`
 * @example
 * ```ts
 * import { derivePseudonym, derivePseudonyms } from "@emrx/chain-adapter/identity";
 *
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const scope = { domain: "trial-ledger/st-mary", round: 1, role: "publisher" };
 * const all = derivePseudonyms(secret, scope, Uint32Array.of(4, 17));
 * all.subarray(32); // => derivePseudonym(secret, scope, 17).id
 * ```
 */
export function derivePseudonyms(
  rootSecret: Uint8Array,
  scope: PseudonymScope,
  indices: Uint32Array,
): Uint8Array<ArrayBuffer> {
  check(typedArray("Uint32Array"), indices, "indices", "EMRX_INVALID_LABEL");
  const write = keyWriter(scopeKey(rootSecret, scope), "pseudonym");
  const input = new Uint8Array(ID_DOMAIN.length + 33);
  input.set(ID_DOMAIN);
  input[ID_DOMAIN.length] = KIND_KEY;
  const out = new Uint8Array(indices.length * 32);
  for (let i = 0; i < indices.length; i++) {
    write(indices[i] as number, input, ID_DOMAIN.length + 1);
    sha256Into(input, 0, input.length, out, i * 32);
  }
  return out;
}

/**
 * A one-time identity that can sign, for a patient who acts in person. Its pseudonym is the hash of its public key,
 * so a signature proves ownership without giving the key away; it costs about a millisecond, where the pseudonym of
 * `derivePseudonym` costs a microsecond.
 *
 * @param rootSecret at least 32 random bytes
 * @param scope domain, round and role
 * @param index which of the holder's patients
 * @returns an Ed25519 identity; its pseudonym is `pseudonymOfPublicKey(identity.publicKey)`
 * @throws LedgerError `EMRX_INVALID_KEY` or `EMRX_INVALID_LABEL`, as `derivePseudonym`
 * @example
 * ```ts
 * import { deriveIdentity, pseudonymOfPublicKey } from "@emrx/chain-adapter/identity";
 *
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const scope = { domain: "trial-ledger/patient", round: 1, role: "publisher" };
 * const patient = await deriveIdentity(secret, scope, 0);
 * pseudonymOfPublicKey(patient.publicKey).length; // => 32
 * ```
 */
export async function deriveIdentity(
  rootSecret: Uint8Array,
  scope: PseudonymScope,
  index: number,
): Promise<Identity> {
  return createIdentity({ secretKey: deriveKey(rootSecret, scope, "ed25519", index) });
}

/**
 * The pseudonym of a public key.
 *
 * @param publicKey an Ed25519 public key, 32 bytes
 * @returns the pseudonym, 32 bytes; never equal to one that a key of `derivePseudonym` stands for
 * @throws LedgerError `EMRX_INVALID_KEY` if the key is not 32 bytes
 * @example
 * ```ts
 * import { pseudonymOfKey, pseudonymOfPublicKey } from "@emrx/chain-adapter/identity";
 *
 * const bytes = new Uint8Array(32).fill(9);
 * pseudonymOfPublicKey(bytes)[0] === pseudonymOfKey(bytes)[0]; // => false
 * ```
 */
export function pseudonymOfPublicKey(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  requireKey("publicKey", publicKey, 32);
  const out = new Uint8Array(32);
  pseudonymInto(KIND_ED25519, publicKey, out, 0);
  return out;
}
