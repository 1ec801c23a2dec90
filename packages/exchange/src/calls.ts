// One way to put a call on the ledger: signed, under a key that makes a retry harmless.
import {
  type Call,
  type CallSigner,
  type ChainAdapter,
  callId,
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

/** Signs and submits a call. One that was refused before is a new attempt: what stood in its way may be gone. */
export async function submitCall(
  ledger: ChainAdapter,
  signer: CallSigner,
  call: Call,
): Promise<Receipt> {
  const attempt = await signed(ledger, signer, call);
  const { state } = await ledger.status(callId(attempt));
  if (state !== "rejected") return ledger.submit(attempt);
  const fresh = bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
  const key = `${attempt.key.slice(0, 64)}/${fresh}`;
  return ledger.submit(await signCall(ledger.id, signer, call, { key }));
}
