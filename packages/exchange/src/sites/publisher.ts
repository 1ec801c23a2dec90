// A publisher's site: randomizes records, offers lots of them, and grants and releases what the matching gave away.
import type { Rule } from "@emrx/chain-adapter/calls";
import { partyId } from "@emrx/chain-adapter/identity";
import { findLinkability, type PublicView } from "@emrx/chain-adapter/linkability";
import {
  type Batch,
  buildBatch,
  type ContentStore,
  patientScope,
  type Reports,
} from "@emrx/chain-adapter/payload";
import {
  anything,
  arrayOf,
  coded,
  deferred,
  fn,
  guard,
  object,
  optional,
  type Shape,
  satisfying,
  secret as secretShape,
  signal,
  text,
} from "@emrx/internal/shape";
import { type RandomSource, randomizeBatch, type Store, type Table } from "@emrx/ldp-core";
import { selectRows } from "@emrx/ldp-core/records";
import { bytesToHex } from "@noble/hashes/utils.js";
import {
  check,
  isObject,
  memoryShape,
  partyName,
  roundShape,
  storeShape,
} from "../errors/check.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { submitCall } from "../ledger/calls.js";
import { derivedRandom } from "../ledger/derive.js";
import { notesIn } from "../ledger/notes.js";
import type { DefinedPublication } from "../publication/define.js";
import { publicationShape } from "../publication/shape.js";
import type { Round } from "../round/read.js";
import {
  inTurn,
  type PartyOptions,
  presentRound,
  requireOfferWindow,
  type StepReport,
  settleRound,
} from "../round/step.js";
import { checkParty } from "./check-party.js";
import { type Choices, type EpochLots, seat } from "./classes.js";
import { grantsOf, POLICY } from "./grants.js";
import { type KeptOffer, keepOffer, keptOffer } from "./offer-notes.js";

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

const subjectsShape: Shape<readonly string[]> = /* @__PURE__ */ deferred(() =>
  secretShape(arrayOf(text())),
);
const recordsShape: Shape<Records> = /* @__PURE__ */ deferred(() => {
  const column = optional(anything);
  const choices = { profile: column, floor: column, buyers: column, orStricter: column };
  const table = guard(
    (value): value is Table => isObject(value) && Number.isSafeInteger(value["rows"]),
    "a table from encodeTable",
  );
  return satisfying(
    object({
      table,
      subjects: subjectsShape,
      choices: coded("EMRX_EXCHANGE_OFFER", object(choices)) as Shape<Choices>,
    }),
    (records) => records.subjects.length === records.table.rows,
    "an object with as many subjects as its table has rows",
  );
});
const offerShape: Shape<OfferOptions> = /* @__PURE__ */ deferred(() =>
  object({
    round: roundShape,
    token: optional(text()),
    onProgress: optional(fn<NonNullable<OfferOptions["onProgress"]>>()),
    signal: optional(signal()),
  }),
);

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
  const { ledger, publication, identity, secret, memory } = checkParty(options, {
    store: storeShape,
    publication: publicationShape,
    memory: memoryShape,
    lifetimeBudget: text(),
    rules: optional(arrayOf(anything)),
    randomForTests: optional(anything),
  });
  const id = options.party ?? partyId(identity);
  const notes = notesIn(memory, ledger.id, id);
  const rules = options.rules ?? EVERYTHING;
  const grants = grantsOf(options, id, notes);
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
    const current = await presentRound(options, round);
    requireOwn(current, round);
    requireOfferWindow(current); // before anything is debited
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
    did.push(...(await grants.revoke(round)));
    if (phase === "grant") did.push(...(await grants.grant(round, kept.batch)));
    if (phase === "release") did.push(...(await grants.release(round)));
    did.push(...(await settleRound(options, round)));
    did.push(...(await grants.clean((await presentRound(options, number)) ?? round)));
    if (phase === "settle" || phase === "void") return { did };
    if (phase === "seed") return { did, next: { what: "grant", at: windows.seed } };
    if (phase === "grant" || phase === "read")
      return { did, next: { what: "release", at: windows.read } };
    return { did, next: { what: "settle", at: windows.claim } };
  }

  return {
    id,
    offer: async (given, where) => {
      const records = check(recordsShape, given, "records");
      const offered = check(offerShape, where, "options");
      return turn(async () => {
        const { round } = offered;
        const kept = (await ownOffer(round)) ?? (await prepare(records, offered));
        const { moved, sitOut, batch } = kept;
        return { ...(await stepNow(round)), offered: batch.count, moved, sitOut };
      });
    },
    step: async (given) => {
      const round = check(roundShape, given, "round");
      return turn(() => stepNow(round));
    },
    reports: async (round) => (await ownOffer(check(roundShape, round, "round")))?.batch.reports,
    withdraw: async (given, people) => {
      const round = check(roundShape, given, "round");
      const gone = new Set(check(subjectsShape, people, "subjects"));
      return turn(async () => {
        const kept = await ownOffer(round);
        if (kept === undefined)
          throw new ExchangeError(
            "EMRX_EXCHANGE_ROUND",
            `round ${round}: this site offered nothing in it`,
          );
        const withdrawn = kept.subjects.flatMap((subject, leaf) =>
          gone.has(subject) ? [leaf] : [],
        );
        await grants.wish(round, { withdrawn });
        return stepNow(round);
      });
    },
    revoke: async (given, whom) => {
      const round = check(roundShape, given, "round");
      const requester = check(partyName, whom, "requester");
      return turn(async () => {
        await grants.wish(round, { revoked: [requester] });
        return stepNow(round);
      });
    },
  };
}

const viewOf = ({ count, root, pseudonyms, salts, profiles, tree }: Batch): PublicView => {
  const leaves = new Uint8Array(32 * count);
  for (let i = 0; i < count; i++) leaves.set(tree.leaf(i), 32 * i);
  return { count, root, pseudonyms, salts, leaves, choices: profiles };
};
