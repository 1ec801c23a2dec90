// The requester's side: asks, collects what was granted, verifies every report, evaluates.
import type { ChainAdapter, Identity } from "@emrx/chain-adapter";
import { encodeToken, type Token } from "@emrx/chain-adapter/blind-tokens";
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import type { Purpose } from "@emrx/chain-adapter/contracts";
import { partyId } from "@emrx/chain-adapter/identity";
import {
  type ContentStore,
  checkLeafList,
  type LeafList,
  openBundle,
  type Recipient,
} from "@emrx/chain-adapter/payload";
import { createAggregator, type Schema } from "@emrx/ldp-core";
import type { RandomizedName, SchemaJson } from "@emrx/ldp-core/schema";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { onceOnly, signed, submitCall } from "../ledger/calls.js";
import { parseMoney } from "../ledger/money.js";
import type { OfferBook } from "../offers/book.js";
import type { Menus } from "../offers/menus.js";
import { type Round, readBooks } from "../round/round.js";
import { mutualTerms, type RequestTerms } from "../round/terms.js";
import { makeStudy, measuredEfficiency, type SiteDelivery, type Study } from "./study.js";

/** What a requester is made of. */
export interface RequesterSiteOptions<Json extends SchemaJson = SchemaJson> {
  readonly ledger: ChainAdapter;
  readonly store: ContentStore;
  readonly schema: Schema<Json>;
  readonly menus: Menus;
  /** Signs the requester's calls. */
  readonly identity: Identity;
  /** The requester's name, 64 hexadecimal digits: its first key, where another has followed it (`replaceKey`). */
  readonly party?: string;
  /** Opens what is wrapped to the requester. */
  readonly recipient: Recipient;
}

/** What a requester asks for. */
export interface RecordRequest<Attribute extends string = string> {
  /** The round's number, from 1. */
  readonly round: number;
  /** An HL7 v3 PurposeOfUse code, such as `"HRESCH"`. */
  readonly purpose: Purpose;
  /** Attribute to a positive integer. */
  readonly weights: { readonly [Name in Attribute]?: number };
  /** The error of a frequency (or of a mean, as a share of its range) that is accepted: a decimal such as `"0.01"`. */
  readonly tolerance: string;
  /** An amount such as `"0.50"`. */
  readonly pricePerRecord: string;
  readonly quota: number;
  /** Where the round needs admission: the requester's token for it. */
  readonly token?: Token;
}

/** What the public tells about a round, read and checked once for all who collect: offer books and checked leaves. */
export interface PublishedRound {
  readonly books: readonly OfferBook[];
  readonly leaves: readonly LeafList[];
}

/** A requester. Made by {@link requesterSite}. */
export interface RequesterSite<Attribute extends string = string> {
  /** The requester's name: its (first) public key, 64 hexadecimal digits. */
  readonly id: string;
  /** Puts a request and its escrow on the ledger. */
  request(request: RecordRequest<Attribute>): Promise<void>;
  /** Logs the access, opens every bundle granted, verifies every report against the published leaves, and adds them up. */
  collect(round: Round, published?: PublishedRound): Promise<Study<Attribute>>;
  /** Settles the payment and rates every site that delivered and was paid. */
  evaluate(study: Study): Promise<void>;
}

/**
 * Reads the offer books of a round and checks that their leaves have the roots on the ledger.
 *
 * @param options - store and menus
 * @param round - the round
 * @returns books and leaves in ledger order
 * @throws LedgerError `EMRX_BUNDLE_MISMATCH` where leaves have another root; ExchangeError `EMRX_EXCHANGE_OFFER` for a
 *   book that is none
 */
export async function readPublished(
  options: { readonly store: ContentStore; readonly menus: Menus },
  round: Round,
): Promise<PublishedRound> {
  const books = await readBooks(options.store, options.menus, round.inputs);
  const leaves = round.inputs.offers.map(({ root, count }, i) =>
    checkLeafList(books[i]?.leaves ?? new Uint8Array(), root, count),
  );
  return { books, leaves };
}

/**
 * A requester's site.
 *
 * @param options - ledger, store, schema, menus, identity and the key that bundles are wrapped to
 * @returns the site
 */
export function requesterSite<Json extends SchemaJson>(
  options: RequesterSiteOptions<Json>,
): RequesterSite<RandomizedName<Json>> {
  const { ledger, store, schema, menus, identity, recipient } = options;
  const id = options.party ?? partyId(identity);

  return {
    id,
    async request({ round, purpose, weights, tolerance, pricePerRecord, quota, token }) {
      requireWeights(schema, weights);
      if (!(Number(tolerance) > 0 && Number(tolerance) <= 1))
        throw new ExchangeError(
          "EMRX_EXCHANGE_REQUEST",
          `tolerance: expected a decimal above 0, at most 1, got ${JSON.stringify(tolerance)}`,
        );
      await submitCall(ledger, identity, {
        type: "trade.request",
        round,
        purpose,
        weights,
        tolerance,
        pricePerRecord: String(parseMoney(pricePerRecord, "pricePerRecord")),
        quota,
        hpkePublicKey: bytesToHex(recipient.publicKey),
        ...(token === undefined ? {} : { token: bytesToHex(encodeToken(token)) }),
      });
    },

    async collect(round, published) {
      const { books, leaves } = published ?? (await readPublished({ store, menus }, round));
      const own = round.inputs.requests.findIndex(({ requester }) => requester === id);
      const request = round.inputs.requests[own];
      if (request === undefined)
        throw new ExchangeError(
          "EMRX_EXCHANGE_ROUND",
          `round ${round.round} has no request of ${id}`,
        );
      const terms: RequestTerms = { ...request, pricePerRecord: Number(request.pricePerRecord) };
      const grants = (
        await ledger.view({ type: "access.grants", round: round.round, requester: id })
      ).filter(({ status }) => status === "live");
      const accesses = await Promise.all(
        grants.map(({ site, version, attributes }) =>
          signed(
            ledger,
            identity,
            {
              type: "access.logAccess",
              round: round.round,
              site,
              grantVersion: version,
              purpose: request.purpose,
              attributes,
            },
            onceOnly(), // each read is decided and logged for itself
          ),
        ),
      );
      for (const outcome of await ledger.submitBatch(accesses)) {
        if (!outcome.accepted) throw outcome.error;
        const denied = outcome.receipt.events.find(
          (event) => event.type === "access.decided" && event.decision === "deny",
        );
        if (denied !== undefined)
          throw new ExchangeError(
            "EMRX_EXCHANGE_LEDGER",
            `round ${round.round}: the ledger denies ${id} a read: ${JSON.stringify(denied)}`,
          );
      }
      const { score } = mutualTerms(schema, menus, [terms]);
      const aggregator = createAggregator(schema);
      const deliveries: SiteDelivery[] = [];
      for (const grant of grants) {
        const position = round.inputs.offers.findIndex(({ site }) => site === grant.site);
        const [offers, book, batch] = [
          round.inputs.offers[position],
          books[position],
          leaves[position],
        ];
        if (offers === undefined || book === undefined || batch === undefined)
          throw new ExchangeError(
            "EMRX_EXCHANGE_ROUND",
            `round ${round.round} has no offers of site ${grant.site}`,
          );
        const bundle = await openBundle(
          { content: await store.get(grant.bundle), wrappedKey: hexToBytes(grant.wrappedKey) },
          {
            ledger: ledger.id,
            site: grant.site,
            requester: id,
            round: round.round,
            schemaHash: schema.hash,
            batchRoot: offers.root,
            root: grant.root,
            count: grant.count,
          },
          recipient,
          { batch },
        );
        requireMatched(round, own, position, bundle.indices);
        const measuredQuality = measuredEfficiency(schema, terms, bundle.reports);
        aggregator.addBatch(bundle.reports);
        let promised = 0;
        for (const row of bundle.indices) promised += score[book.profile[row] ?? 0] ?? 0;
        deliveries.push({
          site: grant.site,
          count: bundle.count,
          grantVersion: grant.version,
          predictedQuality: Math.round(promised / bundle.count),
          measuredQuality,
          bundle: grant.bundle,
        });
      }
      const cohort = round.inputs.offers.reduce((sum, { count }) => sum + count, 0);
      return makeStudy(schema, { round: round.round, terms, cohort, deliveries, aggregator });
    },

    async evaluate({ round, deliveries }) {
      await submitCall(ledger, identity, { type: "trade.settle", round, requester: id });
      const ratings = await Promise.all(
        deliveries.map(({ site, predictedQuality, measuredQuality, bundle }) =>
          signed(ledger, identity, {
            type: "evaluation.rate",
            round,
            subject: site,
            role: "site",
            predictedQuality,
            measuredQuality: Math.min(1_000_000, measuredQuality),
            evidenceHash: bytesToHex(sha256(encodeCanonical({ round, site, bundle }))),
          }),
        ),
      );
      // Whoever revoked a delivery was not paid for it, and is not rated.
      for (const outcome of await ledger.submitBatch(ratings))
        if (!outcome.accepted && outcome.error.code !== "EMRX_NOT_CONSUMER") throw outcome.error;
    },
  };
}

/** Exactly the reports that the matching gave to this request, no other and none missing. */
function requireMatched(round: Round, request: number, site: number, indices: Uint32Array): void {
  const { result, inputs } = round;
  const first = inputs.offers.slice(0, site).reduce((sum, { count }) => sum + count, 0);
  const end = first + (inputs.offers[site]?.count ?? 0);
  const matched = result.held
    .subarray(result.offsets[request], result.offsets[request + 1])
    .filter((offer) => offer >= first && offer < end);
  if (matched.length !== indices.length || matched.some((offer, i) => offer - first !== indices[i]))
    throw new ExchangeError(
      "EMRX_EXCHANGE_BUNDLE",
      `round ${round.round}: the bundle of site ${inputs.offers[site]?.site} holds ${indices.length} reports, not exactly the ${matched.length} that the matching says; dispute the delivery`,
    );
}

function requireWeights(
  schema: Schema,
  weights: RecordRequest["weights"],
): asserts weights is Readonly<Record<string, number>> {
  const entries = Object.entries(weights);
  const known = schema.attributes.filter(({ type }) => type !== "public").map(({ name }) => name);
  for (const [name, weight] of entries)
    if (!known.includes(name) || !(Number.isSafeInteger(weight) && Number(weight) >= 1))
      throw new ExchangeError(
        "EMRX_EXCHANGE_REQUEST",
        `weights.${name}: expected an integer of at least 1 for one of ${known.join(", ")}, got ${weight}`,
      );
  if (entries.length === 0)
    throw new ExchangeError("EMRX_EXCHANGE_REQUEST", "weights: expected at least one attribute");
}
