// The calls of the trade contract.
import type { Purpose } from "../contracts/purposes.js";
import type { Amount, ContentId, Decimal, Hex32, Round } from "./fields.js";

/** trade: the operator publishes the issuer key of a round before it begins: from then on, taking part needs a token. */
export interface OpenRound {
  readonly type: "trade.openRound";
  readonly round: Round;
  /** Modulus of the issuer's RSA key for this round, 256 to 512 bytes in hexadecimal. Rules 2. */
  readonly issuerKey: string;
}

/** trade: a site offers one batch of published records; one call a site a round. Its signer is the site. */
export interface OfferBatch {
  readonly type: "trade.offerBatch";
  readonly round: Round;
  readonly schemaHash: Hex32;
  /** Hash of the levels and mechanism parameters that the records were randomized with. */
  readonly parametersHash: Hex32;
  /** Declared epsilon per subject in this publication. */
  readonly epsilon: Decimal;
  /** Merkle root over the report leaves. */
  readonly root: Hex32;
  /** Number of leaves. */
  readonly count: number;
  /** Hash of the public menus (levels, price floors, quotas) that the offers choose from. */
  readonly menusHash: Hex32;
  /** Where the public pseudonymous offers are kept. */
  readonly offers: ContentId;
  /** Merkle root over the public offers, from `offersRoot`: what a challenge compares the inputs with. Rules 2. */
  readonly offersRoot?: Hex32;
  /** Admission token in hexadecimal, where the round needs one. Rules 2. */
  readonly token?: string;
}

/** trade: a requester asks for records and puts `pricePerRecord * quota` in escrow. Its signer is the requester. */
export interface RequestRecords {
  readonly type: "trade.request";
  readonly round: Round;
  /** HL7 v3 PurposeOfUse code, for example "HRESCH". */
  readonly purpose: Purpose;
  /** Weight of each attribute wanted: whole numbers from 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** Error that the requester tolerates. */
  readonly tolerance: Decimal;
  /** Minor units of money. */
  readonly pricePerRecord: Amount;
  /** Most records wanted. */
  readonly quota: number;
  /** X25519 public key that bundle keys are wrapped to. */
  readonly hpkePublicKey: Hex32;
  /** Admission token in hexadecimal, where the round needs one. Rules 2. */
  readonly token?: string;
}

/** trade: a site states that a requester's bundle is in the store. */
export interface Deliver {
  readonly type: "trade.deliver";
  readonly round: Round;
  readonly requester: Hex32;
  readonly count: number;
  readonly bundle: ContentId;
}

/** trade: pays `count * price` for each delivery under a live grant and refunds the rest. */
export interface Settle {
  readonly type: "trade.settle";
  readonly round: Round;
  readonly requester: Hex32;
}

/** trade: the signer takes back its own offer or request, before anything was granted or delivered under it. */
export interface Withdraw {
  readonly type: "trade.withdraw";
  readonly round: Round;
  readonly what: "offer" | "request";
}
