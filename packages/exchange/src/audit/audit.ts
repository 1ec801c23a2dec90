// The audit of an exchange: everything that the ledger and the public contents say is computed again.
import { auditLedger, type ChainAdapter, type LedgerAudit } from "@emrx/chain-adapter";
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import type { MatchingRound } from "@emrx/chain-adapter/contracts";
import type { LedgerAuditCheck } from "@emrx/chain-adapter/ledger";
import { MerkleTree, merkleRoot, verifyInclusion } from "@emrx/chain-adapter/merkle";
import type { ContentStore } from "@emrx/chain-adapter/payload";
import {
  commitPartners,
  commitRound,
  decodeMatchingBook,
  encodeMarketBook,
  type MarketBook,
  offersRoot,
} from "@emrx/chain-adapter/rounds";
import { platformRandom, type Schema } from "@emrx/ldp-core";
import { compareBudgets } from "@emrx/ldp-core/accounting";
import { verify } from "@emrx/matching";
import { matchingFromReviewers } from "@emrx/matching/market";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { eventsOf } from "../ledger/events.js";
import { type OfferBook, publicOffers } from "../offers/book.js";
import type { Menus } from "../offers/menus.js";
import { factsRoot, type RoundInputs, readInputs, requestTerms } from "../round/inputs.js";
import { marketBook, roundMarket, solveRound } from "../round/match.js";
import { type RoundResult, roundResult } from "../round/result.js";
import { allocation, readBooks, roundSeed } from "../round/round.js";
import { mutualTerms } from "../round/terms.js";
import { checkAdmissions, readAdmissions } from "../sites/admission.js";

/** What an audit looks at. */
export interface AuditOptions {
  readonly ledger: ChainAdapter;
  readonly store: ContentStore;
  readonly schema: Schema;
  readonly menus: Menus;
  /** Inclusion proofs of single leaves to make and check, spread over all batches; 1,000 unless given. */
  readonly leafProofs?: number;
  /** Called as rounds are done. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What an audit found. */
export interface ExchangeAudit {
  readonly passed: boolean;
  readonly checks: readonly LedgerAuditCheck[];
  readonly ledger: LedgerAudit;
  /** Proofs of ledger entries and of single leaves that were checked. */
  readonly proofsVerified: number;
  /** Published leaves whose batch root was recomputed. */
  readonly leavesVerified: number;
  /** Pairs that block one of the published matchings: 0 for stable ones. */
  readonly blockingPairs: number;
}

/**
 * Audits a ledger and what it points to: replays it from the genesis on; recomputes every batch root, the preference
 * lists and the matching of every finalized round, its allocation and its stability; checks grants against the matching
 * and the published leaves, deliveries against grants, the declared epsilons against the menus, ratings against the
 * committed parameters; and, where a round has an issuer key, every admission token. That no money was lost is among the
 * checks of the ledger.
 *
 * What it cannot show: that a site keeps its accountant honestly; lifetime budgets are attested by the site.
 *
 * @param options - ledger, store, schema and menus
 * @returns one entry a check; an audit that fails does not throw
 * @throws LedgerError where the ledger cannot be read at all, or `EMRX_CONTENT_MISSING` where public content is gone
 */
export async function auditExchange(options: AuditOptions): Promise<ExchangeAudit> {
  const { ledger, schema, menus, signal, onProgress } = options;
  const log = await auditLedger(ledger);
  const checks: LedgerAuditCheck[] = [...log.checks];
  const rounds = (await ledger.view({ type: "matching.rounds" })).filter(
    ({ phase }) => phase === "finalized",
  );
  const admissions = await readAdmissions(ledger, log);
  let [proofs, leaves, blocking] = [log.proofsVerified, 0, 0];
  for (const [i, state] of rounds.entries()) {
    signal?.throwIfAborted();
    onProgress?.(i, rounds.length);
    checks.push(...checkAdmissions(ledger.id, state.round, log.replay, admissions));
    const round = await openRound(options, state);
    checks.push(...round.checks);
    if (round.published === undefined) continue;
    const leafCheck = await checkLeaves(options, round.published);
    leaves += leafCheck.leaves;
    proofs += leafCheck.proofs;
    checks.push(leafCheck.check);
    const matching = checkMatching(state, round.published);
    blocking += matching.blocking;
    checks.push(...matching.checks);
    checks.push(await checkGrants(ledger, log, state.round, round.published));
    checks.push(await checkEpsilons(ledger, menus, state.round));
    checks.push(checkRatings(schema, menus, log, state.round, round.published));
    onProgress?.(i + 1, rounds.length);
  }
  return {
    passed: checks.every(({ passed }) => passed),
    checks,
    ledger: log,
    proofsVerified: proofs,
    leavesVerified: leaves,
    blockingPairs: blocking,
  };
}

interface PublishedData {
  readonly inputs: RoundInputs;
  readonly books: readonly OfferBook[];
  /** Agents and lists as the public rule gives them. */
  readonly book: MarketBook;
  readonly result: RoundResult;
}

/** Reads what a round published, and compares it with what the ledger says it must be. */
async function openRound(
  { ledger, store, schema, menus }: AuditOptions,
  { round, reveal }: MatchingRound,
): Promise<{ checks: LedgerAuditCheck[]; published?: PublishedData }> {
  const name = `round ${round}: public inputs and result are the committed ones`;
  try {
    if (reveal === undefined) throw new Error("the round was finalized without a reveal");
    const inputs = await readInputs(ledger, round, schema, menus);
    const books = await readBooks(store, menus, inputs);
    const seed = roundSeed(factsRoot(inputs), hexToBytes(reveal.seed));
    const book = marketBook(schema, menus, books, requestTerms(inputs), seed);
    const { root, count } = commitRound(book);
    const stored = await store.get(reveal.inputs);
    const partners = decodeMatchingBook(await store.get(reveal.matching));
    const result = roundResult(partners);
    const facts: [string, unknown, unknown][] = [
      ["inputs root", bytesToHex(root), reveal.inputsRoot],
      ["number of inputs", count, reveal.inputsCount],
      ["published inputs", sameBytes(stored, encodeMarketBook(book)), true],
      ["matching root", bytesToHex(commitPartners(book, partners)), reveal.matchingRoot],
      ["number of pairs", result.held.length, reveal.pairs],
    ];
    const wrong = facts.filter(([, found, stated]) => found !== stated).map(([fact]) => fact);
    return {
      checks: [
        check(
          name,
          wrong.length === 0,
          wrong.length === 0
            ? `${count} inputs, ${result.held.length} pairs`
            : `differs: ${wrong.join(", ")}`,
        ),
      ],
      published: { inputs, books, book, result },
    };
  } catch (error) {
    return { checks: [check(name, false, (error as Error).message)] };
  }
}

/** Every published leaf by recomputing its batch's root, and single inclusion proofs of leaves drawn at random. */
async function checkLeaves(
  { ledger, menus, leafProofs: wanted = 1000 }: AuditOptions,
  { inputs, books }: PublishedData,
): Promise<{ check: LedgerAuditCheck; leaves: number; proofs: number }> {
  const random = platformRandom();
  const words = new Uint32Array(Math.ceil(wanted / Math.max(1, books.length)));
  let [leaves, proofs] = [0, 0];
  const wrong: string[] = [];
  for (const [i, { site, root: stated }] of inputs.offers.entries()) {
    const book = books[i];
    if (book === undefined) continue;
    const root = merkleRoot(book.leaves);
    leaves += book.count;
    const batch = await ledger.view({ type: "trade.offer", round: inputs.round, site });
    const offered = batch?.offersRoot;
    if (offered !== undefined && bytesToHex(offersRoot(publicOffers(book, menus))) !== offered)
      wrong.push(`the public offers of site ${site} have another root`);
    if (bytesToHex(root) !== stated) wrong.push(`the leaves of site ${site} have another root`);
    const tree = new MerkleTree(book.leaves);
    random.fill(words);
    for (const word of words) {
      const index = word % book.count;
      const leaf = book.leaves.subarray(32 * index, 32 * index + 32);
      const proof = tree.inclusionProof(index, book.count);
      if (verifyInclusion({ leaf, index, size: book.count, proof, root: hexToBytes(stated) }))
        proofs++;
      else wrong.push(`leaf ${index} of site ${site} is not in its batch`);
    }
  }
  return {
    check: check(
      `round ${inputs.round}: every published leaf is in its batch`,
      wrong.length === 0,
      wrong.length === 0
        ? `${leaves} leaves by their roots, ${proofs} single proofs`
        : wrong.slice(0, 3).join("; "),
    ),
    leaves,
    proofs,
  };
}

/** The matching again from its public inputs, and its stability by a verifier that knows nothing of the solver. */
function checkMatching(
  { round, allocation: stated }: MatchingRound,
  { inputs, book, result }: PublishedData,
): { checks: LedgerAuditCheck[]; blocking: number } {
  const market = roundMarket(book);
  const published = matchingFromReviewers(market, result.offsets, result.held);
  const { violations, blockingCount: blocking } = verify(market, published);
  const again = solveRound(market).reviewers;
  const same = equal(again.offsets, result.offsets) && equal(again.partners, result.held);
  const counts = bytesToHex(encodeCanonical(allocation(inputs, result)));
  return {
    blocking,
    checks: [
      check(
        `round ${round}: the matching is stable`,
        blocking === 0 && violations.length === 0,
        `${published.size} pairs, ${blocking} blocking pairs, ${violations.length} quota or list violations`,
      ),
      check(
        `round ${round}: the matching is the patient-optimal one of the public inputs`,
        same,
        same ? "recomputed pair by pair" : "another matching follows from the inputs and the seed",
      ),
      check(
        `round ${round}: the allocation on the ledger is that of the matching`,
        stated !== undefined && bytesToHex(encodeCanonical(stated)) === counts,
        `${inputs.offers.length} sites, ${inputs.requests.length} requesters`,
      ),
    ],
  };
}

/** Every grant holds exactly the matched leaves, and every delivery is one that was granted, then or since. */
async function checkGrants(
  ledger: ChainAdapter,
  log: LedgerAudit,
  round: number,
  { inputs, books, result }: PublishedData,
): Promise<LedgerAuditCheck> {
  const grants = await ledger.view({ type: "access.grants", round });
  const deliveries = await ledger.view({ type: "trade.deliveries", round });
  const wrong: string[] = [];
  let reports = 0;
  const firsts: number[] = [];
  for (const { count } of inputs.offers) firsts.push((firsts.at(-1) ?? 0) + count);
  const siteAt = new Map(inputs.offers.map(({ site }, i) => [site, i]));
  const requestAt = new Map(inputs.requests.map(({ requester }, i) => [requester, i]));
  // What was delivered may have been granted again since, under another key: any version of the grant will do.
  const bundles = new Set<string>();
  for (const { site, requester, bundle } of eventsOf(log.replay, "access.granted", round))
    bundles.add(`${site}/${requester}/${bundle}`);
  const counts = new Map<string, number>();
  for (const { site, requester, root, count } of grants) {
    counts.set(`${site}/${requester}`, count);
    const [s, r] = [siteAt.get(site) ?? -1, requestAt.get(requester) ?? -1];
    const end = firsts[s] ?? 0;
    const first = end - (inputs.offers[s]?.count ?? 0);
    const rows = result.held
      .subarray(result.offsets[r], result.offsets[r + 1])
      .filter((offer) => offer >= first && offer < end);
    const leaves = new Uint8Array(32 * rows.length);
    for (const [i, offer] of rows.entries()) {
      const at = 32 * (offer - first);
      leaves.set(books[s]?.leaves.subarray(at, at + 32) ?? [], 32 * i);
    }
    reports += count;
    if (rows.length !== count || bytesToHex(merkleRoot(leaves)) !== root)
      wrong.push(
        `the grant of site ${site} to ${requester} does not hold exactly the matched leaves`,
      );
  }
  for (const { site, requester, bundle, count } of deliveries) {
    const pair = `${site}/${requester}`;
    if (!bundles.has(`${pair}/${bundle}`) || counts.get(pair) !== count)
      wrong.push(`site ${site} delivered to ${requester} what was not granted`);
  }
  return check(
    `round ${round}: grants and deliveries are those of the matching`,
    wrong.length === 0,
    wrong.length === 0
      ? `${grants.length} grants of ${reports} reports, ${deliveries.length} deliveries`
      : wrong.slice(0, 3).join("; "),
  );
}

/** What every site declared is what the composition rule costs under the loosest profile of the menus. */
async function checkEpsilons(
  ledger: ChainAdapter,
  menus: Menus,
  round: number,
): Promise<LedgerAuditCheck> {
  const declared = menus.policies
    .map(({ debit }) => debit)
    .reduce((a, b) => (compareBudgets(a, b) < 0 ? b : a));
  const offers = await ledger.view({ type: "trade.offers", round });
  const wrong = offers.filter(({ epsilon }) => epsilon !== declared);
  return check(
    `round ${round}: declared epsilons are those of the schema and the menus`,
    wrong.length === 0,
    wrong.length === 0
      ? `${offers.length} sites declare ${declared} a subject`
      : `${wrong.length} sites declare another epsilon than ${declared}`,
  );
}

/** The quality that every rating calls predicted follows from the committed parameters and the matching. */
function checkRatings(
  schema: Schema,
  menus: Menus,
  log: LedgerAudit,
  round: number,
  { inputs, books, result }: PublishedData,
): LedgerAuditCheck {
  const terms = requestTerms(inputs);
  const { score } = mutualTerms(schema, menus, terms);
  const siteAt = new Map(inputs.offers.map(({ site }, i) => [site, i]));
  const requestAt = new Map(inputs.requests.map(({ requester }, i) => [requester, i]));
  const ends: number[] = [];
  for (const { count } of inputs.offers) ends.push((ends.at(-1) ?? 0) + count);
  let [ratings, wrong] = [0, 0];
  for (const event of eventsOf(log.replay, "evaluation.rated", round)) {
    if (event.role !== "site") continue;
    ratings++;
    const [s, r] = [siteAt.get(event.subject) ?? -1, requestAt.get(event.rater) ?? -1];
    const end = ends[s] ?? 0;
    const first = end - (inputs.offers[s]?.count ?? 0);
    let [sum, count] = [0, 0];
    for (let i = result.offsets[r] ?? 0; i < (result.offsets[r + 1] ?? 0); i++) {
      const offer = result.held[i] ?? 0;
      if (offer < first || offer >= end) continue;
      sum += score[(books[s]?.profile[offer - first] ?? 0) * terms.length + r] ?? 0;
      count++;
    }
    if (Math.round(sum / count) !== event.predictedQuality) wrong++;
  }
  return check(
    `round ${round}: predicted qualities follow from the committed parameters`,
    wrong === 0,
    `${ratings} ratings recomputed, ${wrong} differ`,
  );
}

function check(name: string, passed: boolean, detail: string): LedgerAuditCheck {
  return { name, passed, detail };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function equal(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
