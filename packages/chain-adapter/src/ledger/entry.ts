// What an entry of a log means: its hashes, and the call in it with a verified signature.
import type { Hex32 } from "../codec/fields.js";
import {
  type CallId,
  callBodyHash,
  callId,
  decodeSignedCall,
  type SignedCall,
  type VerifySignature,
  verifySignedCall,
  type WrittenCall,
  writtenCall,
} from "../codec/signed-call.js";
import { LedgerError, type LedgerErrorCode } from "../errors.js";
import { decodePublicKey, partyId } from "../identity/public-key.js";
import { sha256 } from "../merkle/sha256.js";
import type { LogEntry } from "./port.js";

/** A signed call whose form and signature are known to be right. */
export interface VerifiedCall {
  readonly valid: true;
  readonly signed: SignedCall;
  readonly id: CallId;
  readonly bodyHash: string;
  /** `partyId` of the signer's key. */
  readonly signer: Hex32;
}

/** A signed call as found in the log, or why there is none. */
export type VerifiedEntry =
  | VerifiedCall
  | { readonly valid: false; readonly code: LedgerErrorCode };

/** The longest call: a longer entry is none, and is not looked at any further. */
export const MAX_CALL_BYTES: number = 1 << 20;

/**
 * The leaf hash of an entry in the log's tree. The leaf is its time as 8 bytes, big endian, then its bytes; as in
 * RFC 6962, a zero precedes it.
 */
export function entryLeafHash({
  time,
  bytes,
}: Pick<LogEntry, "time" | "bytes">): Uint8Array<ArrayBuffer> {
  const leaf = new Uint8Array(9 + bytes.length);
  new DataView(leaf.buffer).setBigUint64(1, BigInt(time));
  leaf.set(bytes, 9);
  return sha256(leaf);
}

/** The hash chain: hash of everything up to an entry, from the hash before it and the entry's leaf hash. */
export function chainHash(before: Uint8Array, leafHash: Uint8Array): Uint8Array<ArrayBuffer> {
  const input = new Uint8Array(65);
  input[0] = 2; // apart from leaves (0) and inner nodes (1) of the tree
  input.set(before, 1);
  input.set(leafHash, 33);
  return sha256(input);
}

/** The call of a signed call whose form and signature are known to be right. */
export function verifiedCall(written: WrittenCall): VerifiedCall {
  const { signed } = written;
  return {
    valid: true,
    signed,
    id: callId(signed),
    bodyHash: callBodyHash(written),
    signer: partyId(decodePublicKey(signed.signer)),
  };
}

/** Reads the call in an entry and verifies it. Whatever is wrong with it, this does not throw. */
export async function verifyEntry(
  bytes: Uint8Array<ArrayBuffer>,
  ledger: string,
  verify: VerifySignature,
): Promise<VerifiedEntry> {
  if (bytes.length > MAX_CALL_BYTES) return { valid: false, code: "EMRX_ENTRY_TOO_LARGE" };
  try {
    const signed = decodeSignedCall(bytes);
    if (signed.ledger !== ledger) return { valid: false, code: "EMRX_WRONG_LEDGER" };
    const written = writtenCall(signed, bytes);
    if (!(await verifySignedCall(written, verify))) {
      return { valid: false, code: "EMRX_BAD_SIGNATURE" };
    }
    return verifiedCall(written);
  } catch (error) {
    if (error instanceof LedgerError) return { valid: false, code: error.code };
    throw error;
  }
}
