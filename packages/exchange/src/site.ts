// The publisher's side: a site that randomizes its patients' records, offers them, and delivers what was matched.
import {
  type Batch,
  buildBatch,
  type CallSigner,
  type ChainAdapter,
  type ContentStore,
  encodeCanonical,
  encodeToken,
  findLinkability,
  type GrantTerms,
  type LinkabilityFinding,
  offersRoot,
  type PublicView,
  type Rule,
  sealBundle,
  secretOrder,
  selectBundle,
  type Token,
} from "@emrx/chain-adapter";
import {
  compareBudgets,
  parseReport,
  type RandomSource,
  type ReportBatch,
  randomizeBatch,
  reportAt,
  type Schema,
  type Store,
  type Table,
} from "@emrx/ldp-core";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { signed, submitCall } from "./calls.js";
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
  /** The site's public key, 64 hexadecimal digits. */
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
  const id = bytesToHex(identity.publicKey);
  const published = new Map<number, PublicView>();
  let policyVersion = 0;

  return {
    id,
    async setPolicy(rules) {
      await submitCall(ledger, identity, {
        type: "access.setPolicy",
        policyId: POLICY,
        version: policyVersion + 1,
        schemaHash: schema.hash,
        rules,
      });
      policyVersion++;
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

    async deliver(
      { batch, round },
      { inputs, result, round: finalized },
      { onProgress, signal } = {},
    ) {
      if (round !== finalized)
        throw new ExchangeError(
          "EMRX_EXCHANGE_ROUND",
          `deliver: the publication is of round ${round}, the matching of round ${finalized}`,
        );
      const position = inputs.offers.findIndex(({ site }) => site === id);
      if (position < 0)
        throw new ExchangeError(
          "EMRX_EXCHANGE_ROUND",
          `round ${round} has no offers of site ${id}`,
        );
      const first = inputs.offers.slice(0, position).reduce((sum, { count }) => sum + count, 0);
      const grants: GrantTerms[] = [];
      for (const [r, { requester }] of inputs.requests.entries()) {
        signal?.throwIfAborted();
        onProgress?.(r, inputs.requests.length);
        const rows = rowsWithin(
          result.held.subarray(result.offsets[r], result.offsets[r + 1]),
          first,
          batch.count,
        );
        if (rows.length > 0) grants.push(await sealed(requester, rows, batch, round));
      }
      if (grants.length === 0) return 0;
      await submitCall(ledger, identity, { type: "access.grantBatch", round, grants });
      const deliveries = await Promise.all(
        grants.map(({ requester, count, bundle }) =>
          signed(ledger, identity, { type: "trade.deliver", round, requester, count, bundle }),
        ),
      );
      for (const outcome of await ledger.submitBatch(deliveries))
        if (!outcome.accepted) throw outcome.error;
      onProgress?.(inputs.requests.length, inputs.requests.length);
      return grants.reduce((sum, { count }) => sum + count, 0);
    },
  };

  /** Seals the reports of some rows for one requester and puts the bundle into the store. */
  async function sealed(
    requester: string,
    rows: Uint32Array,
    batch: Batch,
    round: number,
  ): Promise<GrantTerms> {
    const request = await ledger.view({ type: "trade.request", round, requester });
    if (request === null)
      throw new ExchangeError(
        "EMRX_EXCHANGE_ROUND",
        `round ${round}: requester ${requester} has no request`,
      );
    const bundle = selectBundle(batch, rows);
    const { content, contentId, wrappedKey, statement } = await sealBundle(bundle, {
      ledger: ledger.id,
      site: id,
      requester,
      recipient: hexToBytes(request.hpkePublicKey),
    });
    await store.put(content);
    return {
      requester,
      policyId: POLICY,
      ...contentsOf(schema, bundle.reports),
      bundle: contentId,
      root: statement.root,
      count: statement.count,
      wrappedKey: bytesToHex(wrappedKey),
    };
  }
}

/** The names of the attributes and levels that occur in reports. */
function contentsOf(
  schema: Schema,
  reports: ReportBatch,
): { attributes: string[]; levels: string[] } {
  const [attributes, levels] = [new Set<number>(), new Set<number>()];
  for (let i = 0; i < reports.count; i++)
    for (const { attribute, level } of parseReport(schema, reportAt(reports, i))) {
      attributes.add(attribute);
      levels.add(level);
    }
  return {
    attributes: schema.attributes
      .filter(({ index }) => attributes.has(index))
      .map(({ name }) => name),
    levels: schema.levels.filter((_, level) => levels.has(level)).map(({ name }) => name),
  };
}

/** The held offers from `first` on, `count` at most, as rows of the batch. */
function rowsWithin(held: Uint32Array, first: number, count: number): Uint32Array {
  return held
    .filter((offer) => offer >= first && offer < first + count)
    .map((offer) => offer - first);
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
