// The state of the contracts as canonical JSON, for digests that replicas compare and for snapshots.

import { toHex } from "@emrx/internal/bytes";
import { encodeCanonical, type Json, type JsonObject } from "../codec/canonical.js";
import type { Hex32 } from "../codec/fields.js";
import { sha256 } from "../merkle/sha256.js";
import { emptyMap, mapEntries, mapSet, type PersistentMap } from "./persistent-map.js";
import { type ContractState, type Escrow, initialState, type RoundState } from "./state.js";

function dump<V>(map: PersistentMap<V>): JsonObject {
  // Everything below the maps is plain canonical data already.
  return Object.fromEntries(mapEntries(map)) as unknown as JsonObject;
}

function load<V>(json: JsonObject | undefined): PersistentMap<V> {
  let map = emptyMap<V>();
  for (const [key, value] of Object.entries(json ?? {}))
    map = mapSet(map, key, value as unknown as V);
  return map;
}

function dumpRound({ admitted, inputs, pairs, ...round }: RoundState): JsonObject {
  const { offers, requests, seeders } = inputs;
  return {
    ...round,
    admitted: dump(admitted),
    inputs: { offers: dump(offers), requests: dump(requests), seeders },
    pairs: dump(pairs),
  } as unknown as JsonObject;
}

function loadRound(json: Json): RoundState {
  const { admitted, inputs, pairs, ...round } = json as Record<string, JsonObject>;
  const { offers, requests, seeders } = inputs as Record<string, JsonObject>;
  return {
    ...round,
    admitted: load(admitted),
    inputs: { offers: load(offers), requests: load(requests), seeders },
    pairs: load(pairs),
  } as unknown as RoundState;
}

/** The state as canonical JSON. */
export function dumpState(state: ContractState): JsonObject {
  const { publications, rounds, policies, money, evaluation, parties } = state;
  return {
    publications: dump(publications),
    rounds: Object.fromEntries(mapEntries(rounds).map(([key, round]) => [key, dumpRound(round)])),
    policies: dump(policies),
    money: { escrow: { ...money.escrow }, credits: dump(money.credits) },
    evaluation: { ratings: dump(evaluation.ratings), scores: dump(evaluation.scores) },
    parties: { histories: dump(parties.histories), parties: dump(parties.parties) },
  };
}

/** The state that `dumpState` wrote. The caller vouches for the JSON: it is not checked again. */
export function loadState(json: Json): ContractState {
  const parts = (json ?? {}) as Record<string, Record<string, JsonObject>>;
  const { money, evaluation, parties } = parts;
  const { escrow } = initialState().money;
  let rounds = emptyMap<RoundState>();
  for (const [key, round] of Object.entries(parts["rounds"] ?? {}))
    rounds = mapSet(rounds, key, loadRound(round));
  return {
    publications: load(parts["publications"]),
    rounds,
    policies: load(parts["policies"]),
    money: {
      escrow: (money?.["escrow"] as unknown as Escrow | undefined) ?? escrow,
      credits: load(money?.["credits"]),
    },
    evaluation: { ratings: load(evaluation?.["ratings"]), scores: load(evaluation?.["scores"]) },
    parties: { histories: load(parties?.["histories"]), parties: load(parties?.["parties"]) },
  };
}

/**
 * SHA-256 over the canonical state: equal digests, equal states.
 *
 * @param state the state of the contracts
 * @returns 64 hexadecimal digits
 * @example
 * ```ts
 * import { initialState, stateDigest } from "@emrx/chain-adapter/contracts";
 *
 * stateDigest(initialState()).length; // => 64
 * ```
 */
export function stateDigest(state: ContractState): Hex32 {
  return toHex(sha256(encodeCanonical(dumpState(state))));
}
