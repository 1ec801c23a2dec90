// One way to put a call on the ledger: signed, under a key that makes a retry harmless.
import {
  type Call,
  type ChainAdapter,
  type Identity,
  LedgerError,
  type LedgerEvent,
  signCall,
} from "@emrx/chain-adapter";
import { callId } from "@emrx/chain-adapter/calls";
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** What became of a call: its events, or the code with which it was refused. */
export type CallOutcome =
  | { readonly events: readonly LedgerEvent[] }
  | { readonly refused: string; readonly error: LedgerError };

/**
 * Signs and submits a call. Its idempotency key is its own hash, with the `occasion` where the same call can be meant anew: the
 * same call sent again has one effect. A call that came outside of its window, by a clock that runs ahead, is tried anew;
 * whatever else was refused stays refused.
 *
 * @throws whatever is no refusal of the contracts
 */
export async function submitCall(
  ledger: ChainAdapter,
  signer: Identity,
  call: Call,
  occasion = "",
): Promise<CallOutcome> {
  const hash = bytesToHex(sha256(encodeCanonical(call)));
  let key = occasion === "" ? hash : `${hash}/${occasion}`;
  for (;;) {
    const signed = await signCall(ledger.id, signer, call, { key });
    const before = await ledger.status(callId(signed));
    if (before.state === "rejected" && before.rejection.code === "EMRX_WRONG_WINDOW") {
      key = `${hash}/${before.index}`; // each attempt has a key that follows from the last
      continue;
    }
    try {
      return { events: (await ledger.submit(signed)).events };
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      const { state } = await ledger.status(callId(signed));
      if (state !== "rejected") throw error;
      return { refused: error.code, error };
    }
  }
}
