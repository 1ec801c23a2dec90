// The signed checkpoint: a statement of size and root that can be kept elsewhere and checked by anyone.
// Written to a new file, synced, renamed over the old one: it is always whole.
import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, writeFreshFile } from "@emrx/internal/regular-file";
import { deferred, integer, literal, object, optional, type Shape } from "@emrx/internal/shape";
import { decodeCanonical, encodeCanonical } from "../codec/canonical.js";
import { hex32, time } from "../codec/fields.js";
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
  signatureBytes,
  signatureText,
} from "../identity/public-key.js";
import { verifySignature } from "../identity/scheme.js";
import type { Checkpoint } from "../ledger/port.js";
import { damaged } from "./format.js";
import { readLedgerFile } from "./ledger-file.js";

/** A checkpoint, signed if the ledger's operator gave a key. */
export interface SignedCheckpoint extends Checkpoint {
  readonly format: "emrx-checkpoint/1";
  readonly signer?: PublicKeyText;
  readonly signature?: SignatureText;
}

const shape: Shape<SignedCheckpoint> = /* @__PURE__ */ deferred(() =>
  object({
    format: literal("emrx-checkpoint/1"),
    ledger: hex32,
    size: integer(1),
    root: hex32,
    time,
    signer: optional(publicKeyText),
    signature: optional(signatureText),
  }),
);

const message = (checkpoint: SignedCheckpoint): Uint8Array<ArrayBuffer> =>
  encodeCanonical({ ...checkpoint, signature: undefined });

/** Signs and writes a checkpoint; `requireOwner` throws if the folder is no longer ours, and then nothing is put in place. */
export async function writeCheckpoint(
  file: string,
  checkpoint: Checkpoint,
  signer: Identity | undefined,
  requireOwner: () => void,
): Promise<void> {
  const { ledger, size, root, time: at } = checkpoint;
  const plain: SignedCheckpoint = { format: "emrx-checkpoint/1", ledger, size, root, time: at };
  let signed = plain;
  if (signer !== undefined) {
    const named = { ...plain, signer: encodePublicKey(signer) };
    signed = {
      ...named,
      signature: encodeSignature(signer.scheme, await signer.sign(message(named))),
    };
  }
  const temporary = `${file}.new`;
  requireOwner();
  await writeFreshFile(temporary, encodeCanonical(signed));
  requireOwner();
  await rename(temporary, file);
  await syncFolder(dirname(file));
}

/**
 * Reads a checkpoint and verifies its signature; undefined if there is none yet, which it is not if it is `due`. With a
 * `verifyKey` it must be signed by that key; with an `ownKey` it must not be signed by another.
 */
export async function readCheckpoint(
  file: string,
  due: boolean,
  verifyKey: PublicKey | undefined,
  ownKey: PublicKey | undefined,
): Promise<SignedCheckpoint | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = readLedgerFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    if (due) throw damaged(file, 0, "it is missing");
    return undefined;
  }
  let checkpoint: SignedCheckpoint;
  try {
    checkpoint = check(shape, decodeCanonical(bytes), "checkpoint", "EMRX_DAMAGED");
  } catch (error) {
    throw damaged(file, 0, (error as Error).message);
  }
  const { signer, signature } = checkpoint;
  if ((signer === undefined) !== (signature === undefined)) {
    throw damaged(file, 0, "signer and signature go together");
  }
  if (signer !== undefined && signature !== undefined) {
    const key = decodePublicKey(signer);
    if (!(await verifySignature(key, message(checkpoint), signatureBytes(key.scheme, signature))))
      throw damaged(file, 0, "the checkpoint's signature is wrong");
  }
  const expected = verifyKey ?? (signer === undefined ? undefined : ownKey);
  if (expected !== undefined && signer !== encodePublicKey(expected)) {
    throw new LedgerError(
      "EMRX_CHECKPOINT_SIGNATURE",
      `the checkpoint in ${file} is ${signer === undefined ? "not signed" : `signed by ${signer}`}, not by ${encodePublicKey(expected)}.`,
    );
  }
  return checkpoint;
}
