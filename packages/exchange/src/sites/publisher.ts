// A publisher's site: randomizes records, offers lots of them, and grants and releases what the matching gave away.
import type { GrantItem, PairView, Profile, Rule } from "@emrx/chain-adapter/calls";
import { purposeCovers } from "@emrx/chain-adapter/contracts";
import { partyId } from "@emrx/chain-adapter/identity";
import { findLinkability, type PublicView } from "@emrx/chain-adapter/linkability";
import {
  type Batch,
  type BundleFacts,
  buildBatch,
  type ContentStore,
  contentIdOfHash,
  patientScope,
  type Reports,
  sealBundle,
  wrapKey,
} from "@emrx/chain-adapter/payload";
import { text } from "@emrx/internal/shape";
import { type RandomSource, randomizeBatch, type Store, type Table } from "@emrx/ldp-core";
import { selectRows } from "@emrx/ldp-core/records";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { memoryShape, storeShape } from "../errors/check.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { submitCall } from "../ledger/calls.js";
import { derivedRandom } from "../ledger/derive.js";
import { notesIn } from "../ledger/notes.js";
import type { DefinedPublication } from "../publication/define.js";
import { bundleFacts, type Round } from "../round/read.js";
import {
  inTurn,
  type PartyOptions,
  presentRound,
  type StepReport,
  settleRound,
} from "../round/step.js";
import { checkParty, publicationShape } from "./check-party.js";
import { type Choices, type EpochLots, seat } from "./classes.js";
import { type KeptOffer, keepOffer, keptOffer } from "./offer-notes.js";

const POLICY = "publication";
const EVERYTHING: readonly Rule[] = [
  { effect: "permit", attributes: ["*"], levels: ["*"], purposes: ["*"], actors: ["*"] },
];

/** What a site is made of. */
export interface PublisherSiteOptions extends PartyOptions {
  /** Where sealed bundles go. */
  readonly store: ContentStore;
  /** What the site computed from its schema: it takes part in no other round. */
  readonly publication: DefinedPublication;
  /** Keeps spent budgets, memoized reports and what the site is about to do: as secret as the records. */
  readonly memory: Store;
  /** What may be spent on one subject for life, a decimal. */
  readonly lifetimeBudget: string;
  /** The policy under which it grants; whatever the matching gave is permitted unless given. */
  readonly rules?: readonly Rule[];
  /** The platform's generator unless given; a seeded source is for tests and demonstrations only. */
  readonly randomForTests?: RandomSource;
}

/** The records of one round, row by row the same patient. */
export interface Records {
  /** From ldp-core's `encodeTable`. */
  readonly table: Table;
  /** The patients as the site knows them; each at most once. Never leaves the site. */
  readonly subjects: readonly string[];
  readonly choices: Choices;
}

/** Where, and how, records are offered. */
export interface OfferOptions {
  readonly round: number;
  /** Where the round needs admission: the site's token for it, in hexadecimal. */
  readonly token?: string;
  /** Called now and then with the work done so far. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What a site offered. */
export interface Offered extends StepReport {
  /** Records offered, patients who joined a stricter class, patients who sit out. */
  readonly offered: number;
  readonly moved: number;
  readonly sitOut: number;
}

/** A site that acts for patients. Made by {@link publisherSite}. */
export interface PublisherSite {
  /** The site's name: its (first) key, 64 hexadecimal digits. */
  readonly id: string;
  /**
   * Fills lots, debits and randomizes the records of those who are in, writes the offer down, and steps. The same round
   * again gives the first offer again, whatever the records.
   *
   * @throws ExchangeError `EMRX_EXCHANGE_OFFER` for choices that are not of the menus, or where nobody fills a lot,
   *   `EMRX_EXCHANGE_PUBLICATION` for a round of another publication, `EMRX_EXCHANGE_LINKABLE` for a batch by which
   *   patients could be followed; LdpError where a budget is short, and then nothing is spent
   */
  offer(records: Records, options: OfferOptions): Promise<Offered>;
  /** Does whatever is due in a round, and nothing twice. */
  step(round: number): Promise<StepReport>;
  /**
   * Patients who changed their mind. Before their report is granted it is left out; a granted pair that holds it and is
   * not released is revoked. What was released stays released.
   */
  withdraw(round: number, subjects: readonly string[]): Promise<StepReport>;
  /** The reports that this site offered in a round, as it keeps them; undefined where it offered none. */
  reports(round: number): Promise<Reports | undefined>;
  /** Ends what was granted to a requester, and deletes its content: what is not released never opens. */
  revoke(round: number, requester: string): Promise<StepReport>;
}

/** What was sealed for a requester, before it was granted. */
interface Sealed {
  readonly root: string;
  readonly keyCommitment: string;
  /** Hexadecimal; empty once it is forgotten. */
  readonly key: string;
  /** Leaves that are left out. */
  readonly out: readonly number[];
}

interface Wishes {
  /** Leaves of patients who changed their mind. */
  readonly withdrawn: readonly number[];
  /** Requesters to be revoked. */
  readonly revoked: readonly string[];
}

/**
 * A publisher's site.
 *
 * What a report leaks is bounded by the epsilon that was debited before it was drawn. Levels, price floors and buyers are
 * choices from public menus; which attributes a report discloses is drawn without looking at the record.
 *
 * @param options - ledger, store, publication, identity, secret, memory, lifetime budget
 * @returns the site
 * @throws ExchangeError `EMRX_EXCHANGE_MEMORY` for a secret of less than 32 bytes
 */
export function publisherSite(options: PublisherSiteOptions): PublisherSite {
  const { ledger, store, publication, identity, secret, memory } = checkParty(options, {
    store: storeShape,
    publication: publicationShape,
    memory: memoryShape,
    lifetimeBudget: text(),
  });
  const id = options.party ?? partyId(identity);
  const notes = notesIn(memory, ledger.id, id);
  const rules = options.rules ?? EVERYTHING;
  const turn = inTurn();
  const known = new Map<number, KeptOffer>();

  async function ownOffer(round: number): Promise<KeptOffer | undefined> {
    const found = known.get(round) ?? (await keptOffer(notes, round, secret));
    if (found !== undefined) known.set(round, found);
    return found;
  }

  function requireOwn(round: Round | undefined, number: number): asserts round is Round {
    if (round === undefined)
      throw new ExchangeError(
        "EMRX_EXCHANGE_ROUND",
        `round ${number} is not opened yet; offer once it is`,
      );
    if (round.publication === publication.hash) return;
    throw new ExchangeError(
      "EMRX_EXCHANGE_PUBLICATION",
      `round ${number} is of publication ${round.publication}, this site computed ${publication.hash} from its schema; take part only in rounds of that`,
    );
  }

  /** The batch must not help to follow patients from one of the site's rounds to another. */
  async function requireUnlinkable(round: number, batch: Batch, rounds: readonly number[]) {
    const earlier: PublicView[] = [];
    for (const other of rounds) {
      const kept = other === round ? undefined : await ownOffer(other);
      if (kept !== undefined) earlier.push(viewOf(kept.batch));
    }
    const leastGroup = publication.document.leastGroup;
    const refused = findLinkability(viewOf(batch), earlier, { leastGroup }).find(
      ({ severity }) => severity === "refuse",
    );
    if (refused === undefined) return;
    throw new ExchangeError(
      "EMRX_EXCHANGE_LINKABLE",
      `round ${round}, ${refused.count} patients: ${refused.message}`,
    );
  }

  async function prepare(
    { table, subjects, choices }: Records,
    { round, token, onProgress, signal }: OfferOptions,
  ): Promise<KeptOffer> {
    requireOwn(await presentRound(options, round), round);
    const { document, policies, schema } = publication;
    const scope = { ledger: ledger.id, site: id, round, schemaHash: schema.hash };
    const epoch = Math.floor((round - 1) / document.counts.rounds);
    const fixed = await notes.readJson<EpochLots>(`epoch/${epoch}`);
    const seating = seat({
      publication: document,
      choices,
      rows: table.rows,
      secret,
      scope: patientScope(scope),
      noise: (key) => derivedRandom(secret, ledger.id, "count", id, epoch, key),
      epoch: fixed,
    });
    if (seating.rows.length === 0)
      throw new ExchangeError(
        "EMRX_EXCHANGE_OFFER",
        `choices fill no lot of ${document.lotSize}: ${table.rows} patients, none offered; offer with more patients who choose alike`,
      );
    const { count, bytes, offsets } = await randomizeBatch(
      schema,
      selectRows(table, seating.rows),
      {
        policies,
        policyOf: seating.profiles,
        subjects: Array.from(seating.rows, (row) => subjects[row] ?? ""),
        lifetimeBudget: options.lifetimeBudget,
        memory,
        ...(options.randomForTests === undefined ? {} : { randomForTests: options.randomForTests }),
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(signal === undefined ? {} : { signal }),
      },
    );
    const batch = buildBatch({
      scope,
      rootSecret: secret,
      patients: Uint32Array.from(seating.rows, (_, i) => i),
      profiles: seating.profiles,
      reports: { count, bytes, offsets },
    });
    const rounds = (await notes.readJson<number[]>("rounds")) ?? [];
    await requireUnlinkable(round, batch, rounds);
    const { classes, moved, sitOut } = seating;
    const kept: KeptOffer = {
      ...{ classes, moved, sitOut, batch },
      subjects: Array.from(seating.rows, (row) => subjects[row] ?? ""),
      ...(token === undefined ? {} : { token }),
    };
    if (fixed === undefined) await notes.writeJson(`epoch/${epoch}`, seating.lots);
    if (!rounds.includes(round)) await notes.writeJson("rounds", [...rounds, round]);
    await keepOffer(notes, round, kept);
    known.set(round, kept);
    return kept;
  }

  const wishesOf = async (round: number): Promise<Wishes> =>
    (await notes.readJson<Wishes>(`${round}/wishes`)) ?? { withdrawn: [], revoked: [] };
  const sealedOf = async (round: number): Promise<Record<string, Sealed>> =>
    (await notes.readJson<Record<string, Sealed>>(`${round}/sealed`)) ?? {};

  /**
   * Tells of a pair whether its grant must end: somebody asked for that, or a report in it was withdrawn and is not released.
   * The ledger may not know of it yet, and even a call that is refused would hand out the key.
   */
  async function ending(round: number): Promise<(pair: PairView) => boolean> {
    const { withdrawn, revoked } = await wishesOf(round);
    const left = new Set(withdrawn);
    const sealed = await sealedOf(round);
    return (pair) =>
      revoked.includes(pair.requester) ||
      (pair.wrappedKey === undefined && holdsSealed(pair, left, sealed[pair.requester]));
  }

  async function setPolicy(): Promise<void> {
    const current = await ledger.view({ type: "access.policy", site: id, policyId: POLICY });
    if (current !== null && JSON.stringify(current.rules) === JSON.stringify(rules)) return;
    const outcome = await submitCall(ledger, identity, {
      type: "access.setPolicy",
      policyId: POLICY,
      version: (current?.version ?? 0) + 1,
      schemaHash: publication.schema.hash,
      rules,
    });
    if ("refused" in outcome) throw outcome.error;
  }

  async function offerNow(round: Round, { classes, batch, token }: KeptOffer): Promise<string[]> {
    requireOwn(round, round.round);
    const root = bytesToHex(batch.root);
    if (round.offers.some((offer) => offer.site === id && offer.root === root)) return [];
    await setPolicy();
    const admitted = round.admitted.includes(id);
    const outcome = await submitCall(
      ledger,
      identity,
      {
        type: "trade.offer",
        round: round.round,
        batch: { root, classes },
        ...(token === undefined || admitted ? {} : { token }),
      },
      `at ${round.version}`,
    );
    if ("refused" in outcome) throw outcome.error;
    return [`offered ${batch.count} records in round ${round.round}`];
  }

  /** Seals, uploads and grants, in this order; what it sealed is written down before it is uploaded. */
  async function grantNow(round: Round, { batch }: KeptOffer): Promise<string[]> {
    const { withdrawn, revoked } = await wishesOf(round.round);
    const left = new Set(withdrawn);
    const due = round.pairs.filter(
      (pair) =>
        pair.site === id &&
        pair.grant === undefined &&
        !revoked.includes(pair.requester) &&
        mayGrant(round, pair, left),
    );
    if (due.length === 0) return [];
    const policy = await ledger.view({ type: "access.policy", site: id, policyId: POLICY });
    const earlier = await sealedOf(round.round);
    const sealed: Record<string, Sealed> = { ...earlier };
    const contents: Uint8Array<ArrayBuffer>[] = [];
    const grants: GrantItem[] = [];
    for (const pair of due) {
      const facts: BundleFacts = bundleFacts(round, pair);
      const { content, root, key, keyCommitment } = await sealBundle(batch, facts, {
        secret,
        withdrawn: left,
      });
      const before = earlier[pair.requester];
      // What was sealed before somebody withdrew is of no use any more.
      if (before !== undefined && before.root !== root)
        await store.delete(contentIdOfHash(hexToBytes(before.root)));
      sealed[pair.requester] = { root, keyCommitment, key: bytesToHex(key), out: withdrawn };
      contents.push(content);
      grants.push({
        ...{ requester: pair.requester, root, keyCommitment },
        ...{ policyId: POLICY, policyVersion: policy?.version ?? 1 },
      });
    }
    await notes.writeJson(`${round.round}/sealed`, sealed);
    for (const content of contents) await store.put(content);
    const call = { type: "access.grant", round: round.round, grants } as const;
    const outcome = await submitCall(ledger, identity, call);
    const granted = "events" in outcome ? accepted(outcome.events, "access.granted") : new Set();
    const refused = grants.filter(({ requester }) => !granted.has(requester));
    for (const { root } of refused) await store.delete(contentIdOfHash(hexToBytes(root)));
    return [`granted ${granted.size} bundles in round ${round.round}`];
  }

  async function releaseNow(round: Round): Promise<string[]> {
    const mustEnd = await ending(round.round);
    const sealed = await sealedOf(round.round);
    const due = round.pairs.filter(
      (pair) =>
        pair.site === id &&
        pair.read?.decision === "permit" &&
        pair.wrappedKey === undefined &&
        pair.revoked === undefined &&
        !mustEnd(pair) &&
        pair.grant?.root === sealed[pair.requester]?.root,
    );
    if (due.length === 0) return [];
    const releases = await Promise.all(
      due.map(async (pair) => {
        const { root, key } = sealed[pair.requester] as Sealed;
        const facts = {
          ...bundleFacts(round, pair),
          root,
          oneTimeKey: pair.read?.oneTimeKey ?? "",
        };
        return { requester: pair.requester, wrappedKey: await wrapKey(facts, hexToBytes(key)) };
      }),
    );
    const call = { type: "access.release", round: round.round, releases } as const;
    const outcome = await submitCall(ledger, identity, call);
    const released = "events" in outcome ? accepted(outcome.events, "access.released") : new Set();
    return [`released ${released.size} keys in round ${round.round}`];
  }

  /** Ends what was asked to end: first the ledger, then the key, then the content. */
  async function revokeNow(round: Round): Promise<string[]> {
    const mustEnd = await ending(round.round);
    const due = round.pairs.filter(
      (pair) =>
        pair.site === id && pair.grant !== undefined && pair.revoked === undefined && mustEnd(pair),
    );
    if (due.length === 0) return [];
    const requesters = due.map(({ requester }) => requester);
    const call = { type: "access.revoke", round: round.round, requesters } as const;
    await submitCall(ledger, identity, call);
    return [`revoked ${requesters.length} grants in round ${round.round}`];
  }

  /** Whether a sealed bundle holds a report that has been withdrawn since: one of these leaves is not left out of it. */
  function holdsSealed(pair: PairView, left: ReadonlySet<number>, of: Sealed | undefined): boolean {
    if (of === undefined) return false;
    const out = new Set(of.out);
    return pair.ranges.some(({ from, to }) => {
      for (let leaf = from; leaf < to; leaf++) if (left.has(leaf) && !out.has(leaf)) return true;
      return false;
    });
  }

  /** Deletes content that nobody can be given any more, and forgets its key. */
  async function clean(round: Round): Promise<string[]> {
    const sealed = await sealedOf(round.round);
    const over = !["offer", "seed", "grant"].includes(round.phase);
    const gone = Object.entries(sealed).filter(([requester, { root, key }]) => {
      const pair = round.pairs.find((one) => one.site === id && one.requester === requester);
      if (key === "") return false;
      if (pair?.grant?.root !== root) return over;
      if (pair.wrappedKey !== undefined) return false;
      return (
        pair.revoked !== undefined ||
        pair.missing === true ||
        pair.read?.decision === "deny" ||
        ["claim", "settle", "void"].includes(round.phase)
      );
    });
    if (gone.length === 0) return [];
    for (const [, { root }] of gone) await store.delete(contentIdOfHash(hexToBytes(root)));
    // The keys last: until they are forgotten, a step deletes the contents again.
    for (const [requester, one] of gone) sealed[requester] = { ...one, key: "" };
    await notes.writeJson(`${round.round}/sealed`, sealed);
    return [`deleted ${gone.length} contents of round ${round.round}`];
  }

  async function stepNow(number: number): Promise<StepReport> {
    const round = await presentRound(options, number);
    const kept = await ownOffer(number);
    if (round === undefined || kept === undefined) return { did: [] };
    const { phase, windows } = round;
    const did: string[] = [];
    if (phase === "offer") {
      did.push(...(await offerNow(round, kept)));
      return { did, next: { what: "grant", at: windows.seed } };
    }
    if (!round.offers.some((offer) => offer.site === id)) return { did };
    did.push(...(await revokeNow(round)));
    if (phase === "grant") did.push(...(await grantNow(round, kept)));
    if (phase === "release") did.push(...(await releaseNow(round)));
    did.push(...(await settleRound(options, round)));
    did.push(...(await clean((await presentRound(options, number)) ?? round)));
    if (phase === "settle" || phase === "void") return { did };
    if (phase === "seed") return { did, next: { what: "grant", at: windows.seed } };
    if (phase === "grant" || phase === "read")
      return { did, next: { what: "release", at: windows.read } };
    return { did, next: { what: "settle", at: windows.claim } };
  }

  async function wish(round: number, change: (before: Wishes) => Wishes): Promise<StepReport> {
    await notes.writeJson(`${round}/wishes`, change(await wishesOf(round)));
    return stepNow(round);
  }

  return {
    id,
    offer: (records, given) =>
      turn(async () => {
        const kept = (await ownOffer(given.round)) ?? (await prepare(records, given));
        const { moved, sitOut, batch } = kept;
        return { ...(await stepNow(given.round)), offered: batch.count, moved, sitOut };
      }),
    step: (round) => turn(() => stepNow(round)),
    reports: async (round) => (await ownOffer(round))?.batch.reports,
    withdraw: (round, subjects) =>
      turn(async () => {
        const kept = await ownOffer(round);
        if (kept === undefined)
          throw new ExchangeError(
            "EMRX_EXCHANGE_ROUND",
            `round ${round}: this site offered nothing in it`,
          );
        const gone = new Set(subjects);
        const leaves = kept.subjects.flatMap((subject, leaf) => (gone.has(subject) ? [leaf] : []));
        return wish(round, ({ withdrawn, revoked }) => ({
          withdrawn: [...new Set([...withdrawn, ...leaves])],
          revoked,
        }));
      }),
    revoke: (round, requester) =>
      turn(() =>
        wish(round, ({ withdrawn, revoked }) => ({
          withdrawn,
          revoked: [...new Set([...revoked, requester])],
        })),
      ),
  };
}

/** Requesters of the events of one type. */
function accepted(
  events: readonly { readonly type: string; readonly requester?: string }[],
  type: string,
): Set<string | undefined> {
  return new Set(events.filter((event) => event.type === type).map(({ requester }) => requester));
}

/** The site's own look at a pair: no refused purpose, and no chunk with more withdrawn rows than the publication allows. */
function mayGrant(round: Round, pair: PairView, withdrawn: ReadonlySet<number>): boolean {
  const { profiles, chunk } = round.document;
  const purpose = round.requests.find(({ requester }) => requester === pair.requester)?.purpose;
  if (purpose === undefined) return false;
  return pair.ranges.every(({ from, to, profile }) => {
    const { refuses } = profiles[profile] as Profile;
    if (refuses.some((code) => purposeCovers(code, purpose) || purposeCovers(purpose, code)))
      return false;
    for (let at = from; at < to; at += chunk.length) {
      let gone = 0;
      for (let leaf = at; leaf < Math.min(to, at + chunk.length); leaf++)
        if (withdrawn.has(leaf)) gone++;
      if (gone > chunk.withdrawn) return false;
    }
    return true;
  });
}

const viewOf = ({ count, root, pseudonyms, salts, profiles, tree }: Batch): PublicView => {
  const leaves = new Uint8Array(32 * count);
  for (let i = 0; i < count; i++) leaves.set(tree.leaf(i), 32 * i);
  return { count, root, pseudonyms, salts, leaves, choices: profiles };
};
