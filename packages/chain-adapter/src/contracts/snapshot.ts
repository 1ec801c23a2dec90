// The state of the contracts as canonical JSON, for digests that replicas compare and for snapshots.

import { toHex } from "@emrx/internal/bytes";
import { encodeCanonical, type Json, type JsonObject } from "../codec/canonical.js";
import type { Hex32 } from "../codec/fields.js";
import { sha256 } from "../merkle/sha256.js";
import { emptyMap, mapEntries, mapSet, type PersistentMap } from "./persistent-map.js";
import type { ContractState } from "./state.js";

type Inner<V> = PersistentMap<V>;

function dump<V>(map: Inner<V>): JsonObject {
  // Everything below the maps is plain canonical data already.
  return Object.fromEntries(mapEntries(map)) as unknown as JsonObject;
}

function dumpNested<V>(map: Inner<Inner<V>>): JsonObject {
  return Object.fromEntries(mapEntries(map).map(([key, inner]) => [key, dump(inner)]));
}

function load<V>(json: JsonObject): Inner<V> {
  let map = emptyMap<V>();
  for (const [key, value] of Object.entries(json)) map = mapSet(map, key, value as unknown as V);
  return map;
}

function loadNested<V>(json: JsonObject): Inner<Inner<V>> {
  let map = emptyMap<Inner<V>>();
  for (const [key, value] of Object.entries(json)) {
    map = mapSet(map, key, load<V>(value as JsonObject));
  }
  return map;
}

/** The state as canonical JSON. What came with rules 2 is left out under rules 1, so that old digests still hold. */
export function dumpState(state: ContractState): JsonObject {
  const { rules, trade, access, matching, evaluation, parties } = state;
  const latest = rules > 1;
  return {
    trade: {
      offers: dumpNested(trade.offers),
      requests: dumpNested(trade.requests),
      deliveries: dumpNested(trade.deliveries),
      credits: dump(trade.credits),
      escrow: { ...trade.escrow },
      ...(latest
        ? { admissions: dump(trade.admissions), spentTokens: dumpNested(trade.spentTokens) }
        : {}),
    },
    access: {
      policies: dump(access.policies),
      grants: dumpNested(access.grants),
      ...(latest ? { delegations: dumpNested(access.delegations) } : {}),
    },
    matching: { rounds: dump(matching.rounds) },
    evaluation: { ratings: dump(evaluation.ratings), scores: dump(evaluation.scores) },
    ...(latest
      ? {
          rules,
          parties: { histories: dump(parties.histories), parties: dump(parties.parties) },
        }
      : {}),
  };
}

/** The state that `dumpState` wrote. The caller vouches for the JSON: it is not checked again. */
export function loadState(json: Json): ContractState {
  const { rules, trade, access, matching, evaluation, parties } = json as {
    readonly rules?: number;
  } & Record<string, Record<string, JsonObject>>;
  const at = (part: Record<string, JsonObject> | undefined, name: string): JsonObject =>
    part?.[name] ?? {};
  return {
    rules: rules ?? 1,
    trade: {
      offers: loadNested(at(trade, "offers")),
      requests: loadNested(at(trade, "requests")),
      deliveries: loadNested(at(trade, "deliveries")),
      credits: load(at(trade, "credits")),
      escrow: at(trade, "escrow") as unknown as ContractState["trade"]["escrow"],
      admissions: load(at(trade, "admissions")),
      spentTokens: loadNested(at(trade, "spentTokens")),
    },
    access: {
      policies: load(at(access, "policies")),
      grants: loadNested(at(access, "grants")),
      delegations: loadNested(at(access, "delegations")),
    },
    matching: { rounds: load(at(matching, "rounds")) },
    evaluation: {
      ratings: load(at(evaluation, "ratings")),
      scores: load(at(evaluation, "scores")),
    },
    parties: {
      histories: load(at(parties, "histories")),
      parties: load(at(parties, "parties")),
    },
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
