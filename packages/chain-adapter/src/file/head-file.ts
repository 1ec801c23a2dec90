// The signed head: a statement of size and root that can be kept elsewhere and checked by anyone.
// Written to a new file, synced, renamed over the old one: it is always whole.
import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { decodeCanonical, encodeCanonical } from "../codec/canonical.js";
import { hex32, hex64, time } from "../codec/fields.js";
import { fromHex, toHex } from "../codec/hex.js";
import { integer, object, oneOf } from "../codec/shape.js";
import type { CallSigner } from "../codec/signed-call.js";
import { LedgerError } from "../errors.js";
import { verifySignature } from "../identity/ed25519.js";
import type { Head } from "../ledger/port.js";
import { damaged } from "./format.js";

/** A head, signed if the ledger's operator gave a key. */
export interface SignedHead extends Head {
  readonly format: "emrx-head/1";
  readonly signer?: string;
  readonly signature?: string;
}

const shape = object<SignedHead>(
  {
    format: oneOf("emrx-head/1"),
    ledger: hex32,
    size: integer(1),
    root: hex32,
    time,
    signer: hex32,
    signature: hex64,
  },
  ["signer", "signature"],
);

const message = (head: SignedHead): Uint8Array =>
  encodeCanonical({ ...head, signature: undefined });

/** Syncs a folder, so that names created or changed in it last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Signs and writes a head. */
export async function writeHead(
  file: string,
  head: Head,
  signer: CallSigner | undefined,
): Promise<void> {
  const { ledger, size, root, time: at } = head;
  const plain: SignedHead = { format: "emrx-head/1", ledger, size, root, time: at };
  let signed = plain;
  if (signer !== undefined) {
    const named = { ...plain, signer: toHex(signer.publicKey) };
    signed = { ...named, signature: toHex(await signer.sign(message(named))) };
  }
  const draft = `${file}.new`;
  const handle = await open(draft, "w");
  try {
    await handle.writeFile(encodeCanonical(signed));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await syncFolder(dirname(file));
}

/**
 * Reads a head and verifies its signature; undefined if there is none yet, which it is not if it is `due`. With a
 * `verifyKey` it must be signed by that key; with an `ownKey` it must not be signed by another.
 */
export async function readHead(
  file: string,
  due: boolean,
  verifyKey: Uint8Array | undefined,
  ownKey: Uint8Array | undefined,
): Promise<SignedHead | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    if (due) throw damaged(file, 0, "it is missing");
    return undefined;
  }
  let head: SignedHead;
  try {
    head = shape(decodeCanonical(bytes), "head");
  } catch (error) {
    throw damaged(file, 0, (error as Error).message);
  }
  const { signer, signature } = head;
  if ((signer === undefined) !== (signature === undefined)) {
    throw damaged(file, 0, "signer and signature go together");
  }
  if (
    signer !== undefined &&
    signature !== undefined &&
    !(await verifySignature(fromHex(signer), message(head), fromHex(signature)))
  ) {
    throw damaged(file, 0, "the head's signature is wrong");
  }
  const expected = verifyKey ?? (signer === undefined ? undefined : ownKey);
  if (expected !== undefined && signer !== toHex(expected)) {
    throw new LedgerError(
      "EMRX_HEAD_SIGNATURE",
      `the head in ${file} is ${signer === undefined ? "not signed" : `signed by ${signer}`}, not by ${toHex(expected)}.`,
    );
  }
  return head;
}
