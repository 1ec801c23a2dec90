// What a reducer returns: the next state with its events, or a rejection that changes nothing.
import type { LedgerEvent } from "../codec/events.js";
import type { Rejection, RejectionCode } from "../errors.js";
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

/** Sum of two amounts in decimal strings. */
export function add(a: string | bigint, b: string | bigint): string {
  return (BigInt(a) + BigInt(b)).toString();
}

/** Difference of two amounts in decimal strings. */
export function subtract(a: string | bigint, b: string | bigint): string {
  return (BigInt(a) - BigInt(b)).toString();
}
