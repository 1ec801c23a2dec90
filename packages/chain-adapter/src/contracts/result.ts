// What a reducer returns: the next state with its events, or a rejection that changes nothing.
import type { LedgerEvent } from "../codec/events.js";
import type { Rejection, RejectionCode } from "../errors.js";
import { emptyMap, mapGet, mapSet, type PersistentMap } from "./persistent-map.js";
import type { ContractState } from "./state.js";

/** What a call did: a new state and events, or nothing and why. */
export type CallResult =
  | { readonly state: ContractState; readonly events: readonly LedgerEvent[] }
  | { readonly rejection: Rejection };

/** A call refused. */
export type Refusal = { readonly rejection: Rejection };

export function reject(
  code: RejectionCode,
  message: string,
  details?: Readonly<Record<string, string | number>>,
): Refusal {
  return { rejection: { code, message, ...(details === undefined ? {} : { details }) } };
}

/** The value under two keys of a map of maps. */
export function getIn<V>(
  map: PersistentMap<PersistentMap<V>>,
  outer: string | number,
  inner: string,
): V | undefined {
  const found = mapGet(map, String(outer));
  return found === undefined ? undefined : mapGet(found, inner);
}

/** A map of maps with the value under two keys set. */
export function setIn<V>(
  map: PersistentMap<PersistentMap<V>>,
  outer: string | number,
  inner: string,
  value: NoInfer<V>,
): PersistentMap<PersistentMap<V>> {
  const key = String(outer);
  return mapSet(map, key, mapSet(mapGet(map, key) ?? emptyMap<V>(), inner, value));
}

/** Sum of two amounts in decimal strings. */
export function add(a: string, b: string | bigint): string {
  return (BigInt(a) + BigInt(b)).toString();
}

/** Difference of two amounts in decimal strings. */
export function subtract(a: string, b: string | bigint): string {
  return (BigInt(a) - BigInt(b)).toString();
}
