// Key rotation and loss. A party's history of keys begins with a key and the hash of a recovery key that stays unused
// in a safe. Rotation is signed by the current key; recovery by the recovery key, which outranks it: a thief of the
// current key can rotate, but cannot keep the owner from recovering (pre-rotation, after Smith, "KERI", 2019).

import {
  deferred,
  guard,
  integer,
  methods,
  object,
  oneOf,
  optional,
  type Shape,
} from "@emrx/internal/shape";
import { type Hex32, hex32 } from "../codec/fields.js";
import { fromHex } from "../codec/hex.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { label, labelBytes, lengthPrefixed, requireNumber, uint64 } from "./encoding.js";
import type { Identity } from "./identity.js";
import {
  decodePublicKey,
  encodePublicKey,
  encodeSignature,
  keyHash,
  type PublicKey,
  type PublicKeyText,
  partyId,
  publicKeyText,
  requirePublicKey,
  type SignatureText,
  signatureBytes,
  signatureText,
} from "./public-key.js";
import { verifySignature, verifySignatureSync } from "./scheme.js";

/** Where a party's keys stand. Plain data: a contract can keep it. */
export interface KeyState {
  /** Id of the ledger that the history is for. */
  readonly ledger: string;
  /** The party's name, which never changes: `partyId` of its first key. */
  readonly name: Hex32;
  /** `partyId` of the key that signs now. */
  readonly current: Hex32;
  /** Hash of the recovery key. */
  readonly recovery: Hex32;
  /** How often a key has followed another. */
  readonly sequence: number;
}

/** One key following another, signed by the one that may say so and by the new one. */
export interface KeyChange {
  readonly kind: "rotation" | "recovery";
  /** `sequence` of the state that it follows. */
  readonly sequence: number;
  /** The new key. */
  readonly next: PublicKeyText;
  /** Hash of the recovery key from now on; only a recovery may change it. */
  readonly nextRecovery: Hex32;
  /** The key that says so: the current one, or the recovery key. */
  readonly authority: PublicKeyText;
  /** Signature of the authority, under the scheme of its key. */
  readonly authoritySignature: SignatureText;
  /** Signature of the new key: whoever names it holds it. */
  readonly nextSignature: SignatureText;
}

/** What a party decides when a key follows another. */
export interface KeyChangeOptions {
  readonly kind: KeyChange["kind"];
  /** The current identity for a rotation, the recovery identity for a recovery. */
  readonly authority: Identity;
  /** The new identity. */
  readonly next: Identity;
  /** The next recovery identity's key; needed for a recovery, since the old one has been shown. */
  readonly nextRecoveryKey?: PublicKey;
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const DOMAIN: Uint8Array = /* @__PURE__ */ utf8("emrx/key-change/1");

function refuse(message: string): never {
  throw new LedgerError("EMRX_INVALID_KEY_CHANGE", message);
}

/** The hash under which a recovery key is announced without being shown. */
const recoveryHash = (key: PublicKey): Hex32 => keyHash("emrx/recovery/1", key);

/**
 * The beginning of a party's history of keys.
 *
 * @param ledger id of the ledger
 * @param key the first key, of any scheme: its `partyId` is the party's name from now on
 * @param recoveryKey public key of the recovery identity, of any scheme; only its hash is kept
 * @returns the state
 * @throws LedgerError `EMRX_INVALID_KEY` or `EMRX_INVALID_LABEL` for a malformed key or ledger
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { registerKeys, signKeyChange, applyKeyChange } from "@emrx/chain-adapter/identity";
 *
 * const [site, recovery, next] = [await createIdentity(), await createIdentity(), await createIdentity()];
 * const state = registerKeys("trial", site, recovery);
 * const rotation = await signKeyChange(state, { kind: "rotation", authority: site, next });
 * (await applyKeyChange(state, rotation)).sequence; // => 1
 * ```
 */
export function registerKeys(ledger: string, key: PublicKey, recoveryKey: PublicKey): KeyState {
  labelBytes("ledger", ledger);
  const name = partyId(requirePublicKey("key", key));
  const recovery = recoveryHash(requirePublicKey("recoveryKey", recoveryKey));
  return { ledger, name, current: name, recovery, sequence: 0 };
}

const stateShape: Shape<KeyState> = /* @__PURE__ */ deferred(() =>
  object({
    ledger: label,
    name: hex32,
    current: hex32,
    recovery: hex32,
    sequence: integer(0),
  }),
);

/** Throws `EMRX_INVALID_KEY_CHANGE` unless the value says where keys stand. */
const requireState = (state: KeyState): KeyState =>
  check(stateShape, state, "state", "EMRX_INVALID_KEY_CHANGE");

const optionsShape: Shape<KeyChangeOptions> = /* @__PURE__ */ deferred(() =>
  object({
    kind: oneOf(["rotation", "recovery"]),
    authority: methods<Identity>("an identity", "sign"),
    next: methods<Identity>("an identity", "sign"),
    nextRecoveryKey: optional(guard(isKey, "a public key with its scheme")),
  }),
);

const isKey = (value: unknown): value is PublicKey =>
  typeof value === "object" && value !== null && "scheme" in value;

type Unsigned = Omit<KeyChange, "authoritySignature" | "nextSignature">;

function keyChangeMessage(state: KeyState, change: Unsigned): Uint8Array<ArrayBuffer> {
  const { kind, sequence, next, nextRecovery, authority } = change;
  requireNumber("change.sequence", sequence);
  return lengthPrefixed(
    DOMAIN,
    labelBytes("ledger", state.ledger),
    fromHex(state.name),
    fromHex(state.current),
    uint64(sequence),
    utf8(kind),
    utf8(next),
    fromHex(nextRecovery),
    utf8(authority),
  );
}

/**
 * Signs that a key follows another.
 *
 * @param state where the party's keys stand
 * @param choice rotation or recovery, by whom, and to which key
 * @returns the change, for the ledger
 * @throws LedgerError `EMRX_INVALID_KEY_CHANGE` for a recovery without a next recovery key, or a rotation with one
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { registerKeys, signKeyChange } from "@emrx/chain-adapter/identity";
 *
 * const [site, recovery, next] = [await createIdentity(), await createIdentity(), await createIdentity()];
 * const state = registerKeys("trial", site, recovery);
 * await signKeyChange(state, { kind: "recovery", authority: recovery, next }); // throws EMRX_INVALID_KEY_CHANGE
 * ```
 */
export async function signKeyChange(state: KeyState, choice: KeyChangeOptions): Promise<KeyChange> {
  requireState(state);
  const { kind, authority, next, nextRecoveryKey } = check(
    optionsShape,
    choice,
    "choice",
    "EMRX_INVALID_KEY_CHANGE",
  );
  if ((kind === "recovery") !== (nextRecoveryKey !== undefined)) {
    refuse(
      "a recovery names the next recovery key, since it shows the old one; a rotation cannot change it.",
    );
  }
  const unsigned: Unsigned = {
    kind,
    sequence: state.sequence,
    next: encodePublicKey(next),
    nextRecovery:
      nextRecoveryKey === undefined
        ? state.recovery
        : recoveryHash(requirePublicKey("nextRecoveryKey", nextRecoveryKey)),
    authority: encodePublicKey(authority),
  };
  const message = keyChangeMessage(state, unsigned);
  return {
    ...unsigned,
    authoritySignature: encodeSignature(authority.scheme, await authority.sign(message)),
    nextSignature: encodeSignature(next.scheme, await next.sign(message)),
  };
}

/**
 * Lets a key follow another, if everything about it is right.
 *
 * @param state where the party's keys stand; not modified
 * @param change from the ledger
 * @returns where they stand then
 * @throws LedgerError `EMRX_INVALID_KEY_CHANGE` naming what is wrong: order, authority, recovery key or signature
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { registerKeys, signKeyChange, applyKeyChange } from "@emrx/chain-adapter/identity";
 *
 * const [site, recovery, next] = [await createIdentity(), await createIdentity(), await createIdentity()];
 * const state = registerKeys("trial", site, recovery);
 * const forged = await signKeyChange(state, { kind: "rotation", authority: next, next });
 * await applyKeyChange(state, forged); // throws EMRX_INVALID_KEY_CHANGE
 * ```
 */
export async function applyKeyChange(state: KeyState, change: KeyChange): Promise<KeyState> {
  const { next, signed } = successor(state, change);
  for (const { key, message, signature } of signed) {
    if (!(await verifySignature(key, message, signature))) refuseSignature(key);
  }
  return next;
}

/**
 * The same without waiting, for code that cannot be asynchronous, such as a contract.
 *
 * @param state where the party's keys stand; not modified
 * @param change from the ledger
 * @returns where they stand then
 * @throws LedgerError `EMRX_INVALID_KEY_CHANGE` naming what is wrong: order, authority, recovery key or signature
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { registerKeys, signKeyChange, applyKeyChangeSync } from "@emrx/chain-adapter/identity";
 *
 * const [site, recovery, next] = [await createIdentity(), await createIdentity(), await createIdentity()];
 * const state = registerKeys("trial", site, recovery);
 * const rotation = await signKeyChange(state, { kind: "rotation", authority: site, next });
 * applyKeyChangeSync(state, rotation).sequence; // => 1
 * ```
 */
export function applyKeyChangeSync(state: KeyState, change: KeyChange): KeyState {
  const { next, signed } = successor(state, change);
  for (const { key, message, signature } of signed) {
    if (!verifySignatureSync(key, message, signature)) refuseSignature(key);
  }
  return next;
}

function refuseSignature(key: PublicKey): never {
  return refuse(`the signature of ${encodePublicKey(key)} is wrong.`);
}

/** A signature to check. */
interface Signed {
  readonly key: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** The form of a key change. */
export const keyChangeShape: Shape<KeyChange> = /* @__PURE__ */ deferred(() =>
  object({
    kind: oneOf(["rotation", "recovery"]),
    sequence: integer(0),
    next: publicKeyText,
    nextRecovery: hex32,
    authority: publicKeyText,
    authoritySignature: signatureText,
    nextSignature: signatureText,
  }),
);

/** Where the keys would stand, if both signatures are right. */
function successor(
  state: KeyState,
  change: KeyChange,
): { readonly next: KeyState; readonly signed: readonly Signed[] } {
  requireState(state);
  const { kind, sequence, nextRecovery, authoritySignature, nextSignature, ...keys } = check(
    keyChangeShape,
    change,
    "change",
    "EMRX_INVALID_KEY_CHANGE",
  );
  const [next, authority] = [decodePublicKey(keys.next), decodePublicKey(keys.authority)];
  const current = partyId(next);
  if (sequence !== state.sequence) {
    refuse(`change.sequence is ${sequence}; the keys stand at ${state.sequence}.`);
  }
  if (current === state.current) refuse("the next key is the current one.");
  if (kind === "rotation") {
    if (partyId(authority) !== state.current)
      refuse("a rotation must be signed by the current key.");
    if (nextRecovery !== state.recovery) refuse("a rotation cannot change the recovery key.");
  } else {
    if (recoveryHash(authority) !== state.recovery) {
      refuse("a recovery must be signed by the recovery key that was announced.");
    }
    if (nextRecovery === state.recovery)
      refuse("the recovery key has been shown; announce another.");
  }
  const message = keyChangeMessage(state, change);
  const signed = (key: PublicKey, text: SignatureText): Signed => ({
    key,
    message,
    signature: signatureBytes(key.scheme, text),
  });
  return {
    next: { ...state, current, recovery: nextRecovery, sequence: sequence + 1 },
    signed: [signed(authority, authoritySignature), signed(next, nextSignature)],
  };
}
