// One run of the exchange from records to the report: thousands of patients, a few dozen sites, hundreds of requesters.
import { join } from "node:path";
import { type ChainAdapter, createGenesis, memoryLedger } from "@emrx/chain-adapter";
import type { Purpose } from "@emrx/chain-adapter/contracts";
import { openFileLedger, openFolderStore } from "@emrx/chain-adapter/file";
import { type ContentStore, createMemoryContentStore } from "@emrx/chain-adapter/payload";
import {
  auditExchange,
  defineMenus,
  type Menus,
  type Publication,
  type RandomizedRecords,
  runRound,
  type Study,
} from "@emrx/exchange";
import { formatMoney } from "@emrx/exchange/money";
import { readPublished } from "@emrx/exchange/sites";
import { createAggregator, type Schema, type Table } from "@emrx/ldp-core";
import { tableRows } from "@emrx/ldp-core/records";
import { parseSchema } from "@emrx/ldp-core/schema";
import type { DemoArguments } from "./arguments.js";
import { bytesFrom, type Chance, chanceOf } from "./chance.js";
import { compare } from "./compare.js";
import { type CsvTable, readCsv } from "./csv.js";
import { encodeRecords } from "./encode.js";
import { mostSpent } from "./participants.js";
import { Draws, demoChoices, demoMenus, demoRequests, mergeRareChoices } from "./population.js";
import { attributeReport, type DemoReport } from "./report.js";
import { assembleReport } from "./report-data.js";
import { schemaJson } from "./schemas.js";
import { setUp } from "./set-up.js";
import { createStages, type Stages } from "./stages.js";
import { syntheticTable } from "./synthetic.js";
import { type Truth, truthOf } from "./truth.js";

const ROUND = 1;
const SYNTHETIC_RECORDS = 200_000;

/** Runs the demo and returns its report. Ctrl-C stops it between two steps of a stage. */
export async function runDemo(
  options: DemoArguments,
  stages: Stages = createStages(),
): Promise<DemoReport> {
  try {
    const chance = chanceOf(options.seed);
    const schema = parseSchema(schemaJson(options.schema ?? "synthetic"));
    const menus = defineMenus(schema, demoMenus(schema));
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
    const { ledger, store } = await openLedger(options);
    try {
      return await exchange({ options, stages, chance, schema, menus, ledger, store }, records);
    } finally {
      await ledger.close();
    }
  } finally {
    stages.close();
  }
}

/** Where a run takes place. */
interface Setting {
  readonly options: DemoArguments;
  readonly stages: Stages;
  readonly chance: Chance;
  readonly schema: Schema;
  readonly menus: Menus;
  readonly ledger: ChainAdapter;
  readonly store: ContentStore;
}

/** All stages after reading. */
async function exchange(
  { options, stages, chance, schema, menus, ledger, store }: Setting,
  { table, subjects, records }: CsvTable & { readonly table: Table },
): Promise<DemoReport> {
  const truths = truthOf(schema, table);
  const choices = demoChoices(menus.document, table.rows, new Draws(chance.source("choices")));
  const draws = new Draws(chance.source("requests"));
  const requests = demoRequests(schema, options.requesters, table.rows, draws);

  const common = { ledger, store, schema, menus };
  const { sites, labs, operator, tokens, tokenOf } = await stages.run(
    "set-up",
    (context) =>
      setUp(
        common,
        { round: ROUND, patients: table.rows, requesters: requests.length, chance },
        context,
      ),
    { apart: true },
  );
  const randomized = await stages.run("randomize", async ({ signal, progress }) => {
    const records: RandomizedRecords[] = [];
    for (const { site, first, end, leastGroup } of sites) {
      progress(first, table.rows);
      const own = {
        profile: choices.profile.subarray(first, end),
        floor: choices.floor.subarray(first, end),
        buyers: choices.buyers.subarray(first, end),
      };
      mergeRareChoices(own, leastGroup);
      records.push(
        await site.randomize({
          round: ROUND,
          table: tableRows(table, first, end),
          subjects: subjects.slice(first, end),
          choices: own,
          signal,
        }),
      );
    }
    return records;
  });
  const publications = await stages.run("commit and publish", async ({ progress }) => {
    const published: Publication[] = [];
    for (const [i, { site }] of sites.entries()) {
      progress(i, sites.length);
      await site.setPolicy([
        { effect: "permit", attributes: ["*"], levels: ["*"], purposes: ["*"], actors: ["*"] },
      ]);
      const records = randomized[i];
      if (records !== undefined)
        published.push(await site.publish(records, { token: tokenOf(site.id) }));
    }
    return published;
  });
  await stages.run("requests", async ({ progress }) => {
    for (const [i, request] of requests.entries()) {
      progress(i, requests.length);
      const lab = labs[i];
      await lab?.request({
        ...request,
        round: ROUND,
        purpose: request.purpose as Purpose,
        pricePerRecord: formatMoney(request.pricePerRecord),
        token: tokenOf(lab.id),
      });
    }
  });
  const round = await stages.run("matching", ({ signal }) =>
    runRound({
      ledger,
      store,
      schema,
      menus,
      operator,
      round: ROUND,
      seed: bytesFrom(chance.secret("lottery"), 32),
      signal,
    }),
  );
  await stages.run("grants", async ({ signal, progress }) => {
    for (const [i, { site }] of sites.entries()) {
      const publication = publications[i];
      if (publication === undefined) continue;
      await site.deliver(publication, round, {
        signal,
        onProgress: (done, total) => progress(i * total + done, sites.length * total),
      });
    }
  });
  const published = await readPublished({ store, menus }, round);
  const studies = await stages.run("collect and verify", async ({ progress }) => {
    const collected: Study[] = [];
    for (const [i, lab] of labs.entries()) {
      progress(i, labs.length);
      collected.push(await lab.collect(round, published));
    }
    return collected;
  });
  const estimated = await stages.run("estimate", () => {
    const all = createAggregator(schema);
    for (const { reports } of randomized) all.addBatch(reports);
    const attributes = compare(schema, truths, all, table.rows).map(attributeReport);
    const outcomes = studies.map((study) => ({
      quality: study.quality(),
      maxAbsError: largestError(schema, study, truths),
    }));
    return { attributes, outcomes };
  });
  await stages.run("evaluate", async ({ progress }) => {
    for (const [i, lab] of labs.entries()) {
      progress(i, labs.length);
      const study = studies[i];
      if (study !== undefined) await lab.evaluate(study);
    }
  });
  const audited = await stages.run("audit", ({ signal, progress }) =>
    auditExchange({ ledger, store, schema, menus, signal, onProgress: progress }),
  );
  return await assembleReport({
    seed: chance.seed,
    source: options.data,
    ledgerKind: options.ledger,
    schema,
    menus,
    records,
    table,
    profiles: Uint8Array.from(published.books.flatMap(({ profile }) => [...profile])),
    requests,
    labs,
    round,
    studies,
    ...estimated,
    audited,
    stages: stages.figures,
    setUp: { seconds: stages.apart.reduce((sum, { seconds }) => sum + seconds, 0), tokens },
    perSubjectMax: await mostSpent(sites, subjects),
    ledger,
  });
}

async function openLedger(
  options: DemoArguments,
): Promise<{ ledger: ChainAdapter; store: ContentStore }> {
  const genesis = createGenesis({ name: "emr-exchange demo", challengeWindow: 0 });
  if (options.ledger === "memory")
    return { ledger: await memoryLedger({ genesis }), store: createMemoryContentStore() };
  // A folder of its own for every run: a ledger is never overwritten.
  const folder = join(options.out, `ledger-${genesis.salt.slice(0, 8)}`);
  return {
    ledger: await openFileLedger(join(folder, "log"), { genesis }),
    store: await openFolderStore(join(folder, "content")),
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
