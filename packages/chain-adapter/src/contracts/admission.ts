// Admission: where a round has an issuer key, a party spends one token of that issuer to take part, once a round.
import { decodeToken, tokenId, verifyToken } from "../blind-tokens/token.js";
import type { Hex32 } from "../codec/fields.js";
import { fromHex } from "../codec/hex.js";
import { mapGet, mapSet, type PersistentMap } from "./persistent-map.js";
import { type Refusal, reject } from "./result.js";
import type { CallContext, RoundState } from "./state.js";

/** Spends the token of somebody who takes part in a round, if it needs one: who is admitted then. */
export function admit(
  { round, issuerKey, admitted }: RoundState,
  token: string | undefined,
  { ledger, signer }: CallContext,
): { readonly admitted: PersistentMap<Hex32> } | Refusal {
  if (issuerKey === undefined) {
    return token === undefined
      ? { admitted }
      : reject("EMRX_NO_ADMISSION", `round ${round} takes no tokens; keep yours`);
  }
  if (mapGet(admitted, signer) !== undefined) return { admitted };
  if (token === undefined) {
    return reject("EMRX_ADMISSION_REQUIRED", `round ${round} needs an admission token`);
  }
  const shown = decodeToken(fromHex(token));
  // A token is of one holder, so nobody else can spend it.
  if (
    !verifyToken({ ledger, round, issuerKey: fromHex(issuerKey), holder: fromHex(signer) }, shown)
  ) {
    const message = `the token is not one of the issuer of round ${round} of this ledger for ${signer}`;
    return reject("EMRX_TOKEN_REFUSED", message);
  }
  return { admitted: mapSet(admitted, signer, tokenId(shown)) };
}
