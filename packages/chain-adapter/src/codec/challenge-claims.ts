// What a challenge may claim about a revealed matching, with the evidence. A closed union, told apart by `kind`.
//
// The inputs tree has one leaf for every open offer and request of the round, in the ledger's order: offers by site and
// index, then requests by requester. So the ledger itself knows who belongs at each place, and the number of leaves.
// The matching tree has one leaf an agent at the same places. A leaf holds the root of a sequence of pairs of numbers:
// an agent's list, best first, is pairs (number of the other, rank of this agent on the other's list); its partners,
// ascending, are pairs (number of the other, rank of the other on this agent's list). Numbers count within a side.
import type { Hex32 } from "./fields.js";

/** Sixty-four pairs, or what is left at the end, of a list or of partners, with the proof that they belong there. */
export interface BlockOpening {
  /** Which block, from 0. */
  readonly block: number;
  /** The pairs one after the other: number, rank, number, rank, ... */
  readonly pairs: readonly number[];
  /** Hashes from the block to the sequence's root. */
  readonly proof: readonly Hex32[];
}

/** An agent's leaf in the inputs tree, with as much of its list as the claim needs. */
export interface InputOpening {
  /** Pseudonym of a publisher, public key of a requester. */
  readonly id: Hex32;
  readonly quota: number;
  /** Length of the list. */
  readonly count: number;
  /** Root of the list. */
  readonly root: Hex32;
  /** Hashes from the leaf to the inputs' root. */
  readonly proof: readonly Hex32[];
  readonly blocks: readonly BlockOpening[];
}

/** An agent's leaf in the matching tree, with as many of its partners as the claim needs. */
export interface PartnersOpening {
  readonly count: number;
  readonly root: Hex32;
  readonly proof: readonly Hex32[];
  readonly blocks: readonly BlockOpening[];
}

/** What is shown of one agent. */
export interface AgentOpening {
  /** Its place in both trees, from 0. */
  readonly place: number;
  readonly input?: InputOpening;
  readonly partners?: PartnersOpening;
}

/** One public offer of a batch, with the proof that it is under the batch's `offersRoot`. */
export interface OfferOpening {
  readonly id: Hex32;
  readonly quota: number;
  /** Menu choices as the application packs them. */
  readonly terms: number;
  /** Hash of the report leaf. */
  readonly leaf: Hex32;
  readonly proof: readonly Hex32[];
}

/** A publisher and a requester who are not matched and would both rather be. */
export interface BlockingClaim {
  readonly kind: "blocking";
  readonly publisher: AgentOpening;
  readonly requester: AgentOpening;
  /** The requester's rank on the publisher's list. */
  readonly rank: number;
  /** Where among the publisher's partners the requester would stand. */
  readonly gap: number;
  /** A partner of the publisher that it ranks lower; absent if it has room. */
  readonly publisherGivesUp?: number;
  /** A partner of the requester that it ranks lower; absent if it has room. */
  readonly requesterGivesUp?: number;
}

/** An agent with more partners than its quota. */
export interface OverQuotaClaim {
  readonly kind: "overQuota";
  readonly agent: AgentOpening;
}

/** A partner that is not where it should be on the agent's list. */
export interface UnacceptableClaim {
  readonly kind: "unacceptable";
  readonly agent: AgentOpening;
  /** Which partner. */
  readonly partner: number;
}

/** A partner that does not have the agent among its own partners. */
export interface OneSidedClaim {
  readonly kind: "oneSided";
  readonly agent: AgentOpening;
  readonly partner: number;
  readonly other: AgentOpening;
  /** Where among the other's partners the agent would stand. */
  readonly gap: number;
}

/** An entry of a list that the other's list does not answer. */
export interface UnmutualClaim {
  readonly kind: "unmutual";
  readonly agent: AgentOpening;
  readonly rank: number;
  readonly other: AgentOpening;
}

/** An agent that stands twice on a list or among partners, or partners out of order. */
export interface DuplicateClaim {
  readonly kind: "duplicate";
  readonly agent: AgentOpening;
  readonly among: "list" | "partners";
  readonly first: number;
  readonly second: number;
}

/** A list or partners that name an agent who is not in the round. */
export interface UnadmittedClaim {
  readonly kind: "unadmitted";
  readonly agent: AgentOpening;
  readonly among: "list" | "partners";
  readonly at: number;
}

/** A place at which another stands than the ledger says: whoever belongs there was omitted. */
export interface OmittedClaim {
  readonly kind: "omitted";
  readonly agent: AgentOpening;
  /** For the place of an offer. */
  readonly offer?: OfferOpening;
}

/** An agent with another quota than its offer or request has. */
export interface AlteredClaim {
  readonly kind: "altered";
  readonly agent: AgentOpening;
  readonly offer?: OfferOpening;
}

/** An allocation, by which money moves, that is not the requester's number of partners of a site. */
export interface MisallocatedClaim {
  readonly kind: "misallocated";
  readonly requester: AgentOpening;
  readonly site: Hex32;
  /** The requester's partners of that site: from this one on, up to but not including `to`. */
  readonly from: number;
  readonly to: number;
}

/** A claim about a revealed matching. */
export type Claim =
  | BlockingClaim
  | OverQuotaClaim
  | UnacceptableClaim
  | OneSidedClaim
  | UnmutualClaim
  | DuplicateClaim
  | UnadmittedClaim
  | OmittedClaim
  | AlteredClaim
  | MisallocatedClaim;

/** Name of a claim, for example "blocking". */
export type ClaimKind = Claim["kind"];
