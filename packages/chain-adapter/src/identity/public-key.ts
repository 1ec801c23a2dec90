// Public keys and signatures with their scheme, the text in which calls carry them, and the party that a key begins.
import { toHex } from "@emrx/internal/bytes";
import { bytes, guard, literal, object, type Shape, variant } from "@emrx/internal/shape";
import type { Hex32 } from "../codec/fields.js";
import { fromHex } from "../codec/hex.js";
import { check } from "../errors/check.js";
import { sha256 } from "../merkle/sha256.js";
import { lengthPrefixed } from "./encoding.js";

/** Name of a signature scheme. */
export type SchemeName = "ed25519" | "secp256k1";

/** A public key with its scheme. Every {@link Identity} is one. */
export interface PublicKey {
  readonly scheme: SchemeName;
  /** 32 bytes for `ed25519`; 33 bytes, compressed, for `secp256k1`. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** A public key as text: its scheme, a colon and its bytes in lowercase hexadecimal, for example `ed25519:3b6a...`. */
export type PublicKeyText = string;

/** A signature as text, in the same form. */
export type SignatureText = string;

/** What a scheme's keys and signatures look like. */
interface SchemeForm {
  /** Bytes of a public key. */
  readonly publicKeyLength: number;
  /** Bytes of a signature. */
  readonly signatureLength: number;
  /** Public keys in hexadecimal. */
  readonly key: RegExp;
}

const ed25519: SchemeForm = {
  publicKeyLength: 32,
  signatureLength: 64,
  key: /^[0-9a-f]{64}$/,
};

const secp256k1: SchemeForm = {
  publicKeyLength: 33,
  signatureLength: 65,
  key: /^0[23][0-9a-f]{64}$/,
};

/** The forms by scheme. A new scheme begins here. */
export const schemeForms: { readonly [S in SchemeName]: SchemeForm } = { ed25519, secp256k1 };

const isScheme = (name: string): name is SchemeName => Object.hasOwn(schemeForms, name);

function split(
  value: unknown,
): { readonly scheme: SchemeName; readonly digits: string } | undefined {
  if (typeof value !== "string" || value.length > 200) return undefined;
  const [scheme = "", digits = "", ...more] = value.split(":");
  return isScheme(scheme) && more.length === 0 ? { scheme, digits } : undefined;
}

/** A public key in a call. */
export const publicKeyText: Shape<PublicKeyText> = /* @__PURE__ */ guard(
  (value): value is PublicKeyText => {
    const parts = split(value);
    return parts !== undefined && schemeForms[parts.scheme].key.test(parts.digits);
  },
  'a public key such as "ed25519:" and 64 lowercase hexadecimal digits, or "secp256k1:" and 66',
);

/** A signature in a call. */
export const signatureText: Shape<SignatureText> = /* @__PURE__ */ guard(
  (value): value is SignatureText => {
    const parts = split(value);
    return (
      parts !== undefined &&
      parts.digits.length === 2 * schemeForms[parts.scheme].signatureLength &&
      /^[0-9a-f]+$/.test(parts.digits)
    );
  },
  'a signature such as "ed25519:" and 128 lowercase hexadecimal digits, or "secp256k1:" and 130',
);

const publicKeyShape: Shape<PublicKey> = (value, visit) => keyMembers(pickKey(value), visit);

const keyMembers: Shape<PublicKey> = /* @__PURE__ */ variant("scheme", {
  ed25519: /* @__PURE__ */ object({
    scheme: /* @__PURE__ */ literal("ed25519"),
    publicKey: /* @__PURE__ */ bytes<ArrayBuffer>(32),
  }),
  secp256k1: /* @__PURE__ */ object({
    scheme: /* @__PURE__ */ literal("secp256k1"),
    publicKey: /* @__PURE__ */ bytes<ArrayBuffer>(33),
  }),
});

/** An identity has more members than a key needs. */
function pickKey(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { scheme, publicKey } = value as Partial<PublicKey>;
  return { scheme, publicKey };
}

/** The scheme and public key of a value; throws `EMRX_INVALID_KEY`. */
export const requirePublicKey = (name: string, value: PublicKey): PublicKey =>
  check(publicKeyShape, value, name, "EMRX_INVALID_KEY");

/**
 * The text of a public key, as calls carry it.
 *
 * @param key a public key, or an identity
 * @returns scheme, colon and lowercase hexadecimal
 * @throws LedgerError `EMRX_INVALID_KEY` if scheme or length are wrong
 * @example
 * ```ts
 * import { encodePublicKey } from "@emrx/chain-adapter/identity";
 *
 * encodePublicKey({ scheme: "ed25519", publicKey: new Uint8Array(32) }); // => `ed25519:${"00".repeat(32)}`
 * ```
 */
export function encodePublicKey(key: PublicKey): PublicKeyText {
  const { scheme, publicKey } = requirePublicKey("key", key);
  return `${scheme}:${toHex(publicKey)}`;
}

/**
 * Reads the text of a public key.
 *
 * @param text from `encodePublicKey`, or from a call
 * @returns scheme and bytes; whether these are a point of the curve is for verifying to say
 * @throws LedgerError `EMRX_INVALID_KEY` for any other text
 * @example
 * ```ts
 * import { decodePublicKey } from "@emrx/chain-adapter/identity";
 *
 * decodePublicKey(`ed25519:${"00".repeat(32)}`).publicKey.length; // => 32
 * decodePublicKey("00".repeat(32)); // throws EMRX_INVALID_KEY
 * ```
 */
export function decodePublicKey(text: PublicKeyText): PublicKey {
  check(publicKeyText, text, "text", "EMRX_INVALID_KEY");
  const { scheme, digits } = split(text) as NonNullable<ReturnType<typeof split>>;
  return { scheme, publicKey: fromHex(digits) };
}

/** The text of a signature under a scheme. */
export const encodeSignature = (scheme: SchemeName, signature: Uint8Array): SignatureText =>
  `${scheme}:${toHex(signature)}`;

/** The bytes of a signature under a scheme; no bytes, which are never right, if it is of another scheme or none. */
export function signatureBytes(scheme: SchemeName, text: SignatureText): Uint8Array<ArrayBuffer> {
  const parts = split(text);
  return parts?.scheme === scheme && /^(?:[0-9a-f]{2})*$/.test(parts.digits)
    ? fromHex(parts.digits)
    : new Uint8Array();
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A hash of a key with its scheme, for one purpose. */
export function keyHash(domain: string, { scheme, publicKey }: PublicKey): Hex32 {
  return toHex(sha256(lengthPrefixed(utf8(domain), utf8(scheme), publicKey)));
}

/**
 * The name of the party that begins with a key: what contracts know of whoever signs. It stays the party's name when
 * another key follows (see `signKeyChange`).
 *
 * @param key the party's first public key, or the identity that has it
 * @returns 64 hexadecimal digits: SHA-256 of `emrx/party/1`, scheme and key, each after its length in 4 bytes
 * @throws LedgerError `EMRX_INVALID_KEY` if scheme or length are wrong
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { partyId } from "@emrx/chain-adapter/identity";
 *
 * const site = await createIdentity();
 * partyId(site) === partyId({ scheme: "ed25519", publicKey: site.publicKey }); // => true
 * ```
 */
export const partyId = (key: PublicKey): Hex32 =>
  keyHash("emrx/party/1", requirePublicKey("key", key));
