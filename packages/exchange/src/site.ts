// The publisher's side: a site that randomizes its patients' records, offers them, and delivers what was matched.
import type { CallSigner, ChainAdapter } from "@emrx/chain-adapter";
import { encodeToken, type Token } from "@emrx/chain-adapter/blind-tokens";
import type { Rule } from "@emrx/chain-adapter/calls";
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import { secretOrder } from "@emrx/chain-adapter/identity";
import {
  findLinkability,
  type LinkabilityFinding,
  type PublicView,
} from "@emrx/chain-adapter/linkability";
import { type Batch, buildBatch, type ContentStore } from "@emrx/chain-adapter/payload";
import { offersRoot } from "@emrx/chain-adapter/rounds";
import {
  compareBudgets,
  type RandomSource,
  type ReportBatch,
  randomizeBatch,
  type Schema,
  type Store,
  type Table,
} from "@emrx/ldp-core";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { submitCall } from "./calls.js";
import { delivery } from "./delivery.js";
import { ExchangeError } from "./errors.js";
import { encodeOfferBook, publicOffers } from "./offers/book.js";
import type { Menus } from "./offers/menus.js";
import { menusHash, parametersHash } from "./publication.js";
import type { Round } from "./round/round.js";

/** What a site is made of. */
export interface PublisherSiteOptions {
  readonly ledger: ChainAdapter;
  /** Where offer books and encrypted bundles go. */
  readonly store: ContentStore;
  readonly schema: Schema;
  readonly menus: Menus;
  /** Signs the site's calls. */
  readonly identity: CallSigner;
  /** The site's name, 64 hexadecimal digits: its first key, where another has followed it (`replaceKey`). */
  readonly party?: string;
  /** At least 32 secret random bytes: pseudonyms, salts and the order of the batch come from it. */
  readonly secret: Uint8Array;
  /** Keeps spent budgets and memoized reports: as secret as the records. */
  readonly memory: Store;
  /** What may be spent on one subject for life, a decimal. */
  readonly lifetimeBudget: string;
  /** The platform's generator unless given; a seeded source is for tests and demonstrations only. */
  readonly random?: RandomSource;
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
    readonly profile: Uint8Array;
    readonly floor: Uint8Array;
    readonly buyers: Uint8Array;
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
   * Debits every subject and randomizes its record, all or none: where it throws, nothing was spent. The same records
   * under the same choices give the same reports again at no cost.
   */
  randomize(input: PublishInput): RandomizedRecords;
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

const POLICY = "publication";
const ROLE = "publisher";

/**
 * A publisher's site.
 *
 * What a report leaks is bounded by the epsilon that was debited before it was drawn. Levels, price floors and buyers are
 * choices from public menus; which attributes a report discloses is drawn without looking at the record.
 *
 * @param options - ledger, store, schema, menus, identity, secret, memory, lifetime budget
 * @returns the site
 */
export function publisherSite(options: PublisherSiteOptions): PublisherSite {
  const { ledger, store, schema, menus, identity } = options;
  const id = options.party ?? bytesToHex(identity.publicKey);
  const published = new Map<number, PublicView>();

  return {
    id,
    async setPolicy(rules) {
      const current = await ledger.view({ type: "access.policy", site: id, policyId: POLICY });
      await submitCall(ledger, identity, {
        type: "access.setPolicy",
        policyId: POLICY,
        version: (current?.version ?? 0) + 1,
        schemaHash: schema.hash,
        rules,
      });
    },

    randomize({ round, table, subjects, choices, onProgress, signal }) {
      requireChoices(menus, table.rows, choices);
      const reports = randomizeBatch(schema, table, {
        policies: menus.policies,
        policyOf: choices.profile,
        subjects,
        lifetimeBudget: options.lifetimeBudget,
        memory: options.memory,
        ...(options.random === undefined ? {} : { random: options.random }),
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(signal === undefined ? {} : { signal }),
      });
      return { round, reports, choices };
    },

    async publish({ round, reports, choices }, { token } = {}) {
      const scope = { domain: `${ledger.id}/${id}`, round, role: ROLE };
      const order = secretOrder(options.secret, scope, reports.count);
      const [profile, floor, buyers] = [choices.profile, choices.floor, choices.buyers].map(
        (column) => permute(column, order),
      ) as [Uint8Array, Uint8Array, Uint8Array];
      const batch = buildBatch({
        schemaHash: hexToBytes(schema.hash),
        rootSecret: options.secret,
        scope,
        patients: order,
        consent: consents(schema, menus, round, profile, floor, buyers),
        reports: permuteReports(reports, order),
      });
      const { pseudonyms, leaves, count } = batch;
      const view: PublicView = {
        count,
        root: batch.root,
        pseudonyms,
        leaves,
        salts: batch.salts,
        choices: Uint32Array.from(
          profile,
          (p, i) => (p * 256 + (floor[i] ?? 0)) * 256 + (buyers[i] ?? 0),
        ),
      };
      // The same round again is a retry of the same call; every other round must not be linkable to this one.
      const earlier = [...published].filter(([other]) => other !== round).map(([, seen]) => seen);
      const findings = findLinkability(view, earlier, { leastGroup: options.leastGroup ?? 10 });
      const refused = findings.find(({ severity }) => severity === "refuse");
      if (refused !== undefined)
        throw new ExchangeError(
          "EMRX_EXCHANGE_LINKABLE",
          `round ${round}, ${refused.count} patients: ${refused.message}`,
        );
      const book = { count, profile, floor, buyers, pseudonyms, leaves };
      await submitCall(ledger, identity, {
        type: "trade.offerBatch",
        round,
        schemaHash: schema.hash,
        parametersHash: parametersHash(schema),
        epsilon: menus.policies
          .map(({ debit }) => debit)
          .reduce((a, b) => (compareBudgets(a, b) < 0 ? b : a)),
        root: bytesToHex(batch.root),
        count,
        menusHash: menusHash(menus.document),
        offers: await store.put(encodeOfferBook(book)),
        offersRoot: bytesToHex(offersRoot(publicOffers(book, menus))),
        ...(token === undefined ? {} : { token: bytesToHex(encodeToken(token)) }),
      });
      published.set(round, view);
      return { round, batch, warnings: findings };
    },

    ...delivery({ ledger, store, schema, identity, id, policyId: POLICY }),
  };
}

/** What every patient consented to, as a hash: the same for all who chose the same from the menus. */
function consents(
  schema: Schema,
  menus: Menus,
  round: number,
  profile: Uint8Array,
  floor: Uint8Array,
  buyers: Uint8Array,
): Uint8Array {
  const known = new Map<number, Uint8Array>();
  const hashes = new Uint8Array(32 * profile.length);
  const menu = menusHash(menus.document);
  for (let row = 0; row < profile.length; row++) {
    const [p, f, b] = [profile[row] ?? 0, floor[row] ?? 0, buyers[row] ?? 0];
    const key = (p * 256 + f) * 256 + b;
    let hash = known.get(key);
    if (hash === undefined) {
      hash = sha256(
        encodeCanonical({
          consent: 1,
          schema: schema.hash,
          menus: menu,
          round,
          profile: p,
          floor: f,
          buyers: b,
        }),
      );
      known.set(key, hash);
    }
    hashes.set(hash, 32 * row);
  }
  return hashes;
}

function permute(column: Uint8Array, order: Uint32Array): Uint8Array {
  return Uint8Array.from(order, (row) => column[row] ?? 0);
}

function permuteReports({ count, bytes, offsets }: ReportBatch, order: Uint32Array): ReportBatch {
  const permuted = {
    count,
    bytes: new Uint8Array(bytes.length),
    offsets: new Uint32Array(count + 1),
  };
  let end = 0;
  for (const [place, row] of order.entries()) {
    const report = bytes.subarray(offsets[row], offsets[row + 1]);
    permuted.bytes.set(report, end);
    end += report.length;
    permuted.offsets[place + 1] = end;
  }
  return permuted;
}

function requireChoices(menus: Menus, rows: number, choices: PublishInput["choices"]): void {
  const { profiles, priceFloors, buyers } = menus.document;
  const sizes = { profile: profiles.length, floor: priceFloors.length, buyers: buyers.length };
  for (const name of ["profile", "floor", "buyers"] as const) {
    const column = choices[name];
    if (column.length !== rows)
      throw new ExchangeError(
        "EMRX_EXCHANGE_OFFER",
        `choices.${name}: expected ${rows} entries, one a row, got ${column.length}`,
      );
    const wrong = column.findIndex((choice) => choice >= sizes[name]);
    if (wrong >= 0)
      throw new ExchangeError(
        "EMRX_EXCHANGE_OFFER",
        `choices.${name}[${wrong}]: the menu has ${sizes[name]} entries, got index ${column[wrong]}`,
      );
  }
}
