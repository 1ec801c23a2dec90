// The requester's side: asks, fetches and checks what was granted, reads, and turns what is wrong into claims.
import type { PairView, RequestTerms } from "@emrx/chain-adapter/calls";
import { partyId } from "@emrx/chain-adapter/identity";
import {
  type ContentStore,
  contentFits,
  type OpenedBundle,
  oneTimePublicKey,
  openBundle,
} from "@emrx/chain-adapter/payload";
import { createAggregator, type Store } from "@emrx/ldp-core";
import type { RandomizedName, SchemaJson } from "@emrx/ldp-core/schema";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { check, memoryShape, roundShape, storeShape } from "../errors/check.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { submitCall } from "../ledger/calls.js";
import { contentOf } from "../ledger/content.js";
import { derived } from "../ledger/derive.js";
import { notesIn } from "../ledger/notes.js";
import type { DefinedPublication } from "../publication/define.js";
import { publicationShape } from "../publication/shape.js";
import { bundleFacts, claimFacts, type Round } from "../round/read.js";
import {
  inTurn,
  type PartyOptions,
  presentRound,
  requireOfferWindow,
  type StepReport,
  settleRound,
} from "../round/step.js";
import { checkParty } from "./check-party.js";
import { checkedTerms, type RecordRequest, requestShape, sameTerms } from "./request-terms.js";
import { addUp, makeStudy, measuredEfficiency, type SiteDelivery, type Study } from "./study.js";

/** What a requester is made of. */
export interface RequesterSiteOptions<Json extends SchemaJson = SchemaJson> extends PartyOptions {
  readonly store: ContentStore;
  /** What the requester computed from the schema: it takes part in no other round. */
  readonly publication: DefinedPublication<Json>;
  /** Keeps what it asked for and what it fetched. */
  readonly memory: Store;
}

/** What a requester's step did, and what it has in hand. */
export interface RequesterReport<Attribute extends string = string> extends StepReport {
  /** The reports that were bought and found right, once the keys are released. */
  readonly study?: Study<Attribute>;
}

/** A requester. Made by {@link requesterSite}. */
export interface RequesterSite<Attribute extends string = string> {
  /** The requester's name: its (first) key, 64 hexadecimal digits. */
  readonly id: string;
  /**
   * Writes a request down, and steps. Another request for the same round replaces it while the offer window is open.
   *
   * @throws ExchangeError `EMRX_EXCHANGE_REQUEST` naming what cannot be asked for, `EMRX_EXCHANGE_PUBLICATION` for a
   *   round of another publication; LedgerError with the contract's code where it is refused
   */
  request(request: RecordRequest<Attribute>): Promise<RequesterReport<Attribute>>;
  /** Takes a request back, while the offer window is open. */
  withdraw(round: number): Promise<RequesterReport<Attribute>>;
  /** Does whatever is due in a round, and nothing twice. */
  step(round: number): Promise<RequesterReport<Attribute>>;
}

interface KeptRequest {
  readonly terms?: RequestTerms;
  readonly tolerance: string;
  readonly token?: string;
}

/**
 * A requester's site.
 *
 * It fetches contents before it reads them: who reads has them. It checks every opening against root, place and profile;
 * what is wrong becomes a claim by itself.
 *
 * @param options - ledger, store, publication, identity, secret, memory
 * @returns the site
 * @throws ExchangeError `EMRX_EXCHANGE_MEMORY` for a secret of less than 32 bytes
 */
export function requesterSite<Json extends SchemaJson>(
  options: RequesterSiteOptions<Json>,
): RequesterSite<RandomizedName<Json>> {
  const { ledger, store, publication, identity, secret, memory } = checkParty(options, {
    store: storeShape,
    publication: publicationShape,
    memory: memoryShape,
  });
  const id = options.party ?? partyId(identity);
  const notes = notesIn(memory, ledger.id, id);
  const turn = inTurn();
  const opened = new Map<string, OpenedBundle>();

  /** The secret of the one-time key of a pair. */
  const pairSecret = (round: number, site: string): Uint8Array =>
    derived(secret, ledger.id, "one-time key", id, round, site);
  const contentNote = (round: number, site: string): string => `${round}/content/${site}`;

  /** Throws where a request could not be made: nothing is written then. A round that is not opened yet is waited for. */
  function requireTaking(round: Round | undefined): void {
    if (round === undefined) return;
    if (round.publication !== publication.hash)
      throw new ExchangeError(
        "EMRX_EXCHANGE_PUBLICATION",
        `round ${round.round} is of publication ${round.publication}, this requester computed ${publication.hash} from its schema; take part only in rounds of that`,
      );
    requireOfferWindow(round);
  }

  /** Writes down what is asked for, which a retry may do again at any time. */
  async function keep(round: number, kept: KeptRequest): Promise<void> {
    const before = await notes.readJson<KeptRequest>(`${round}/request`);
    if (JSON.stringify(before) === JSON.stringify(kept)) return;
    requireTaking(await presentRound(options, round));
    await notes.writeJson(`${round}/request`, kept);
  }

  async function askNow(round: Round, { terms, token }: KeptRequest): Promise<string[]> {
    requireTaking(round);
    const own = round.requests.find(({ requester }) => requester === id);
    if (own === undefined ? terms === undefined : terms !== undefined && sameTerms(own, terms))
      return [];
    const admitted = round.admitted.includes(id);
    const outcome = await submitCall(
      ledger,
      identity,
      {
        type: "trade.request",
        round: round.round,
        ...(terms === undefined ? {} : { terms }),
        ...(token === undefined || admitted ? {} : { token }),
      },
      `at ${round.version}`,
    );
    if ("refused" in outcome) throw outcome.error;
    return [
      terms === undefined
        ? `withdrew the request of round ${round.round}`
        : `requested ${terms.quota} records in round ${round.round}`,
    ];
  }

  /** Fetches every content that was granted; what fits is kept, and read; what does not is reported. */
  async function readNow(round: Round): Promise<string[]> {
    const due = round.pairs.filter(
      (pair) =>
        pair.requester === id &&
        pair.grant !== undefined &&
        pair.read === undefined &&
        pair.missing === undefined &&
        pair.revoked === undefined,
    );
    const reads: { site: string; oneTimeKey: string }[] = [];
    const sites: string[] = [];
    for (const pair of due) {
      const { site } = pair;
      if (await fetched(round, pair))
        reads.push({ site, oneTimeKey: await oneTimePublicKey(pairSecret(round.round, site)) });
      else sites.push(site);
    }
    const did: string[] = [];
    if (reads.length > 0) {
      const call = { type: "access.read", round: round.round, reads } as const;
      await submitCall(ledger, identity, call);
      did.push(`read ${reads.length} bundles in round ${round.round}`);
    }
    if (sites.length > 0) {
      const call = { type: "access.missing", round: round.round, sites } as const;
      await submitCall(ledger, identity, call);
      did.push(`reported ${sites.length} contents missing in round ${round.round}`);
    }
    return did;
  }

  /** Whether the granted content is in hand, and is what the grant names. */
  async function fetched(round: Round, pair: PairView): Promise<boolean> {
    const root = pair.grant?.root ?? "";
    const facts = { ...bundleFacts(round, pair), root };
    const name = contentNote(round.round, pair.site);
    const kept = await notes.read(name);
    if (kept !== undefined && contentFits(facts, kept)) return true;
    const content = await contentOf(store, root);
    if (content === undefined || !contentFits(facts, content)) return false;
    await notes.write(name, content);
    return true;
  }

  /** What a released pair holds, or evidence against its site. */
  async function openPair(round: Round, pair: PairView): Promise<OpenedBundle | undefined> {
    const facts = claimFacts(round, pair);
    const known = opened.get(`${round.round}/${pair.site}`);
    if (facts === undefined || known !== undefined) return known;
    const content = await notes.read(contentNote(round.round, pair.site));
    if (content === undefined)
      throw new ExchangeError(
        "EMRX_EXCHANGE_MEMORY",
        `memory: the content of ${pair.site} in round ${round.round}, which was kept before it was read, is gone; restore the memory`,
      );
    const found = await openBundle(facts, content, pairSecret(round.round, pair.site));
    opened.set(`${round.round}/${pair.site}`, found);
    return found;
  }

  async function claimNow(round: Round): Promise<string[]> {
    const did: string[] = [];
    for (const pair of round.pairs) {
      if (pair.requester !== id || pair.claimed !== undefined || pair.outcome !== undefined)
        continue;
      const found = await openPair(round, pair);
      if (found === undefined || !("evidence" in found)) continue;
      const { site } = pair;
      const call = {
        type: "access.claim",
        round: round.round,
        site,
        evidence: found.evidence,
      } as const;
      const outcome = await submitCall(ledger, identity, call);
      did.push(
        "refused" in outcome
          ? `the claim against ${site} was refused: ${outcome.refused}`
          : `proved the bundle of ${site} wrong`,
      );
    }
    return did;
  }

  async function studyOf(
    round: Round,
    { terms, tolerance }: KeptRequest,
  ): Promise<Study | undefined> {
    if (terms === undefined) return undefined;
    const { schema, document } = publication;
    const aggregator = createAggregator(schema);
    const deliveries: SiteDelivery[] = [];
    for (const pair of round.pairs) {
      if (pair.requester !== id) continue;
      const found = await openPair(round, pair);
      if (found === undefined || "evidence" in found || found.reports.count === 0) continue;
      const { count } = found.reports;
      const { aggregator: own, malformed } = addUp(schema, found.reports);
      aggregator.merge(own);
      deliveries.push({
        site: pair.site,
        ...{ count, malformed, withdrawn: pair.units - count },
        predictedQuality: predictedQuality(document, terms.weights, pair),
        measuredQuality: measuredEfficiency(schema, terms.weights, own, count),
        root: pair.grant?.root ?? "",
      });
    }
    const cohort = round.offers.reduce(
      (sum, { classes }) =>
        sum + classes.reduce((all, { lots }) => all + lots * document.lotSize, 0),
      0,
    );
    return makeStudy(schema, {
      ...{ round: round.round, cohort, deliveries, aggregator },
      terms: { ...terms, requester: id, tolerance },
    });
  }

  /** Rates every site that was paid; the same rating again has no effect. */
  async function rateNow(round: Round, study: Study): Promise<string[]> {
    let rated = 0;
    for (const { site, measuredQuality, root } of study.deliveries) {
      const pair = round.pairs.find((one) => one.requester === id && one.site === site);
      if (pair?.outcome !== "paid") continue;
      const note = `${round.round}/rated/${site}`;
      if ((await notes.read(note)) !== undefined) continue;
      const outcome = await submitCall(ledger, identity, {
        type: "evaluation.rate",
        round: round.round,
        subject: site,
        role: "site",
        measuredQuality,
        evidenceHash: bytesToHex(sha256(hexToBytes(root))),
      });
      if ("refused" in outcome && outcome.refused !== "EMRX_DUPLICATE_RATING") throw outcome.error;
      await notes.write(note, Uint8Array.of(1));
      rated++;
    }
    return rated === 0 ? [] : [`rated ${rated} sites in round ${round.round}`];
  }

  async function stepNow(number: number): Promise<RequesterReport> {
    const round = await presentRound(options, number);
    const kept = await notes.readJson<KeptRequest>(`${number}/request`);
    if (round === undefined || kept === undefined) return { did: [] };
    const { phase, windows } = round;
    if (phase === "offer")
      return { did: await askNow(round, kept), next: { what: "read", at: windows.grant } };
    if (!round.requests.some(({ requester }) => requester === id)) return { did: [] };
    if (phase === "seed" || phase === "grant")
      return { did: [], next: { what: "read", at: windows.grant } };
    if (phase === "read")
      return { did: await readNow(round), next: { what: "claim", at: windows.release } };
    if (phase === "release") return { did: [], next: { what: "claim", at: windows.release } };
    const did: string[] = [];
    if (phase === "claim") did.push(...(await claimNow(round)));
    const study = await studyOf(round, kept);
    if (phase === "claim")
      return { did, ...(study && { study }), next: { what: "settle", at: windows.claim } };
    did.push(...(await settleRound(options, round)));
    const settled = (await presentRound(options, number)) ?? round;
    if (study !== undefined) did.push(...(await rateNow(settled, study)));
    return { did, ...(study && { study }) };
  }

  return {
    id,
    request: async (given) => {
      const request = check(requestShape, given, "request");
      return turn(async () => {
        const { round, token, tolerance } = request;
        const terms = checkedTerms(publication.schema, request);
        const kept: KeptRequest = { terms, tolerance, ...(token === undefined ? {} : { token }) };
        await keep(round, kept);
        return stepNow(round);
      });
    },
    withdraw: async (given) => {
      const round = check(roundShape, given, "round");
      return turn(async () => {
        const { terms: _, ...kept } = (await notes.readJson<KeptRequest>(`${round}/request`)) ?? {
          tolerance: "1",
        };
        await keep(round, kept);
        return stepNow(round);
      });
    },
    step: async (given) => {
      const round = check(roundShape, given, "round");
      return turn(() => stepNow(round));
    },
  };
}

/** The weighted mean of what a pair's records are worth, in parts per million, rounded down: what the contract computes. */
function predictedQuality(
  { profiles, attributes }: Round["document"],
  weights: Readonly<Record<string, number>>,
  { ranges, units }: PairView,
): number {
  let [total, sum] = [0n, 0n];
  for (const weight of Object.values(weights)) sum += BigInt(weight);
  for (const { from, to, profile } of ranges)
    for (const [name, weight] of Object.entries(weights)) {
      const worth = profiles[profile]?.worth[attributes.indexOf(name)] ?? 0;
      total += BigInt(to - from) * BigInt(weight) * BigInt(worth);
    }
  return Number(total / (sum * BigInt(units)));
}
