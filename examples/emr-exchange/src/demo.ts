// One run of the exchange from records to the report: thousands of patients, a few dozen sites, hundreds of requesters.
import { join } from "node:path";
import {
  type CallSigner,
  type ChainAdapter,
  type ContentStore,
  createGenesis,
  createIdentity,
  createMemoryContentStore,
  createRecipient,
  memoryLedger,
  type Purpose,
} from "@emrx/chain-adapter";
import { openFileLedger, openFolderStore } from "@emrx/chain-adapter/file";
import {
  audit,
  defineMenus,
  formatMoney,
  type Menus,
  type Publication,
  type PublisherSite,
  publisherSite,
  type RandomizedRecords,
  type RequesterSite,
  type Round,
  readPublished,
  requesterSite,
  runRound,
  type Study,
} from "@emrx/exchange";
import {
  compareBudgets,
  createAccountant,
  createAggregator,
  defineSchema,
  memoryStore,
  platformRandom,
  type RandomSource,
  type Schema,
  type SchemaJson,
  type Store,
  seededRandom,
  sumBudgets,
  type Table,
} from "@emrx/ldp-core";
import type { DemoArguments } from "./arguments.js";
import { compare } from "./compare.js";
import { readCsv } from "./csv.js";
import { encodeRecords } from "./encode.js";
import { type DemoRequest, Draws, demoChoices, demoMenus, demoRequests } from "./population.js";
import { attributeReport, type DemoReport } from "./report.js";
import { assembleReport } from "./report-data.js";
import { schemaJson } from "./schemas.js";
import { createStages } from "./stages.js";
import { syntheticTable } from "./synthetic.js";
import { type Truth, truthOf } from "./truth.js";

const ROUND = 1;
const SYNTHETIC_RECORDS = 200_000;
const RECORDS_A_SITE = 10_000;

/** One site of the demo, with the patients it acts for. */
interface DemoSite {
  readonly site: PublisherSite;
  readonly memory: Store;
  readonly first: number;
  readonly end: number;
}

/** Everything random in a run: from the seed where one was given, else from the platform. */
interface Chance {
  readonly seed: string;
  /** Population and market. */
  source(purpose: string): RandomSource;
  /** The noise of the reports, keys and secrets. */
  secret(purpose: string): RandomSource;
}

function chanceOf(seed: string | undefined): Chance {
  if (seed !== undefined) {
    const source = (purpose: string): RandomSource => seededRandom(`${seed}/${purpose}`);
    return { seed, source, secret: source };
  }
  const drawn = bytesFrom(platformRandom(), 8).reduce(
    (text, byte) => text + byte.toString(16).padStart(2, "0"),
    "",
  );
  return {
    seed: drawn,
    source: (purpose) => seededRandom(`${drawn}/${purpose}`),
    secret: () => platformRandom(),
  };
}

function bytesFrom(source: RandomSource, length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  source.fill(words);
  return new Uint8Array(words.buffer, 0, length);
}

/** Runs the demo and returns its report. Ctrl-C stops it between two steps of a stage. */
export async function runDemo(options: DemoArguments): Promise<DemoReport> {
  const chance = chanceOf(options.seed);
  const json = schemaJson(options.schema ?? "synthetic") as SchemaJson;
  const schema = defineSchema(json);
  const menus = defineMenus(schema, demoMenus(schema));
  const stages = createStages();
  const { ledger, store } = await openLedger(options);
  try {
    const read = await stages.run("read", async ({ signal, progress }) => {
      const source =
        options.data === undefined
          ? syntheticTable(options.records ?? SYNTHETIC_RECORDS, chance.source("records"))
          : await readCsv(options.data, schema, {
              records: options.records,
              signal,
              onProgress: progress,
            });
      return { source, table: encodeRecords(schema, source, options.data ?? "synthetic") };
    });
    const { table } = read;
    const { subjects, records } = read.source;
    const truths = truthOf(schema, table);
    const choices = demoChoices(table.rows, new Draws(chance.source("choices")));
    const draws = new Draws(chance.source("requests"));
    const requests = demoRequests(schema, options.requesters, table.rows, draws);

    const sites = await makeSites(ledger, store, schema, menus, table.rows, chance);
    const randomized = await stages.run("randomize", ({ signal, progress }) =>
      sites.map(({ site, first, end }): RandomizedRecords => {
        progress(first, table.rows);
        const slice = <C extends Uint8Array>(column: C): C => column.subarray(first, end) as C;
        return site.randomize({
          round: ROUND,
          table: rowsOf(table, first, end),
          subjects: subjects.slice(first, end),
          choices: {
            profile: slice(choices.profile),
            floor: slice(choices.floor),
            buyers: slice(choices.buyers),
          },
          signal,
        });
      }),
    );
    const publications = await stages.run("commit and publish", async ({ progress }) => {
      const published: Publication[] = [];
      for (const [i, { site }] of sites.entries()) {
        progress(i, sites.length);
        await site.setPolicy([
          { effect: "permit", attributes: ["*"], levels: ["*"], purposes: ["*"], actors: ["*"] },
        ]);
        const records = randomized[i];
        if (records !== undefined) published.push(await site.publish(records));
      }
      return published;
    });
    const labs = await stages.run("requests", async ({ progress }) => {
      const made: RequesterSite[] = [];
      for (const [i, request] of requests.entries()) {
        progress(i, requests.length);
        made.push(
          await makeLab(ledger, store, schema, menus, request, chance.secret(`requester/${i}`)),
        );
      }
      return made;
    });
    const operator = await createIdentity({ secretKey: bytesFrom(chance.secret("operator"), 32) });
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
        if (study !== undefined && study.deliveries.length > 0) await lab.evaluate(study);
      }
    });
    const audited = await stages.run("audit", ({ signal, progress }) =>
      audit({ ledger, store, schema, menus, signal, onProgress: progress }),
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
      perSubjectMax: mostSpent(sites, subjects),
      ledger,
    });
  } finally {
    stages.close();
    await ledger.close();
  }
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

/** As many sites as there are tens of thousands of patients, two dozen at least where there are that many patients. */
async function makeSites(
  ledger: ChainAdapter,
  store: ContentStore,
  schema: Schema,
  menus: Menus,
  patients: number,
  chance: Chance,
): Promise<DemoSite[]> {
  const count = Math.min(patients, Math.max(24, Math.ceil(patients / RECORDS_A_SITE)));
  const lifetimeBudget = menus.policies
    .map(({ debit }) => debit)
    .reduce((a, b) => (compareBudgets(a, b) < 0 ? b : a));
  const sites: DemoSite[] = [];
  for (let i = 0; i < count; i++) {
    const source = chance.secret(`site/${i}`);
    const identity: CallSigner = await createIdentity({ secretKey: bytesFrom(source, 32) });
    const memory = memoryStore();
    sites.push({
      site: publisherSite({
        ledger,
        store,
        schema,
        menus,
        identity,
        secret: bytesFrom(source, 32),
        memory,
        lifetimeBudget,
        random: chance.secret(`noise/${i}`),
      }),
      memory,
      first: Math.floor((i * patients) / count),
      end: Math.floor(((i + 1) * patients) / count),
    });
  }
  return sites;
}

async function makeLab(
  ledger: ChainAdapter,
  store: ContentStore,
  schema: Schema,
  menus: Menus,
  request: DemoRequest,
  source: RandomSource,
): Promise<RequesterSite> {
  const identity = await createIdentity({ secretKey: bytesFrom(source, 32) });
  const recipient = await createRecipient({ secret: bytesFrom(source, 32) });
  const lab = requesterSite({ ledger, store, schema, menus, identity, recipient });
  await lab.request({
    ...request,
    round: ROUND,
    purpose: request.purpose as Purpose,
    pricePerRecord: formatMoney(request.pricePerRecord),
  });
  return lab;
}

function rowsOf(table: Table, first: number, end: number): Table {
  return {
    ...table,
    rows: end - first,
    columns: table.columns.map((column) => column?.subarray(first, end)),
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

/** The most that any subject spent, by the sites' own accounts. */
function mostSpent(sites: readonly DemoSite[], subjects: readonly string[]): string {
  let most = sumBudgets([]);
  for (const { memory, first, end } of sites) {
    const accountant = createAccountant({ memory, lifetimeBudget: "1000" });
    for (let i = first; i < end; i++) {
      const spent = accountant.spent(subjects[i] ?? "");
      if (compareBudgets(spent, most) > 0) most = spent;
    }
  }
  return most;
}
