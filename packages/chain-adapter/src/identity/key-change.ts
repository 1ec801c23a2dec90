// Key rotation and loss. A party's history of keys begins with a key and the hash of a recovery key that stays unused
// in a safe. Rotation is signed by the current key; recovery by the recovery key, which outranks it: a thief of the
// current key can rotate, but cannot keep the owner from recovering (pre-rotation, after Smith, "KERI", 2019).

import { toHex } from "@emrx/internal/bytes";
import type { Hex32 } from "../codec/fields.js";
import { fromHex } from "../codec/hex.js";
import { LedgerError } from "../errors.js";
import { sha256 } from "../merkle/sha256.js";
import { verifySignature } from "./ed25519.js";
import { verifySignatureSync } from "./ed25519-sync.js";
import { labelBytes, lengthPrefixed, requireKey, requireNumber, uint64 } from "./encoding.js";
import type { Identity } from "./identity.js";

/** Where a party's keys stand. Plain data: a contract can keep it. */
export interface KeyState {
  /** Id of the ledger that the history is for. */
  readonly ledger: string;
  /** The first key: the party's name, which never changes. */
  readonly name: Hex32;
  /** The key that signs now. */
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
  readonly next: Hex32;
  /** Hash of the recovery key from now on; only a recovery may change it. */
  readonly nextRecovery: Hex32;
  /** The key that says so: the current one, or the recovery key. */
  readonly authority: Hex32;
  /** Signature of the authority, 128 hexadecimal digits. */
  readonly authoritySignature: string;
  /** Signature of the new key: whoever names it holds it. */
  readonly nextSignature: string;
}

/** What a party decides when a key follows another. */
export interface KeyChangeOptions {
  readonly kind: KeyChange["kind"];
  /** The current identity for a rotation, the recovery identity for a recovery. */
  readonly authority: Identity;
  /** The new identity. */
  readonly next: Identity;
  /** Public key of the next recovery identity; needed for a recovery, since the old one has been shown. */
  readonly nextRecoveryKey?: Uint8Array;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const DOMAIN: Uint8Array = /* @__PURE__ */ utf8("emrx/key-change/1");

function refuse(message: string): never {
  throw new LedgerError("EMRX_INVALID_KEY_CHANGE", message);
}

/** The hash under which a recovery key is announced without being shown. */
function recoveryHash(publicKey: Uint8Array): Hex32 {
  requireKey("recoveryKey", publicKey, 32);
  return toHex(sha256(lengthPrefixed(utf8("emrx/recovery/1"), publicKey)));
}

/**
 * The beginning of a party's history of keys.
 *
 * @param ledger id of the ledger
 * @param publicKey the first Ed25519 key, 32 bytes: the party's name from now on
 * @param recoveryKey public key of the recovery identity, 32 bytes; only its hash is kept
 * @returns the state
 * @throws LedgerError `EMRX_INVALID_KEY` or `EMRX_INVALID_LABEL` for a malformed key or ledger
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { registerKeys, signKeyChange, applyKeyChange } from "@emrx/chain-adapter/identity";
 *
 * const [site, recovery, next] = [await createIdentity(), await createIdentity(), await createIdentity()];
 * const state = registerKeys("trial", site.publicKey, recovery.publicKey);
 * const rotation = await signKeyChange(state, { kind: "rotation", authority: site, next });
 * (await applyKeyChange(state, rotation)).sequence; // => 1
 * ```
 */
export function registerKeys(
  ledger: string,
  publicKey: Uint8Array,
  recoveryKey: Uint8Array,
): KeyState {
  labelBytes("ledger", ledger);
  requireKey("publicKey", publicKey, 32);
  const name = toHex(publicKey);
  return { ledger, name, current: name, recovery: recoveryHash(recoveryKey), sequence: 0 };
}

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
    fromHex(next),
    fromHex(nextRecovery),
    fromHex(authority),
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
 * const state = registerKeys("trial", site.publicKey, recovery.publicKey);
 * await signKeyChange(state, { kind: "recovery", authority: recovery, next }); // throws EMRX_INVALID_KEY_CHANGE
 * ```
 */
export async function signKeyChange(state: KeyState, choice: KeyChangeOptions): Promise<KeyChange> {
  const { kind, authority, next, nextRecoveryKey } = choice;
  if ((kind === "recovery") !== (nextRecoveryKey !== undefined)) {
    refuse(
      "a recovery names the next recovery key, since it shows the old one; a rotation cannot change it.",
    );
  }
  const unsigned: Unsigned = {
    kind,
    sequence: state.sequence,
    next: toHex(next.publicKey),
    nextRecovery: nextRecoveryKey === undefined ? state.recovery : recoveryHash(nextRecoveryKey),
    authority: toHex(authority.publicKey),
  };
  const message = keyChangeMessage(state, unsigned);
  return {
    ...unsigned,
    authoritySignature: toHex(await authority.sign(message)),
    nextSignature: toHex(await next.sign(message)),
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
 * const state = registerKeys("trial", site.publicKey, recovery.publicKey);
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
 * const state = registerKeys("trial", site.publicKey, recovery.publicKey);
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

function refuseSignature(key: Uint8Array): never {
  return refuse(`the signature of ${toHex(key)} is wrong.`);
}

/** Where the keys would stand, if both signatures are right. */
function successor(
  state: KeyState,
  change: KeyChange,
): {
  readonly next: KeyState;
  readonly signed: readonly {
    readonly key: Uint8Array;
    readonly message: Uint8Array;
    readonly signature: Uint8Array;
  }[];
} {
  const { kind, sequence, next, nextRecovery, authority } = change;
  for (const [name, digits] of [
    ["next", 64],
    ["nextRecovery", 64],
    ["authority", 64],
    ["authoritySignature", 128],
    ["nextSignature", 128],
  ] as const) {
    const value = change[name];
    const right = typeof value === "string" && value.length === digits && /^[0-9a-f]+$/.test(value);
    if (!right) refuse(`change.${name} must be ${digits} lowercase hexadecimal digits.`);
  }
  if (kind !== "rotation" && kind !== "recovery")
    refuse("change.kind is neither rotation nor recovery.");
  if (sequence !== state.sequence) {
    refuse(`change.sequence is ${sequence}; the keys stand at ${state.sequence}.`);
  }
  if (next === state.current) refuse("the next key is the current one.");
  if (kind === "rotation") {
    if (authority !== state.current) refuse("a rotation must be signed by the current key.");
    if (nextRecovery !== state.recovery) refuse("a rotation cannot change the recovery key.");
  } else {
    if (recoveryHash(fromHex(authority)) !== state.recovery) {
      refuse("a recovery must be signed by the recovery key that was announced.");
    }
    if (nextRecovery === state.recovery)
      refuse("the recovery key has been shown; announce another.");
  }
  const message = keyChangeMessage(state, change);
  return {
    next: { ...state, current: next, recovery: nextRecovery, sequence: sequence + 1 },
    signed: [
      { key: fromHex(authority), message, signature: fromHex(change.authoritySignature) },
      { key: fromHex(next), message, signature: fromHex(change.nextSignature) },
    ],
  };
}
