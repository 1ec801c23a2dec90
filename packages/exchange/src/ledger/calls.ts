// One way to put a call on the ledger: signed, under a key that makes a retry harmless.
import {
  type Call,
  type ChainAdapter,
  type Identity,
  type Receipt,
  type SignedCall,
  signCall,
} from "@emrx/chain-adapter";
import { callId } from "@emrx/chain-adapter/calls";
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/**
 * Signs a call; its idempotency key is the call's own hash, so that the same call sent again has one effect. Where the same
 * call can be meant anew, such as the second revocation of what was granted twice, `occasion` tells the one from the other.
 */
export function signed(
  ledger: ChainAdapter,
  signer: Identity,
  call: Call,
  occasion?: string,
): Promise<SignedCall> {
  const hash = bytesToHex(sha256(encodeCanonical(call)));
  return signCall(ledger.id, signer, call, {
    key: occasion === undefined ? hash : `${hash}/${occasion}`,
  });
}

/** An occasion that comes once: for calls of which each one counts. */
export function onceOnly(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** Signs and submits a call. One that was refused before is a new attempt: what stood in its way may be gone. */
export async function submitCall(
  ledger: ChainAdapter,
  signer: Identity,
  call: Call,
  occasion?: string,
): Promise<Receipt> {
  const attempt = await signed(ledger, signer, call, occasion);
  const { state } = await ledger.status(callId(attempt));
  if (state !== "rejected") return ledger.submit(attempt);
  return ledger.submit(await signed(ledger, signer, call, onceOnly()));
}
