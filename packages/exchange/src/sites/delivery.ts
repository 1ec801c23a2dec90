// What a site does for those whom a finalized round matched with it: seals, grants and delivers; revokes, and grants again.
import type { ContentId, GrantTerms } from "@emrx/chain-adapter/calls";
import { partyId } from "@emrx/chain-adapter/identity";
import { merkleRoot } from "@emrx/chain-adapter/merkle";
import {
  type Batch,
  type Bundle,
  resealBundle,
  type SealOptions,
  sealBundle,
  selectBundle,
} from "@emrx/chain-adapter/payload";
import type { ReportBatch, Schema } from "@emrx/ldp-core";
import { parseReport, reportAt } from "@emrx/ldp-core/records";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { signed, submitCall } from "../ledger/calls.js";
import type { Round } from "../round/round.js";
import type { PublisherSite, PublisherSiteOptions } from "./publisher-site.js";

/** The site whose deliveries they are. */
interface Site extends Pick<PublisherSiteOptions, "ledger" | "store" | "schema" | "identity"> {
  /** The site's name on the ledger. */
  readonly id: string;
  /** The policy under which it grants. */
  readonly policyId: string;
}

/** The part of a {@link PublisherSite} that comes after the matching. */
export function delivery({
  ledger,
  store,
  schema,
  identity,
  id,
  policyId,
}: Site): Pick<PublisherSite, "deliver" | "revoke" | "regrant"> {
  return {
    async deliver({ batch, round }, finalized, { onProgress, signal } = {}) {
      const matched = matchedRows(id, round, batch, finalized);
      const { requests } = finalized.inputs;
      const grants: GrantTerms[] = [];
      for (const [r, { requester }] of requests.entries()) {
        signal?.throwIfAborted();
        onProgress?.(r, requests.length);
        const rows = matched(r);
        if (rows.length === 0) continue;
        const bundle = selectBundle(batch, rows);
        const { key } = await requested(round, requester);
        const contents = contentsOf(schema, bundle.reports);
        grants.push({
          requester,
          policyId,
          ...contents,
          ...(await sealed(bundle, requester, key)),
        });
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
      onProgress?.(requests.length, requests.length);
      return grants.reduce((sum, { count }) => sum + count, 0);
    },

    async revoke(round, requester) {
      const { status, version, bundle } = await granted(round, requester);
      // First the ledger, which may refuse. A grant that is revoked already may be one whose content is still there.
      if (status === "live")
        await submitCall(
          ledger,
          identity,
          { type: "access.revoke", round, requester },
          `version ${version}`,
        );
      await store.delete(bundle);
    },

    async regrant({ batch, round }, finalized, requester, { recipient } = {}) {
      const matched = matchedRows(id, round, batch, finalized);
      const earlier = await granted(round, requester);
      const { purpose, key } = await requested(round, requester);
      const rows = matched(
        finalized.inputs.requests.findIndex((request) => request.requester === requester),
      );
      const bundle = selectBundle(batch, rows);
      if (bytesToHex(merkleRoot(bundle.leaves)) !== earlier.root)
        throw new ExchangeError(
          "EMRX_EXCHANGE_ROUND",
          `round ${round}: the publication is not the one that ${requester} was granted reports of`,
        );
      const contents = contentsOf(schema, bundle.reports);
      // Asked before anything is done: after this, the old content is gone.
      const question = { site: id, policyId, requester, purpose, ...contents } as const;
      const { decision } = await ledger.view({ type: "access.decision", ...question });
      const signer = partyId(identity);
      const party = await ledger.view({ type: "identity.party", key: signer });
      if (decision === "deny" || party !== id)
        throw new ExchangeError(
          "EMRX_EXCHANGE_LEDGER",
          decision === "deny"
            ? `round ${round}: the site's policy does not permit a grant to ${requester} for ${purpose}; nothing was changed`
            : `round ${round}: the key ${signer} does not act for site ${id}; nothing was changed`,
        );
      const grant = await sealed(bundle, requester, recipient ?? key, earlier.bundle);
      const grants = [{ requester, policyId, ...contents, ...grant }];
      await submitCall(ledger, identity, { type: "access.grantBatch", round, grants });
    },
  };

  /** Seals a bundle, in place of an earlier one where there is one, stores it, and says where it is and what opens it. */
  async function sealed(
    bundle: Bundle,
    requester: string,
    recipient: Uint8Array,
    previous?: ContentId,
  ): Promise<Pick<GrantTerms, "bundle" | "root" | "count" | "wrappedKey">> {
    const options: SealOptions = { ledger: ledger.id, site: id, requester, recipient };
    const { content, contentId, wrappedKey, statement } =
      previous === undefined
        ? await sealBundle(bundle, options)
        : await resealBundle(store, previous, bundle, options);
    if (previous === undefined) await store.put(content);
    return {
      bundle: contentId,
      root: statement.root,
      count: statement.count,
      wrappedKey: bytesToHex(wrappedKey),
    };
  }

  /** The purpose of a request and the key that it wants its bundles wrapped to. */
  async function requested(round: number, requester: string) {
    const request = await ledger.view({ type: "trade.request", round, requester });
    if (request === null)
      throw new ExchangeError(
        "EMRX_EXCHANGE_ROUND",
        `round ${round}: requester ${requester} has no request`,
      );
    return { purpose: request.purpose, key: hexToBytes(request.hpkePublicKey) };
  }

  async function granted(round: number, requester: string) {
    const grant = await ledger.view({ type: "access.grant", round, site: id, requester });
    if (grant === null)
      throw new ExchangeError(
        "EMRX_EXCHANGE_ROUND",
        `round ${round}: site ${id} has granted nothing to ${requester}; deliver first`,
      );
    return grant;
  }
}

/** Which rows of a site's batch each request of a round was matched with. */
function matchedRows(
  site: string,
  round: number,
  batch: Batch,
  { round: finalized, inputs, result }: Round,
): (request: number) => Uint32Array {
  if (round !== finalized)
    throw new ExchangeError(
      "EMRX_EXCHANGE_ROUND",
      `the publication is of round ${round}, the matching of round ${finalized}`,
    );
  const position = inputs.offers.findIndex((offer) => offer.site === site);
  if (position < 0)
    throw new ExchangeError("EMRX_EXCHANGE_ROUND", `round ${round} has no offers of site ${site}`);
  const first = inputs.offers.slice(0, position).reduce((sum, { count }) => sum + count, 0);
  return (request) =>
    result.held
      .subarray(result.offsets[request], result.offsets[request + 1])
      .filter((offer) => offer >= first && offer < first + batch.count)
      .map((offer) => offer - first);
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
