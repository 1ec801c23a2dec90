// The windows of a round: which one a moment is in, and whether a call comes in its own.
import type { LedgerTime, Round } from "../codec/fields.js";
import type { Publication } from "../codec/publication.js";
import type { Phase } from "../codec/round-view.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { type Refusal, reject } from "./result.js";
import type { ContractState, RoundState } from "./state.js";

/** The windows in their order. */
const order = ["offer", "seed", "grant", "read", "release", "claim"] as const;

/** The window that a moment is in. A round in whose seed window nobody showed a share is void from its end on. */
export function phaseOf({ windows, inputs }: RoundState, time: LedgerTime): Phase {
  if (time >= windows.seed && inputs.seeders.every(({ share }) => share === undefined)) {
    return "void";
  }
  return order.find((window) => time < windows[window]) ?? "settle";
}

/** A round with its publication. */
export interface HeldRound {
  readonly round: RoundState;
  readonly publication: Publication;
}

/** A round that exists, or why not. */
export function heldRound(state: ContractState, number: Round): HeldRound | Refusal {
  const round = mapGet(state.rounds, String(number));
  if (round === undefined) return reject("EMRX_NO_ROUND", `round ${number} was not opened`);
  const document = mapGet(state.publications, round.publication)?.document;
  if (document === undefined) {
    throw new Error(`round ${number} stands without its publication`); // opening it needs one, and none is ever removed
  }
  return { round, publication: document };
}

/** A round that is in one of these windows now, or why not. */
export function roundIn(
  state: ContractState,
  number: Round,
  phases: readonly Phase[],
  time: LedgerTime,
): HeldRound | Refusal {
  const held = heldRound(state, number);
  if ("rejection" in held) return held;
  const phase = phaseOf(held.round, time);
  if (phases.includes(phase)) return held;
  if (phase === "void") {
    return reject("EMRX_ROUND_VOID", `round ${number} is void: no seeder showed its share`);
  }
  const { windows } = held.round;
  const message = `this call belongs into the window ${phases.join(" or ")} of round ${number}; at ${time} it is in ${phase}`;
  return reject("EMRX_WRONG_WINDOW", message, phase === "settle" ? {} : { until: windows[phase] });
}

/** The state with a round changed by a call. */
export function withRound(
  state: ContractState,
  round: RoundState,
  changes: Partial<RoundState>,
): ContractState {
  const changed = { ...round, ...changes, version: round.version + 1 };
  return { ...state, rounds: mapSet(state.rounds, String(round.round), changed) };
}
