// Puts what a run produced into the form of the report.
import { basename } from "node:path";
import type { ChainAdapter } from "@emrx/chain-adapter";
import { decodeCanonical } from "@emrx/chain-adapter/codec";
import { chunkPlaces } from "@emrx/chain-adapter/payload";
import type {
  DefinedPublication,
  ExchangeAudit,
  RequesterSite,
  Round,
  Study,
} from "@emrx/exchange";
import { expectedQuality } from "@emrx/exchange/publication";
import { policyFor, type Schema, type Table } from "@emrx/ldp-core";
import { compareBudgets } from "@emrx/ldp-core/accounting";
import { cheats } from "./cheats.js";
import type { DemoSite } from "./participants.js";
import type { DemoRequest } from "./population.js";
import { type AttributeReport, type CrossTable, type DemoReport, timelineOf } from "./report.js";

/** What a run hands over. */
export interface RunData {
  readonly seed: string;
  /** The CSV file, or undefined for synthetic records. */
  readonly source: string | undefined;
  readonly ledgerKind: "memory" | "file";
  /** The number of the requester that lies, where some cheat. */
  readonly liar: number | undefined;
  readonly ledger: ChainAdapter;
  readonly schema: Schema;
  readonly publication: DefinedPublication;
  readonly records: number;
  readonly table: Table;
  readonly requests: readonly DemoRequest[];
  readonly sites: readonly DemoSite[];
  readonly labs: readonly RequesterSite[];
  readonly round: Round;
  readonly seating: { readonly offered: number; readonly moved: number; readonly sitOut: number };
  readonly studies: readonly (Study | undefined)[];
  readonly attributes: readonly AttributeReport[];
  readonly outcomes: readonly { readonly quality: number; readonly maxAbsError: number | null }[];
  readonly audited: ExchangeAudit;
  readonly stages: DemoReport["stages"];
  readonly setUp: DemoReport["setUp"];
  /** A decimal. */
  readonly perSubjectMax: string;
}

/** The report of a run. */
export async function assembleReport(run: RunData): Promise<DemoReport> {
  const { schema, publication, round, audited, requests, labs, studies, outcomes, seating } = run;
  const { document, policies } = publication;
  const declared = policies
    .map(({ debit }) => debit)
    .reduce((a, b) => (compareBudgets(a, b) < 0 ? b : a));
  const standard = policyFor(schema);
  const randomized = schema.attributes.filter(({ type }) => type !== "public").length;
  const bought = new Set(round.pairs.map(({ requester }) => requester));
  return {
    format: "emrx-demo-report/2",
    seed: run.seed,
    source: run.source === undefined ? "synthetic" : basename(run.source),
    schema: {
      id: schema.id,
      version: schema.version,
      hash: schema.hash,
      disclose:
        schema.disclose.rule === "sample"
          ? `${schema.disclose.sample} of ${randomized} attributes a record`
          : `all ${randomized} attributes`,
    },
    records: run.records,
    subjects: run.table.rows,
    sites: run.sites.length,
    attributes: run.attributes,
    epsilon: { perSubjectMax: Number(run.perSubjectMax), declaredBudget: Number(declared) },
    matching: {
      pairs: round.pairs.length,
      units: round.pairs.reduce((sum, { units }) => sum + units, 0),
      blockingLots: audited.blockingLots,
      ...lotsOf(round),
      unmatchedRequesters: labs.filter(({ id }) => !bought.has(id)).length,
      ...crossTables(run),
    },
    seating: {
      ...seating,
      errorFactor: Math.sqrt(run.table.rows / Math.max(1, seating.offered)),
      countEpsilon: document.counts.epsilon,
      epochRounds: document.counts.rounds,
    },
    money: await moneyOf(run),
    journey: journeyOf(round),
    findings: audited.findings.map(({ culprit, kind, evidence }) => ({ culprit, kind, evidence })),
    undecided: audited.undecided.map(({ parties, what, why }) => ({ parties, what, why })),
    cheats: run.liar === undefined ? null : cheatsOf(run, run.liar),
    ledger: {
      kind: run.ledgerKind,
      entries: audited.ledger.entries,
      checkpoint: audited.ledger.checkpoint.root,
      proofsVerified: audited.ledger.proofsVerified,
      rejected: audited.ledger.rejected,
      ...(await ledgerTimeline(run.ledger)),
    },
    audit: { passed: audited.passed, checks: audited.checks },
    stages: run.stages,
    setUp: run.setUp,
    requesters: requests.map((request, i) => ({
      id: labs[i]?.id ?? "",
      purpose: request.purpose,
      price: request.pricePerRecord / 100,
      quota: request.quota,
      delivered: studies[i]?.deliveries.reduce((sum, { count }) => sum + count, 0) ?? 0,
      predictedQuality: expectedQuality(schema, standard, request, request.quota, run.table.rows),
      quality: outcomes[i]?.quality ?? 0,
      maxAbsError: outcomes[i]?.maxAbsError ?? null,
    })),
  };
}

function lotsOf({
  document,
  offers,
  pairs,
}: Round): Pick<DemoReport["matching"], "lotSize" | "lots" | "unsoldLots"> {
  const { lotSize } = document;
  const sold = new Set(
    pairs.flatMap(({ site, ranges }) =>
      ranges.map(({ from }) => `${site}/${Math.floor(from / lotSize)}`),
    ),
  );
  const lots = offers.reduce(
    (sum, { classes }) => sum + classes.reduce((all, one) => all + one.lots, 0),
    0,
  );
  return { lotSize, lots, unsoldLots: lots - sold.size };
}

async function moneyOf({ ledger, round }: RunData): Promise<DemoReport["money"]> {
  const escrow = await ledger.view({ type: "trade.escrow" });
  const amount = (minor: string): number => Number(minor) / 100;
  const outcomes = new Map<string, { pairs: number; units: number }>();
  for (const { outcome = "open", units } of round.pairs) {
    const before = outcomes.get(outcome) ?? { pairs: 0, units: 0 };
    outcomes.set(outcome, { pairs: before.pairs + 1, units: before.units + units });
  }
  return {
    deposited: amount(escrow.deposited),
    held: amount(escrow.held),
    paid: amount(escrow.paid),
    returned: amount(escrow.returned),
    forfeited: amount(escrow.forfeited),
    bondPerUnit: round.document.bonds.unit / 100,
    outcomes: [...outcomes].map(([outcome, counts]) => ({ outcome, ...counts })),
  };
}

/** The way of the first report of the first pair that was paid. */
function journeyOf(round: Round): DemoReport["journey"] {
  const pair = round.pairs.find(({ outcome }) => outcome === "paid");
  const [range] = pair?.ranges ?? [];
  const offer = round.offers.find(({ site }) => site === pair?.site);
  if (pair?.grant === undefined || range === undefined || offer === undefined) return [];
  const { lotSize, chunk, profiles } = round.document;
  const [place] = chunkPlaces({ ranges: pair.ranges, chunk });
  const { name = "" } = profiles[range.profile] ?? {};
  const lot = Math.floor(range.from / lotSize);
  return [
    [
      "chosen",
      `a patient of site ${pair.site} took the profile "${name}" before the record was read`,
    ],
    ["randomized", "the record was debited and randomized at the site, once"],
    [
      "committed",
      `it became leaf ${range.from} of the site's batch, in lot ${lot}, under the root ${offer.root}`,
    ],
    [
      "offered",
      `the ledger saw ${offer.classes.length} classes with numbers of lots, and that root`,
    ],
    [
      "matched",
      `the seed ${round.seed} came from the frozen inputs and the shares of ${round.seeders.length} seeders; the decision gave leaves ${pair.ranges.map(({ from, to }) => `${from} to ${to - 1}`).join(" and ")} to ${pair.requester}`,
    ],
    [
      "sealed",
      `with leaves ${place?.from} to ${(place?.to ?? 1) - 1} it went into chunk 0, ${chunk.bytes} bytes like every other`,
    ],
    [
      "granted",
      `the site put the root over the sealed chunks, ${pair.grant.root}, and a commitment to the key on the ledger`,
    ],
    [
      "read",
      `the requester had fetched the content, and showed the one-time key ${pair.read?.oneTimeKey ?? "none"}; the policy said ${pair.read?.decision ?? "nothing"}`,
    ],
    [
      "released",
      pair.wrappedKey === undefined
        ? "nobody asked for the key"
        : "the site wrapped the bundle's key to it; the requester checked every opening",
    ],
    ["settled", `the pair was ${pair.outcome}`],
  ].map(([step = "", what = ""]) => ({ step, what }));
}

/** What the cheats did, and what came of it. */
function cheatsOf({ sites, labs, round }: RunData, lies: number): DemoReport["cheats"] {
  const [none, wrong, liar] = [
    sites[cheats.uploadsNothing]?.site.id ?? "",
    sites[cheats.releasesWrong]?.site.id ?? "",
    labs[lies]?.id ?? "",
  ];
  const cheaters = [none, wrong, liar];
  const came = (of: (pair: Round["pairs"][number]) => boolean): string => {
    const counts = new Map<string, number>();
    for (const pair of round.pairs.filter(of))
      counts.set(pair.outcome ?? "open", (counts.get(pair.outcome ?? "open") ?? 0) + 1);
    return [...counts].map(([outcome, pairs]) => `${pairs} ${outcome}`).join(", ") || "no pair";
  };
  const others = round.pairs.filter(
    ({ site, requester }) => !cheaters.includes(site) && !cheaters.includes(requester),
  );
  return {
    played: [
      {
        who: `site ${cheats.uploadsNothing + 1}`,
        id: none,
        did: "granted bundles and uploaded nothing",
        came: `its pairs: ${came(({ site }) => site === none)}`,
      },
      {
        who: `site ${cheats.releasesWrong + 1}`,
        id: wrong,
        did: "released a key that opens nothing to one requester",
        came: `its pairs: ${came(({ site }) => site === wrong)}`,
      },
      {
        who: `requester ${lies + 1}`,
        id: liar,
        did: "said of every content that it is missing",
        came: `its pairs: ${came(({ requester }) => requester === liar)}; it has nothing, and lost the same bonds`,
      },
    ],
    othersPaid: others.filter(({ outcome }) => outcome === "paid").length,
    othersPairs: others.length,
  };
}

/** Records by site and requester, and by profile and purpose. */
function crossTables({
  round,
  requests,
  sites,
  labs,
}: RunData): Pick<DemoReport["matching"], "bySite" | "byProfile"> {
  const purposes: string[] = [...new Set(requests.map(({ purpose }) => purpose))];
  const table = (
    rows: readonly string[],
    columns: readonly string[],
  ): CrossTable & { counts: number[][] } => ({
    rows,
    columns,
    counts: rows.map(() => columns.map(() => 0)),
  });
  const bySite = table(
    sites.map((_, i) => `site ${i + 1}`),
    labs.map(({ id }) => id),
  );
  const byProfile = table(
    round.document.profiles.map(({ name }) => name),
    purposes,
  );
  const rowOf = new Map(sites.map(({ site }, i) => [site.id, i]));
  const columnOf = new Map(labs.map(({ id }, i) => [id, i]));
  const count = (counts: number[][], row = -1, column = -1, units = 0): void => {
    const cells = counts[row];
    if (cells) cells[column] = (cells[column] ?? 0) + units;
  };
  for (const { site, requester, units, ranges } of round.pairs) {
    const column = columnOf.get(requester);
    count(bySite.counts, rowOf.get(site), column, units);
    const purpose = purposes.indexOf(requests[column ?? -1]?.purpose ?? "");
    for (const { from, to, profile } of ranges)
      count(byProfile.counts, profile, purpose, to - from);
  }
  return { bySite, byProfile };
}

async function ledgerTimeline(
  ledger: ChainAdapter,
): Promise<Pick<DemoReport["ledger"], "timeline" | "slotSeconds">> {
  const entries: { kind: string; seconds: number }[] = [];
  let start: number | undefined;
  for await (const { bytes, time } of ledger.entries()) {
    start ??= time;
    const { call } = decodeCanonical(bytes) as { call?: { type?: string } };
    entries.push({ kind: call?.type ?? "genesis", seconds: (time - start) / 1000 });
  }
  return timelineOf(entries);
}
