// Puts what a run produced into the form of the report.
import { basename } from "node:path";
import type { ChainAdapter } from "@emrx/chain-adapter";
import { decodeCanonical } from "@emrx/chain-adapter/codec";
import type { ExchangeAudit, Menus, RequesterSite, Round, Study } from "@emrx/exchange";
import { expectedQuality } from "@emrx/exchange/rounds";
import { policyFor, type Schema, type Table } from "@emrx/ldp-core";
import { compareBudgets } from "@emrx/ldp-core/accounting";
import type { DemoRequest } from "./population.js";
import { type AttributeReport, type CrossTable, type DemoReport, timelineOf } from "./report.js";

/** What a run hands over. */
export interface RunData {
  readonly seed: string;
  /** The CSV file, or undefined for synthetic records. */
  readonly source: string | undefined;
  readonly ledgerKind: "memory" | "file";
  readonly ledger: ChainAdapter;
  readonly schema: Schema;
  readonly menus: Menus;
  readonly records: number;
  readonly table: Table;
  /** The profile of every offer, in ledger order. */
  readonly profiles: Uint8Array<ArrayBuffer>;
  readonly requests: readonly DemoRequest[];
  readonly labs: readonly RequesterSite[];
  readonly round: Round;
  readonly studies: readonly Study[];
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
  const { schema, menus, round, audited, requests, labs, studies, outcomes } = run;
  const declared = menus.policies
    .map(({ debit }) => debit)
    .reduce((a, b) => (compareBudgets(a, b) < 0 ? b : a));
  const standard = policyFor(schema);
  const randomized = schema.attributes.filter(({ type }) => type !== "public").length;
  return {
    format: "emrx-demo-report/1",
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
    sites: round.inputs.offers.length,
    attributes: run.attributes,
    epsilon: { perSubjectMax: Number(run.perSubjectMax), declaredBudget: Number(declared) },
    matching: {
      pairs: round.result.held.length,
      blockingPairs: audited.blockingPairs,
      unmatchedPublishers: round.unmatchedOffers,
      unmatchedRequesters: round.unmatchedRequests,
      ...crossTables(run),
    },
    ledger: {
      kind: run.ledgerKind,
      entries: audited.ledger.entries,
      checkpoint: audited.ledger.checkpoint.root,
      proofsVerified: audited.proofsVerified,
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

/** Pairs by site and requester, and by profile and purpose. */
function crossTables({
  round,
  requests,
  labs,
  menus,
  profiles,
}: RunData): Pick<DemoReport["matching"], "bySite" | "byProfile"> {
  const { inputs, result } = round;
  const purposes = [...new Set(requests.map(({ purpose }) => purpose))];
  const table = (
    rows: readonly string[],
    columns: readonly string[],
  ): CrossTable & { counts: number[][] } => ({
    rows,
    columns,
    counts: rows.map(() => columns.map(() => 0)),
  });
  const bySite = table(
    inputs.offers.map((_, i) => `site ${i + 1}`),
    labs.map(({ id }) => id),
  );
  const byProfile = table(
    menus.document.profiles.map(({ name }) => name),
    purposes,
  );
  const columnOf = new Map(labs.map(({ id }, i) => [id, i]));
  const ends: number[] = [];
  for (const { count } of inputs.offers) ends.push((ends.at(-1) ?? 0) + count);
  const count = (counts: number[][], row: number, column: number): void => {
    const cells = counts[row];
    if (cells) cells[column] = (cells[column] ?? 0) + 1;
  };
  for (const [r, { requester, purpose }] of inputs.requests.entries()) {
    let site = 0;
    for (const offer of result.held.subarray(result.offsets[r], result.offsets[r + 1])) {
      while (offer >= (ends[site] ?? Number.POSITIVE_INFINITY)) site++;
      count(bySite.counts, site, columnOf.get(requester) ?? -1);
      count(byProfile.counts, profiles[offer] ?? -1, purposes.indexOf(purpose));
    }
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
