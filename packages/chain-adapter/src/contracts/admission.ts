// Admission: where a round's issuer key stands on the ledger, whoever takes part spends a token of that issuer, once.
import { rsaPublicKey } from "../blind-tokens/blind-signature.js";
import { decodeToken, tokenId, verifyToken } from "../blind-tokens/token.js";
import type { OpenRound } from "../codec/calls.js";
import type { Round } from "../codec/fields.js";
import { fromHex } from "../codec/hex.js";
import { LedgerError } from "../errors.js";
import { matchingRound } from "./matching.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { type CallResult, getIn, type Refusal, reject, setIn } from "./result.js";
import type { CallContext, ContractState, TradeState } from "./state.js";

export function openRound(
  state: ContractState,
  { round, issuerKey }: OpenRound,
  { signer, genesis, time }: CallContext,
): CallResult {
  const { trade } = state;
  const { operators } = genesis;
  if (operators.length > 0 && !operators.includes(signer)) {
    return reject("EMRX_NOT_OPERATOR", `${signer} is not an operator of this ledger`);
  }
  const key = String(round);
  // One key a round, there before anybody takes part: or the issuer could tell tokens apart by their keys.
  const begun =
    mapGet(trade.offers, key) ?? mapGet(trade.requests, key) ?? matchingRound(state, round);
  if (mapGet(trade.admissions, key) !== undefined || begun !== undefined) {
    return reject(
      "EMRX_ROUND_STARTED",
      `round ${round} has an issuer key or has begun without one`,
    );
  }
  try {
    rsaPublicKey(fromHex(issuerKey));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return reject("EMRX_ISSUER_KEY", error.message);
  }
  const admission = { round, issuerKey, openedAt: time, spent: 0 };
  const admissions = mapSet(trade.admissions, key, admission);
  return {
    state: { ...state, trade: { ...trade, admissions } },
    events: [{ type: "trade.roundOpened", round, issuerKey }],
  };
}

/** Spends the token of somebody who takes part in a round, if it needs one: the parts of the state that change. */
export function admit(
  trade: TradeState,
  round: Round,
  token: string | undefined,
  { ledger, signer }: CallContext,
): Pick<TradeState, "admissions" | "spentTokens"> | Refusal {
  const { admissions, spentTokens } = trade;
  const admission = mapGet(admissions, String(round));
  if (admission === undefined) {
    return token === undefined
      ? { admissions, spentTokens }
      : reject("EMRX_NO_ADMISSION", `round ${round} takes no tokens; keep yours`);
  }
  if (token === undefined) {
    return reject("EMRX_ADMISSION_REQUIRED", `round ${round} needs an admission token`);
  }
  const shown = decodeToken(fromHex(token));
  const id = tokenId(shown);
  if (getIn(spentTokens, round, id) !== undefined) {
    return reject("EMRX_TOKEN_SPENT", `token ${id} was spent in round ${round} already`);
  }
  const issuerKey = fromHex(admission.issuerKey);
  if (!verifyToken({ ledger, round, issuerKey, holder: fromHex(signer) }, shown)) {
    const message = `the token is not one of the issuer of round ${round} of this ledger for ${signer}`;
    return reject("EMRX_TOKEN_REFUSED", message);
  }
  return {
    admissions: mapSet(admissions, String(round), { ...admission, spent: admission.spent + 1 }),
    spentTokens: setIn(spentTokens, round, id, signer),
  };
}
