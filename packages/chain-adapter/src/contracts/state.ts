// Everything the contracts know: plain data in maps that are never modified.
import type { SetPolicy } from "../codec/calls.js";
import type { Amount, Hex32, LedgerTime } from "../codec/fields.js";
import type { Genesis } from "../codec/genesis.js";
import type { Publication } from "../codec/publication.js";
import type { RoundTerms } from "../codec/round-calls.js";
import type { OfferState, PairState, RequestState, SeederState } from "../codec/round-view.js";
import type { KeyState } from "../identity/key-change.js";
import { emptyMap, type PersistentMap } from "./persistent-map.js";

/** A publication on the ledger. */
export interface PublicationState {
  /** Hash of the document. */
  readonly publication: Hex32;
  readonly document: Publication;
  readonly by: Hex32;
  readonly registeredAt: LedgerTime;
}

/** What the decision of a round follows from, beside its publication. It stands still once the seed window is over. */
export interface RoundInputs {
  /** By site. */
  readonly offers: PersistentMap<OfferState>;
  /** By requester. */
  readonly requests: PersistentMap<RequestState>;
  readonly seeders: readonly SeederState[];
}

/** A round. */
export interface RoundState extends RoundTerms {
  readonly opener: Hex32;
  readonly openedAt: LedgerTime;
  /** The opener's bond. */
  readonly held: Amount;
  /** By party: the id of the token that it spent. */
  readonly admitted: PersistentMap<Hex32>;
  readonly inputs: RoundInputs;
  /** By "site/requester": pairs in which something happened. */
  readonly pairs: PersistentMap<PairState>;
  /** Steps of the settlement that are done. */
  readonly settled: number;
  /** How many calls changed it. */
  readonly version: number;
}

/** Money by where it is: deposited = held + paid + returned + forfeited, always. */
export interface Escrow {
  readonly deposited: Amount;
  readonly held: Amount;
  /** Prices and bonds that went to another party than their depositor. */
  readonly paid: Amount;
  /** What went back to its depositor. */
  readonly returned: Amount;
  /** Bonds that nobody gets. */
  readonly forfeited: Amount;
}

/** What the ledger holds, and what it owes to whom. */
export interface MoneyState {
  readonly escrow: Escrow;
  /** By party: what it was paid and got back. */
  readonly credits: PersistentMap<Amount>;
}

/** A policy as it stands. */
export interface PolicyState extends Omit<SetPolicy, "type"> {
  readonly site: Hex32;
  readonly setAt: LedgerTime;
}

/** Running integer score of a site or requester. Means are sum / count. */
export interface ScoreState {
  readonly subject: Hex32;
  readonly role: "site" | "requester";
  readonly count: number;
  /** Sums of parts per million, as decimal strings: they have no largest value. */
  readonly predictedSum: Amount;
  readonly measuredSum: Amount;
  /** Sum of |predicted - measured|. */
  readonly absoluteErrorSum: Amount;
}

/** evaluation. Keys: "round/rater/role/subject"; "role/subject". */
export interface EvaluationState {
  readonly ratings: PersistentMap<number>;
  readonly scores: PersistentMap<ScoreState>;
}

/** The keys of parties. Keys: the party's first key; any key that acts or has acted for a party. */
export interface PartiesState {
  readonly histories: PersistentMap<KeyState>;
  /** The party that a key is or was of. */
  readonly parties: PersistentMap<Hex32>;
}

/** The state of all contracts. */
export interface ContractState {
  /** By hash. */
  readonly publications: PersistentMap<PublicationState>;
  /** By number. */
  readonly rounds: PersistentMap<RoundState>;
  /** By "site/policy". */
  readonly policies: PersistentMap<PolicyState>;
  readonly money: MoneyState;
  readonly evaluation: EvaluationState;
  readonly parties: PartiesState;
}

/** What a contract is told about a call besides the call itself. */
export interface CallContext {
  readonly ledger: Hex32;
  readonly genesis: Genesis;
  /** Whose signature the call bears; inside the contracts, the first key of the party whose key it is. */
  readonly signer: Hex32;
  /** Ledger time of the entry; the only clock there is. */
  readonly time: LedgerTime;
}

/**
 * The state of a new ledger.
 *
 * @returns the state before any call
 * @example
 * ```ts
 * import { initialState } from "@emrx/chain-adapter/contracts";
 *
 * initialState().money.escrow.held; // => "0"
 * ```
 */
export function initialState(): ContractState {
  return {
    publications: emptyMap(),
    rounds: emptyMap(),
    policies: emptyMap(),
    money: {
      escrow: { deposited: "0", held: "0", paid: "0", returned: "0", forfeited: "0" },
      credits: emptyMap(),
    },
    evaluation: { ratings: emptyMap(), scores: emptyMap() },
    parties: { histories: emptyMap(), parties: emptyMap() },
  };
}
