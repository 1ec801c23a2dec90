// The calls that make a round: its publication, its opening, its seed.
import type { PublicKeyText, SignatureText } from "../identity/public-key.js";
import type { Hex32, LedgerTime, Round } from "./fields.js";
import type { Publication } from "./publication.js";

/** publication: anyone puts a document on the ledger, by whose hash rounds refer to it. */
export interface RegisterPublication {
  readonly type: "publication.register";
  readonly publication: Publication;
}

/** When each window of a round is over. They follow one another without gap; the offer window begins with the opening. */
export interface Windows {
  /** Offers and requests until then. */
  readonly offer: LedgerTime;
  /** Shares of the seed until then; from then on the matching is decided. */
  readonly seed: LedgerTime;
  readonly grant: LedgerTime;
  readonly read: LedgerTime;
  readonly release: LedgerTime;
  /** Claims until then; from then on anyone may settle. */
  readonly claim: LedgerTime;
}

/** A seeder's consent to seed one round: from `signSeeder`. */
export interface Seeder {
  /** The seeder's current key. */
  readonly key: PublicKeyText;
  /** `seedCommitment` of its share. */
  readonly commitment: Hex32;
  readonly signature: SignatureText;
}

/** What seeders sign beside their commitment. */
export interface RoundTerms {
  readonly round: Round;
  /** `publicationHash` of a registered publication. */
  readonly publication: Hex32;
  readonly windows: Windows;
  /** Modulus of the issuer's RSA key, 256 to 512 bytes in hexadecimal: then taking part needs a token. */
  readonly issuerKey?: string;
}

/** round: a party that the genesis names, or anyone with a bond, opens a round. */
export interface OpenRound extends RoundTerms {
  readonly type: "round.open";
  /** Two to five, each with its bond. */
  readonly seeders: readonly Seeder[];
}

/** matching: a seeder shows its share of the seed. */
export interface ShowSeed {
  readonly type: "matching.seed";
  readonly round: Round;
  /** 32 bytes that nobody can guess. */
  readonly share: Hex32;
}
