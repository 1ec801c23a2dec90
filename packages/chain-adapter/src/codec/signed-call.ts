// A call under a signature: what is submitted, logged and replayed.

import { concatBytes, toHex } from "@emrx/internal/bytes";
import {
  bytes,
  deferred,
  integer,
  literal,
  methods,
  object,
  optional,
  type Shape,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import type { Identity } from "../identity/identity.js";
import {
  decodePublicKey,
  encodePublicKey,
  encodeSignature,
  type PublicKey,
  type PublicKeyText,
  publicKeyText,
  type SignatureText,
  schemeForms,
  signatureBytes,
  signatureText,
} from "../identity/public-key.js";
import { sha256 } from "../merkle/sha256.js";
import { callShape, parseCall } from "./call-shapes.js";
import type { Call } from "./calls.js";
import { decodeCanonical, encodeCanonical } from "./canonical.js";
import { type Hex32, hex32, shortName, time } from "./fields.js";

/** Checks a signature under the scheme of its key; false for anything malformed. */
export type VerifySignature = (
  key: PublicKey,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
) => Promise<boolean> | boolean;

/** What the signature covers. */
export interface UnsignedCall {
  readonly format: "emrx-call/1";
  /** Id of the ledger that the call is for. */
  readonly ledger: Hex32;
  readonly call: Call;
  /** Public key of the signer, with its scheme. */
  readonly signer: PublicKeyText;
  /** Idempotency key: the same key and call from one signer have one effect, however often they are sent. */
  readonly key: string;
  /** The call is refused unless what it changes is at this version (0: does not exist yet). */
  readonly expectedVersion?: number;
  /** The call is refused from this moment of ledger time on. */
  readonly deadline?: number;
}

/** A call as it is submitted and logged. */
export interface SignedCall extends UnsignedCall {
  /** Signature over `callMessage`, under the scheme of the signer's key. */
  readonly signature: SignatureText;
}

/** Name of a submitted call: a hash of ledger, signer and key. */
export type CallId = Hex32;

/** What a caller adds to a call. */
export interface CallOptions {
  /** Idempotency key, 1 to 128 characters, fresh for every new call of this signer. */
  readonly key: string;
  /** Version that what the call changes must be at; 0 if it must not exist yet. */
  readonly expectedVersion?: number;
  /** Ledger time, milliseconds, from which the call is void. */
  readonly deadline?: number;
}

const signedShape: Shape<SignedCall> = /* @__PURE__ */ deferred(() =>
  object({
    format: literal("emrx-call/1"),
    ledger: hex32,
    call: callShape,
    signer: publicKeyText,
    key: shortName,
    expectedVersion: optional(integer(0)),
    deadline: optional(time),
    signature: signatureText,
  }),
);

/** What names a call; it has more members. */
const namedShape: Shape<Pick<UnsignedCall, "ledger" | "signer" | "key">> = (value, visit) => {
  if (typeof value !== "object" || value === null) return namedMembers(value, visit);
  const { ledger, signer, key } = value as Partial<UnsignedCall>;
  return namedMembers({ ledger, signer, key }, visit);
};

const namedMembers = /* @__PURE__ */ deferred(() =>
  object({ ledger: hex32, signer: publicKeyText, key: shortName }),
);

const signerShape = /* @__PURE__ */ deferred(() => methods<Identity>("an identity", "sign"));

const optionsShape: Shape<CallOptions> = /* @__PURE__ */ deferred(() =>
  object({
    key: shortName,
    expectedVersion: optional(integer(0)),
    deadline: optional(time),
  }),
);

const domain = /* @__PURE__ */ new TextEncoder().encode("emrx signed call 1\n");

/** The bytes that are signed: a domain line, then the canonical call without its signature. */
export function callMessage(call: UnsignedCall | SignedCall): Uint8Array<ArrayBuffer> {
  return concatBytes(domain, encodeCanonical({ ...call, signature: undefined }));
}

/**
 * Signs a call for one ledger.
 *
 * @param ledger id of the ledger, from its `id`
 * @param signer whose call it is
 * @param call the call
 * @param options idempotency key; optionally expected version and deadline
 * @returns the signed call, ready to submit
 * @throws LedgerError `EMRX_INVALID_CALL` if the call or an option is malformed, `EMRX_INVALID_KEY` if the signer is, `EMRX_NOT_CANONICAL` if a text in it
 * is not in normal form C
 * @see RFC 8785 (canonical JSON)
 * @example
 * ```ts
 * import { createGenesis, createIdentity, ledgerId, signCall } from "@emrx/chain-adapter";
 *
 * const signer = await createIdentity();
 * const id = ledgerId(createGenesis({ name: "trial" }));
 * const signed = await signCall(id, signer, { type: "trade.settle", round: 1 }, { key: "settle-1" });
 * signed.call.type; // => "trade.settle"
 * ```
 */
export async function signCall(
  ledger: Hex32,
  signer: Identity,
  call: Call,
  options: CallOptions,
): Promise<SignedCall> {
  check(signerShape, signer, "signer", "EMRX_INVALID_CALL");
  const unsigned: UnsignedCall = {
    format: "emrx-call/1",
    ledger: check(hex32, ledger, "ledger", "EMRX_INVALID_CALL"),
    call: parseCall(call),
    signer: encodePublicKey(signer),
    ...check(optionsShape, options, "options", "EMRX_INVALID_CALL"),
  };
  const signature = await signer.sign(callMessage(unsigned));
  const { signatureLength } = schemeForms[signer.scheme];
  check(bytes(signatureLength), signature, "what signer.sign gave", "EMRX_INVALID_KEY");
  return { ...unsigned, signature: encodeSignature(signer.scheme, signature) };
}

/**
 * Checks the form of a signed call, not its signature.
 *
 * @param call anything
 * @returns the signed call
 * @throws LedgerError `EMRX_INVALID_CALL` naming the member that is wrong
 * @example
 * ```ts
 * import { parseSignedCall } from "@emrx/chain-adapter/calls";
 *
 * parseSignedCall({}); // throws EMRX_INVALID_CALL
 * ```
 */
export function parseSignedCall(call: unknown): SignedCall {
  return check(signedShape, call, "signedCall", "EMRX_INVALID_CALL");
}

/** The bytes of a signed call in the log. */
export function encodeSignedCall(call: SignedCall): Uint8Array<ArrayBuffer> {
  return encodeCanonical(call);
}

/** Reads a signed call from its canonical bytes; throws `EMRX_NOT_CANONICAL` or `EMRX_INVALID_CALL`. */
export function decodeSignedCall(bytes: Uint8Array): SignedCall {
  return parseSignedCall(decodeCanonical(bytes));
}

/** A signed call with its record, of which everything that is hashed or signed is cut: it is written out once. */
export interface WrittenCall {
  readonly signed: SignedCall;
  /** The call in the log: `encodeSignedCall(signed)`. */
  readonly record: Uint8Array<ArrayBuffer>;
  /** What is signed: `callMessage(signed)`. */
  readonly message: Uint8Array<ArrayBuffer>;
}

/**
 * Cuts the signature out of a record. Members stand sorted by key, so it is the last but one, and only the signer comes after it.
 *
 * @param signed a call of right form
 * @param record its canonical bytes
 */
export function writtenCall(signed: SignedCall, record: Uint8Array<ArrayBuffer>): WrittenCall {
  const after = `,"signer":"${signed.signer}"}`; // neither needs escapes: each is one byte a character
  const cut = `,"signature":"${signed.signature}"`.length + after.length;
  const end = new TextEncoder().encode(after);
  const message = concatBytes(domain, record.subarray(0, record.length - cut), end);
  return { signed, record, message };
}

/** Whether the signature of a call is right. */
export async function verifySignedCall(
  { signed, message }: WrittenCall,
  verify: VerifySignature,
): Promise<boolean> {
  const key = decodePublicKey(signed.signer);
  return verify(key, message, signatureBytes(key.scheme, signed.signature));
}

/**
 * The id under which a ledger knows a call. Ids of different signers never meet, so nobody can take another's id.
 *
 * @param call ledger, signer and key of the call
 * @returns 64 hexadecimal digits
 * @throws LedgerError `EMRX_INVALID_CALL` if a member is malformed, `EMRX_NOT_CANONICAL` if the key is not in normal form C
 * @example
 * ```ts
 * import { callId } from "@emrx/chain-adapter/calls";
 *
 * const call = { ledger: "00".repeat(32), signer: `ed25519:${"11".repeat(32)}`, key: "a" };
 * callId(call) === callId({ ...call, signer: `ed25519:${"22".repeat(32)}` }); // => false
 * ```
 */
export function callId(call: Pick<UnsignedCall, "ledger" | "signer" | "key">): CallId {
  const { ledger, signer, key } = check(namedShape, call, "call", "EMRX_INVALID_CALL");
  return toHex(sha256(encodeCanonical({ domain: "emrx call id 1", ledger, signer, key })));
}

/** Hash of everything signed: two calls with one id must agree in it. */
export function callBodyHash({ message }: WrittenCall): Hex32 {
  return toHex(sha256(message));
}

/** Throws `EMRX_WRONG_LEDGER` if a call is for another ledger. */
export function requireLedger(call: SignedCall, ledger: Hex32): void {
  if (call.ledger === ledger) return;
  throw new LedgerError(
    "EMRX_WRONG_LEDGER",
    `signedCall.ledger is ${call.ledger}, this ledger is ${ledger}; sign the call for this ledger.`,
  );
}
