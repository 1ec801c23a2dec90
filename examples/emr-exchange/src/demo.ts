// One run of the exchange from records to the report: thousands of patients, a few dozen sites, hundreds of requesters.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type ChainAdapter,
  createGenesis,
  createIdentity,
  memoryLedger,
} from "@emrx/chain-adapter";
import { openFileLedger, openFolderStore } from "@emrx/chain-adapter/file";
import { partyId } from "@emrx/chain-adapter/identity";
import { type ContentStore, createMemoryContentStore } from "@emrx/chain-adapter/payload";
import {
  auditExchange,
  definePublication,
  ExchangeError,
  evenWindows,
  type PublicationOptions,
  readRound,
  type Study,
} from "@emrx/exchange";
import { formatMoney } from "@emrx/exchange/money";
import {
  createAggregator,
  defineSchema,
  type Schema,
  type SchemaJson,
  type Table,
} from "@emrx/ldp-core";
import { tableRows } from "@emrx/ldp-core/records";
import type { DemoArguments } from "./arguments.js";
import { bytesFrom, type Chance, chanceOf } from "./chance.js";
import { cheats, liarOf, releaseWrongKey } from "./cheats.js";
import { compare } from "./compare.js";
import { type CsvTable, readCsv } from "./csv.js";
import { encodeRecords } from "./encode.js";
import { requireOut } from "./out.js";
import { type Common, type Memories, memories, mostSpent } from "./participants.js";
import { Draws, demoChoices, demoPublication, demoRequests } from "./population.js";
import { attributeReport, type DemoReport } from "./report.js";
import { assembleReport } from "./report-data.js";
import { schemaJson } from "./schemas.js";
import { setUp } from "./set-up.js";
import { createStages, type Stages } from "./stages.js";
import { syntheticTable } from "./synthetic.js";
import { type Truth, truthOf } from "./truth.js";

const ROUND = 1;
const SYNTHETIC_RECORDS = 200_000;
/** Length of a window by the demo's clock, which is moved on when everybody has stepped: longer than any stage takes. */
const WINDOW = 24 * 3600 * 1000;

/** Runs the demo and returns its report. Ctrl-C stops it between two steps of a stage, and leaves no folder behind. */
export async function runDemo(
  options: DemoArguments,
  stages: Stages = createStages(),
): Promise<DemoReport> {
  try {
    requireOut(options.out);
    const chance = chanceOf(options.seed);
    const schema = defineSchema(schemaJson(options.schema ?? "synthetic") as SchemaJson);
    const records = await stages.run("read", async ({ signal, progress }) => {
      const source =
        options.data === undefined
          ? syntheticTable(options.records ?? SYNTHETIC_RECORDS, chance.source("records"))
          : await readCsv(options.data, schema, {
              records: options.records,
              signal,
              onProgress: progress,
            });
      return { ...source, table: encodeRecords(schema, source, options.data ?? "synthetic") };
    });
    // Only now that the input is known to be right is anything written.
    const place = await openPlace(options, chance);
    try {
      const report = await exchange({ options, stages, chance, schema, ...place }, records);
      await place.close();
      return report;
    } catch (error) {
      await place.close();
      if (place.folder !== undefined) await rm(place.folder, { recursive: true, force: true });
      throw error;
    }
  } finally {
    stages.close();
  }
}

/** A clock that can be moved on. */
interface Clock {
  readonly now: () => number;
  /** Milliseconds by which it is ahead of the system's. */
  ahead: number;
}

/** Where a run takes place. */
interface Place {
  readonly ledger: ChainAdapter;
  readonly store: ContentStore;
  readonly kept: Memories;
  readonly clock: Clock;
  readonly opener: Awaited<ReturnType<typeof createIdentity>>;
  /** The folder of a run in files. */
  readonly folder: string | undefined;
  close(): Promise<void>;
}

interface Setting extends Place {
  readonly options: DemoArguments;
  readonly stages: Stages;
  readonly chance: Chance;
  readonly schema: Schema;
}

/** All stages after reading. */
async function exchange(
  { options, stages, chance, schema, ledger, store, kept, clock, opener }: Setting,
  { table, subjects, records }: CsvTable & { readonly table: Table },
): Promise<DemoReport> {
  const truths = truthOf(schema, table);
  const menus: PublicationOptions = demoPublication(schema, table.rows, options.requesters);
  const publication = definePublication(schema, menus);
  const choices = demoChoices(menus, table.rows, new Draws(chance.source("choices")));
  const draws = new Draws(chance.source("requests"));
  const requests = demoRequests(schema, options.requesters, table.rows, draws);
  const common: Common = { ledger, store, publication, clock: clock.now };
  const liar = options.cheats ? liarOf(requests) : undefined;
  const windows = evenWindows(clock.now(), WINDOW);
  const { sites, labs, seeders, tokens, tokenOf } = await stages.run(
    "set-up",
    (context) =>
      setUp(
        common,
        {
          ...{ round: ROUND, windows, opener, chance, kept, liar },
          ...{ patients: table.rows, requesters: requests.length },
        },
        context,
      ),
    { apart: true },
  );
  const parties = [...seeders, ...sites.map(({ site }) => site), ...labs];
  /** One window: the clock goes there, and everybody steps once. */
  const window = (name: string, from: number, before?: () => Promise<void>): Promise<void> =>
    stages.run(name, async ({ progress }) => {
      clock.ahead = Math.max(clock.ahead, from - Date.now());
      await before?.();
      for (const [i, party] of parties.entries()) {
        progress(i, parties.length);
        await party.step(ROUND);
      }
    });

  const seating = { offered: 0, moved: 0, sitOut: 0 };
  await stages.run("offers", async ({ signal, progress }) => {
    for (const { site, first, end } of sites) {
      progress(first, table.rows);
      const [profile, floor, buyers, orStricter] = [
        choices.profile,
        choices.floor,
        choices.buyers,
        choices.orStricter,
      ].map((column) => column.subarray(first, end)) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      const own = {
        table: tableRows(table, first, end),
        subjects: subjects.slice(first, end),
        choices: { profile, floor, buyers, orStricter },
      };
      try {
        const offer = await site.offer(own, { round: ROUND, token: tokenOf(site.id), signal });
        seating.offered += offer.offered;
        seating.moved += offer.moved;
        seating.sitOut += offer.sitOut;
      } catch (error) {
        // A site whose patients fill no lot sits out with all of them.
        if (!(error instanceof ExchangeError) || error.code !== "EMRX_EXCHANGE_OFFER") throw error;
        seating.sitOut += end - first;
      }
    }
  });
  await stages.run("requests", async ({ progress }) => {
    for (const [i, request] of requests.entries()) {
      progress(i, requests.length);
      const lab = labs[i];
      if (lab === undefined) continue;
      const pricePerRecord = formatMoney(request.pricePerRecord);
      await lab.request({ ...request, round: ROUND, pricePerRecord, token: tokenOf(lab.id) });
    }
  });
  await window("seed", windows.offer);
  await window("matching and grants", windows.seed);
  await window("reads", windows.grant);
  await window("releases", windows.read, async () => {
    const [site, round] = [
      sites[cheats.releasesWrong],
      await readRound(ledger, ROUND, { time: clock.now() }),
    ];
    if (options.cheats && site && round) await releaseWrongKey(ledger, round, site);
  });
  await window("claims and studies", windows.release);
  await window("settlement", windows.claim);
  const round = await readRound(ledger, ROUND);
  if (round === undefined) throw new Error("the round is gone");
  const estimated = await stages.run("estimate", async () => {
    const all = createAggregator(schema);
    for (const { site } of sites) {
      const reports = await site.reports(ROUND);
      if (reports !== undefined) all.addBatch(reports);
    }
    const studies: (Study | undefined)[] = [];
    for (const lab of labs) studies.push((await lab.step(ROUND)).study);
    const attributes = compare(schema, truths, all, table.rows).map(attributeReport);
    const outcomes = studies.map((study) => ({
      quality: study?.quality() ?? 0,
      maxAbsError: study === undefined ? null : largestError(schema, study, truths),
    }));
    return { attributes, outcomes, studies };
  });
  const audited = await stages.run("audit", ({ signal, progress }) =>
    auditExchange({ ledger, store, publications: [publication], signal, onProgress: progress }),
  );
  return await assembleReport({
    ...{
      seed: chance.seed,
      source: options.data,
      ledgerKind: options.ledger,
      liar,
    },
    ...{ schema, publication, records, table, requests, sites, labs, round, seating },
    ...estimated,
    ...{ audited, ledger, stages: stages.figures },
    setUp: { seconds: stages.apart.reduce((sum, { seconds }) => sum + seconds, 0), tokens },
    perSubjectMax: await mostSpent(sites, subjects),
  });
}

async function openPlace(options: DemoArguments, chance: Chance): Promise<Place> {
  const opener = await createIdentity({ secretKey: bytesFrom(chance.secret("opener"), 32) });
  const salt = Buffer.from(bytesFrom(chance.secret("ledger"), 32)).toString("hex");
  const genesis = createGenesis({ name: "emr-exchange demo", salt, openers: [partyId(opener)] });
  const clock: Clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  if (options.ledger === "memory") {
    const ledger = await memoryLedger({ genesis, clock: clock.now });
    const [store, kept] = [createMemoryContentStore(), memories(undefined)];
    return { ledger, store, kept, clock, opener, folder: undefined, close: () => ledger.close() };
  }
  // A folder of its own for every run: a ledger is never overwritten, and two runs do not meet.
  await mkdir(options.out, { recursive: true });
  const folder = await mkdtemp(join(options.out, "ledger-"));
  const ledger = await openFileLedger(join(folder, "log"), { genesis, clock: clock.now });
  const kept = memories(join(folder, "parties"));
  return {
    ...{ ledger, kept, clock, opener, folder },
    store: await openFolderStore(join(folder, "content")),
    async close() {
      await ledger.close();
      await kept.close();
    },
  };
}

/** The largest error of a study over the attributes that it weighs (a mean's as a share of its range); null for none. */
function largestError(schema: Schema, study: Study, truths: readonly Truth[]): number | null {
  const weighed = truths.filter(({ attribute }) => Object.hasOwn(study.terms.weights, attribute));
  const errors = compare(schema, weighed, study.aggregator, study.cohort).flatMap(
    ({ name, estimates }) => {
      const spec = schema.attributes.find((attribute) => attribute.name === name);
      const range = spec?.type === "numeric" ? spec.range[1] - spec.range[0] : 1;
      return estimates.map(
        ({ kind, estimate, truth }) => Math.abs(estimate - truth) / (kind === "mean" ? range : 1),
      );
    },
  );
  return errors.length === 0 ? null : Math.max(...errors);
}
