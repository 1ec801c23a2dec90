// The calls of the matching contract; what a challenge may claim is in challenge-claims.ts.
import type { Claim } from "./challenge-claims.js";
import type { ContentId, Hex32, Round } from "./fields.js";

/** matching: the operator closes a round and commits to its inputs and its seed. */
export interface CommitMatching {
  readonly type: "matching.commit";
  readonly round: Round;
  /** Merkle root over the canonical inputs; since rules 2, from `commitRound`. */
  readonly inputsRoot: Hex32;
  /** Number of inputs; since rules 2, of all open offers and requests of the round. */
  readonly inputsCount: number;
  /** From `seedCommitment`. */
  readonly seedCommitment: Hex32;
}

/** How many records of each site each requester gets: `counts[s][r]` for `sites[s]` and `requesters[r]`. */
export interface Allocation {
  readonly sites: readonly Hex32[];
  readonly requesters: readonly Hex32[];
  readonly counts: readonly (readonly number[])[];
}

/** matching: the operator publishes inputs, seed and result. */
export interface RevealMatching {
  readonly type: "matching.reveal";
  readonly round: Round;
  readonly inputs: ContentId;
  readonly inputsRoot: Hex32;
  readonly inputsCount: number;
  readonly seed: Hex32;
  /** 32 secret bytes that hid the seed in its commitment. */
  readonly nonce: Hex32;
  readonly matching: ContentId;
  /** Merkle root over the matched pairs; since rules 2, over one leaf an input, from `commitPartners`. */
  readonly matchingRoot: Hex32;
  /** Number of matched pairs. */
  readonly pairs: number;
  readonly allocation: Allocation;
}

/** matching: anyone proves that a revealed matching is wrong. Rules 2. */
export interface ChallengeMatching {
  readonly type: "matching.challenge";
  readonly round: Round;
  readonly claim: Claim;
}

/** matching: closes the challenge window; anyone may call it. */
export interface FinalizeMatching {
  readonly type: "matching.finalize";
  readonly round: Round;
}
