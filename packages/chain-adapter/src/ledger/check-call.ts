// What is asked of a call before it is sent to the log.
import type { Hex32 } from "../codec/fields.js";
import {
  encodeSignedCall,
  parseSignedCall,
  requireLedger,
  type SignedCall,
  type VerifySignature,
  verifySignedCall,
  writtenCall,
} from "../codec/signed-call.js";
import { LedgerError } from "../errors.js";
import { type VerifiedCall, verifiedCall } from "./entry.js";

/** A call that may be appended, and the record of it. */
export interface CheckedCall {
  readonly verified: VerifiedCall;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a call is checked by. */
interface Terms {
  readonly ledger: Hex32;
  /** Longest record, bytes. */
  readonly longest: number;
  readonly verify: VerifySignature;
}

/** A call ready to be logged, or what is wrong with it: form, ledger, length, signature. */
export async function checkCall(
  call: SignedCall,
  { ledger, longest, verify }: Terms,
): Promise<CheckedCall | LedgerError> {
  try {
    const signed = parseSignedCall(call);
    requireLedger(signed, ledger);
    const bytes = encodeSignedCall(signed);
    if (bytes.length > longest) {
      const message = `the call has ${bytes.length} bytes, at most ${longest} go`;
      throw new LedgerError("EMRX_ENTRY_TOO_LARGE", message);
    }
    const written = writtenCall(signed, bytes);
    if (!(await verifySignedCall(written, verify))) {
      throw new LedgerError(
        "EMRX_BAD_SIGNATURE",
        "signedCall.signature is not the signer's over this call",
      );
    }
    return { verified: verifiedCall(written), bytes };
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
}
