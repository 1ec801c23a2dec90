import { encodeToken } from "@emrx/chain-adapter/blind-tokens";
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import { partyId, secretOrder } from "@emrx/chain-adapter/identity";
import { findLinkability, type PublicView } from "@emrx/chain-adapter/linkability";
import { buildBatch } from "@emrx/chain-adapter/payload";
import { offersRoot } from "@emrx/chain-adapter/rounds";
import { type ReportBatch, randomizeBatch, type Schema } from "@emrx/ldp-core";
import { compareBudgets } from "@emrx/ldp-core/accounting";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { submitCall } from "../ledger/calls.js";
import { encodeOfferBook, publicOffers } from "../offers/book.js";
import type { Menus } from "../offers/menus.js";
import { delivery } from "./delivery.js";
import { menusHash, parametersHash } from "./publication.js";
import type { PublisherSite, PublisherSiteOptions, PublishInput } from "./publisher-site.js";

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
  const id = options.party ?? partyId(identity);
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

    async randomize({ round, table, subjects, choices, onProgress, signal }) {
      requireChoices(menus, table.rows, choices);
      const reports = await randomizeBatch(schema, table, {
        policies: menus.policies,
        policyOf: choices.profile,
        subjects,
        lifetimeBudget: options.lifetimeBudget,
        memory: options.memory,
        ...(options.randomForTests === undefined ? {} : { randomForTests: options.randomForTests }),
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
      ) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
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
): Uint8Array<ArrayBuffer> {
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

function permute(column: Uint8Array, order: Uint32Array): Uint8Array<ArrayBuffer> {
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
