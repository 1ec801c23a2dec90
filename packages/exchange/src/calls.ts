// One way to put a call on the ledger: signed, under a key that makes a retry harmless.
import {
  type Call,
  type CallSigner,
  type ChainAdapter,
  encodeCanonical,
  type Receipt,
  type SignedCall,
  signCall,
} from "@emrx/chain-adapter";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** Signs a call; its idempotency key is the call's own hash, so that the same call sent again has one effect. */
export function signed(ledger: ChainAdapter, signer: CallSigner, call: Call): Promise<SignedCall> {
  return signCall(ledger.id, signer, call, { key: bytesToHex(sha256(encodeCanonical(call))) });
}

/** Signs and submits a call. */
export async function submitCall(
  ledger: ChainAdapter,
  signer: CallSigner,
  call: Call,
): Promise<Receipt> {
  return ledger.submit(await signed(ledger, signer, call));
}
