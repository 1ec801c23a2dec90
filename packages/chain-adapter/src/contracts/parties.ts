// Parties and their keys: a party is named by its first key; later keys act for it once they followed by its statement.
import type { ChangeKey, RegisterKeys } from "../codec/calls.js";
import type { Hex32 } from "../codec/fields.js";
import { LedgerError } from "../errors.js";
import { applyKeyChangeSync, type KeyState } from "../identity/key-change.js";
import { decodePublicKey, partyId } from "../identity/public-key.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { type CallResult, type Refusal, reject } from "./result.js";
import type { CallContext, ContractState } from "./state.js";

/** The party that a key acts for, itself unless it followed another; a key that was followed acts for nobody. */
export function partyOf(state: ContractState, key: Hex32): { readonly party: Hex32 } | Refusal {
  const { histories, parties } = state.parties;
  const party = mapGet(parties, key) ?? key;
  const current = mapGet(histories, party)?.current ?? party;
  return current === key
    ? { party }
    : reject("EMRX_KEY_RETIRED", `another key has followed ${key}; sign with that one`);
}

function withHistory(state: ContractState, history: KeyState): ContractState {
  const { name, current } = history;
  return {
    ...state,
    parties: {
      histories: mapSet(state.parties.histories, name, history),
      parties: mapSet(state.parties.parties, current, name),
    },
  };
}

export function registerParty(
  state: ContractState,
  { recovery }: RegisterKeys,
  { ledger, signer: name }: CallContext,
): CallResult {
  if (mapGet(state.parties.histories, name) !== undefined) {
    return reject("EMRX_KEYS_REGISTERED", `${name} has announced a recovery key already`);
  }
  const history = { ledger, name, current: name, recovery, sequence: 0 };
  return { state: withHistory(state, history), events: [{ type: "identity.registered", name }] };
}

export function changeKey(state: ContractState, { name, change }: ChangeKey): CallResult {
  const history = mapGet(state.parties.histories, name);
  if (history === undefined) {
    return reject("EMRX_KEYS_UNKNOWN", `${name} has not announced a recovery key`);
  }
  const key = partyId(decodePublicKey(change.next));
  if (mapGet(state.parties.parties, key) !== undefined) {
    return reject("EMRX_KEY_TAKEN", `${change.next} is or was the key of a party already`);
  }
  try {
    const next = applyKeyChangeSync(history, change);
    const { kind } = change;
    return {
      state: withHistory(state, next),
      events: [{ type: "identity.keyChanged", name, kind, key }],
    };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return reject("EMRX_INVALID_KEY_CHANGE", error.message);
  }
}
