// Everything the four contracts know: plain data in maps that are never modified.
import type {
  Allocation,
  ClaimKind,
  CommitMatching,
  Delegate,
  GrantTerms,
  OfferBatch,
  RequestRecords,
  RevealMatching,
  SetPolicy,
} from "../codec/calls.js";
import type { Amount, ContentId, Hex32, LedgerTime } from "../codec/fields.js";
import type { Genesis } from "../codec/genesis.js";
import { LATEST_RULES } from "../codec/rules.js";
import type { KeyState } from "../identity/key-change.js";
import { emptyMap, type PersistentMap } from "./persistent-map.js";

/** A site's offer in a round. */
export interface OfferState extends Omit<OfferBatch, "type"> {
  readonly site: Hex32;
  readonly offeredAt: LedgerTime;
  readonly status: "open" | "withdrawn";
  readonly version: number;
}

/** A requester's request in a round. */
export interface RequestState extends Omit<RequestRecords, "type"> {
  readonly requester: Hex32;
  readonly requestedAt: LedgerTime;
  /** `refunded` when the round's matching was refuted. */
  readonly status: "open" | "settled" | "withdrawn" | "refunded";
  /** Money still held for this request; `pricePerRecord * quota` while it is open. */
  readonly held: Amount;
  readonly paid: Amount;
  readonly refunded: Amount;
  /** Records delivered so far. */
  readonly delivered: number;
  readonly version: number;
}

/** What a site delivered to a requester in a round. */
export interface DeliveryState {
  readonly site: Hex32;
  readonly requester: Hex32;
  readonly count: number;
  readonly bundle: ContentId;
  readonly deliveredAt: LedgerTime;
  /** `paid` once settled under a live grant; `cancelled` if the grant had been revoked by then. */
  readonly status: "delivered" | "paid" | "cancelled";
}

/** Money by where it is: deposited = held + paid + refunded, always. */
export interface Escrow {
  readonly deposited: Amount;
  readonly held: Amount;
  readonly paid: Amount;
  readonly refunded: Amount;
}

/** The issuer key of a round that needs admission tokens. */
export interface AdmissionState {
  readonly round: number;
  readonly issuerKey: string;
  readonly openedAt: LedgerTime;
  /** Tokens spent so far. */
  readonly spent: number;
}

/** trade. Keys: round; site, requester or "site/requester" inside a round; public key for accounts. */
export interface TradeState {
  readonly offers: PersistentMap<PersistentMap<OfferState>>;
  readonly requests: PersistentMap<PersistentMap<RequestState>>;
  readonly deliveries: PersistentMap<PersistentMap<DeliveryState>>;
  /** What each site was paid and each requester was refunded. */
  readonly credits: PersistentMap<Amount>;
  readonly escrow: Escrow;
  /** Rounds that need admission. */
  readonly admissions: PersistentMap<AdmissionState>;
  /** By round and `tokenId`: who spent the token. */
  readonly spentTokens: PersistentMap<PersistentMap<Hex32>>;
}

/** A policy as it stands. */
export interface PolicyState extends Omit<SetPolicy, "type"> {
  readonly site: Hex32;
  readonly setAt: LedgerTime;
}

/** A grant as it stands. Its version grows with every grant, revocation and re-grant. */
export interface GrantState extends GrantTerms {
  readonly round: number;
  readonly site: Hex32;
  readonly status: "live" | "revoked";
  readonly version: number;
  /** Version of the policy that permitted it. */
  readonly policyVersion: number;
  /** Accesses permitted and denied under this grant. */
  readonly permitted: number;
  readonly denied: number;
}

/** What was passed on from a grant. Its version grows each time it is given or ended. */
export interface DelegationState extends Omit<Delegate, "type"> {
  readonly from: Hex32;
  readonly status: "live" | "revoked";
  readonly version: number;
  /** Version of what it was passed on from: once that has another, this is void. */
  readonly parentVersion: number;
}

/** access. Keys: "site/policy"; round, then "site/requester"; round, then "site/grantee/holder". */
export interface AccessState {
  readonly policies: PersistentMap<PolicyState>;
  readonly grants: PersistentMap<PersistentMap<GrantState>>;
  readonly delegations: PersistentMap<PersistentMap<DelegationState>>;
}

/** A round's matching; a round that is not in the map is open for offers and requests. */
export interface MatchingRound {
  readonly round: number;
  readonly phase: "committed" | "revealed" | "finalized" | "refuted";
  readonly operator: Hex32;
  readonly commit: Omit<CommitMatching, "type" | "round">;
  /** Whose open offers and requests the inputs are, in their order; absent if committed under rules 1. */
  readonly members?: { readonly sites: readonly Hex32[]; readonly requesters: readonly Hex32[] };
  readonly reveal?: Omit<RevealMatching, "type" | "round" | "allocation">;
  readonly allocation?: Allocation;
  readonly committedAt: LedgerTime;
  readonly revealedAt?: LedgerTime;
  readonly finalizedAt?: LedgerTime;
  /** What was proven, by whom and when. */
  readonly refutation?: {
    readonly claim: ClaimKind;
    readonly challenger: Hex32;
    readonly at: LedgerTime;
  };
  readonly version: number;
}

/** matching. Key: round. */
export interface MatchingState {
  readonly rounds: PersistentMap<MatchingRound>;
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
  /** Version of the rules in force. */
  readonly rules: number;
  readonly trade: TradeState;
  readonly access: AccessState;
  readonly matching: MatchingState;
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
 * @param rules version of the contracts' rules that it begins with; the latest by default
 * @returns the state before any call
 * @example
 * ```ts
 * import { initialState } from "@emrx/chain-adapter/contracts";
 *
 * initialState().rules; // => 2
 * ```
 */
export function initialState(rules: number = LATEST_RULES): ContractState {
  return {
    rules,
    trade: {
      offers: emptyMap(),
      requests: emptyMap(),
      deliveries: emptyMap(),
      credits: emptyMap(),
      escrow: { deposited: "0", held: "0", paid: "0", refunded: "0" },
      admissions: emptyMap(),
      spentTokens: emptyMap(),
    },
    access: { policies: emptyMap(), grants: emptyMap(), delegations: emptyMap() },
    matching: { rounds: emptyMap() },
    evaluation: { ratings: emptyMap(), scores: emptyMap() },
    parties: { histories: emptyMap(), parties: emptyMap() },
  };
}
