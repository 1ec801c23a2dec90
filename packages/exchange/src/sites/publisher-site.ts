// What a publisher's site is made of, what it takes, and what it does: types only.
import type { ChainAdapter, Identity } from "@emrx/chain-adapter";
import type { Token } from "@emrx/chain-adapter/blind-tokens";
import type { Rule } from "@emrx/chain-adapter/calls";
import type { LinkabilityFinding } from "@emrx/chain-adapter/linkability";
import type { Batch, ContentStore } from "@emrx/chain-adapter/payload";
import type { RandomSource, ReportBatch, Schema, Store, Table } from "@emrx/ldp-core";
import type { Menus } from "../offers/menus.js";
import type { Round } from "../round/round.js";

/** What a site is made of. */
export interface PublisherSiteOptions {
  readonly ledger: ChainAdapter;
  /** Where offer books and encrypted bundles go. */
  readonly store: ContentStore;
  readonly schema: Schema;
  readonly menus: Menus;
  /** Signs the site's calls. */
  readonly identity: Identity;
  /** The site's name, 64 hexadecimal digits: its first key, where another has followed it (`replaceKey`). */
  readonly party?: string;
  /** At least 32 secret random bytes: pseudonyms, salts and the order of the batch come from it. */
  readonly secret: Uint8Array;
  /** Keeps spent budgets and memoized reports: as secret as the records. */
  readonly memory: Store;
  /** What may be spent on one subject for life, a decimal. */
  readonly lifetimeBudget: string;
  /** The platform's generator unless given; a seeded source is for tests and demonstrations only. */
  readonly randomForTests?: RandomSource;
  /** Fewest patients of a batch who share a combination of menu choices; 10 unless given. */
  readonly leastGroup?: number;
}

/** The records of one round, row by row the same patient. */
export interface PublishInput {
  /** The round's number, from 1. */
  readonly round: number;
  /** From ldp-core's `encodeTable`. */
  readonly table: Table;
  /** The patients as the site knows them; each at most once. Never leaves the site. */
  readonly subjects: readonly string[];
  /** Menu indices: what each patient chose before the record was read. */
  readonly choices: {
    readonly profile: Uint8Array<ArrayBuffer>;
    readonly floor: Uint8Array<ArrayBuffer>;
    readonly buyers: Uint8Array<ArrayBuffer>;
  };
  /** Called now and then with the work done so far. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Randomized records that have cost their budget and are not offered yet. Offering them later costs nothing more. */
export interface RandomizedRecords {
  readonly round: number;
  /** In the order of the table. */
  readonly reports: ReportBatch;
  readonly choices: PublishInput["choices"];
}

/** A published batch as the site keeps it until the round is delivered. Row i is leaf i. */
export interface Publication {
  readonly round: number;
  readonly batch: Batch;
  /** What could help to link a patient's offers, and is not bad enough to refuse. */
  readonly warnings: readonly LinkabilityFinding[];
}

/** A site that acts for patients. Made by {@link publisherSite}. */
export interface PublisherSite {
  /** The site's name: its (first) public key, 64 hexadecimal digits. */
  readonly id: string;
  /** Sets (version 1) or replaces the policy under which the site grants access. */
  setPolicy(rules: readonly Rule[]): Promise<void>;
  /**
   * Debits every subject and randomizes its record. A subject that comes twice, or whose budget is short, refuses all of it before
   * anything is spent; what a stop half-way has paid comes again at no cost, as all records do under the same choices.
   */
  randomize(input: PublishInput): Promise<RandomizedRecords>;
  /**
   * Commits to the reports in a secret order and offers them on the ledger. Refuses what would let others follow a
   * patient from round to round, such as a combination of choices that few share; nothing is offered then, and offering
   * later costs nothing more.
   */
  publish(
    records: RandomizedRecords,
    options?: {
      /** Where the round needs admission: the site's token for it. */
      readonly token?: Token;
    },
  ): Promise<Publication>;
  /** Seals, grants and delivers what a finalized round matched with this publication; resolves with how many reports. */
  deliver(
    publication: Publication,
    round: Round,
    options?: {
      readonly onProgress?: (done: number, total: number) => void;
      readonly signal?: AbortSignal;
    },
  ): Promise<number>;
  /**
   * Ends what was granted to a requester: the ledger permits no read any more, and what it granted is deleted from the
   * store, so that the wrapped key on the ledger opens nothing there. Other requesters' bundles have keys of their own and
   * stay. What was read stays read; a delivery that is not settled yet is not paid. Calling it again finishes what was
   * interrupted.
   *
   * @param round - the round's number
   * @param requester - the requester's name, 64 hexadecimal digits
   * @throws ExchangeError `EMRX_EXCHANGE_ROUND` where nothing was granted; LedgerError for a refused call, after which
   *   nothing was deleted
   */
  revoke(round: number, requester: string): Promise<void>;
  /**
   * Grants the same reports again under a new key: after a revocation, or instead of one when the requester's key may be
   * known to others. The earlier grant ends with everything passed on from it, and its content is deleted; should the
   * ledger fail just then, nothing opens until it is called again. What was delivered stays delivered, and is paid once.
   *
   * @param publication - what the reports were published in
   * @param round - the round, finalized
   * @param requester - the requester's name, 64 hexadecimal digits
   * @param options - `recipient`: X25519 public key to wrap the new key to, 32 bytes, where the requester has another than
   *   in its request; be sure that it is the requester's
   * @throws ExchangeError `EMRX_EXCHANGE_ROUND` where nothing was granted or publication and round are not the grant's,
   *   `EMRX_EXCHANGE_LEDGER` where the policy does not permit it now; LedgerError `EMRX_INVALID_KEY` for a malformed
   *   recipient. None of them changes anything
   */
  regrant(
    publication: Publication,
    round: Round,
    requester: string,
    options?: { readonly recipient?: Uint8Array },
  ): Promise<void>;
}
