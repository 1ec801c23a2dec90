// A small exchange for the tests: three sites, a handful of requesters, a ledger in memory.
import {
  type ChainAdapter,
  createGenesis,
  createIdentity,
  memoryLedger,
} from "@emrx/chain-adapter";
import type { Token, TokenIssuer } from "@emrx/chain-adapter/blind-tokens";
import {
  type ContentStore,
  createMemoryContentStore,
  createRecipient,
} from "@emrx/chain-adapter/payload";
import {
  defineMenus,
  type MenusDocument,
  type Publication,
  type PublisherSite,
  publisherSite,
  type RecordRequest,
  type RequesterSite,
  type Round,
  requesterSite,
  runRound,
} from "@emrx/exchange";
import { openRound } from "@emrx/exchange/rounds";
import { admissionToken } from "@emrx/exchange/sites";
import {
  defineSchema,
  encodeTable,
  memoryStore,
  type Schema,
  type Store,
  seededRandom,
  type Table,
} from "@emrx/ldp-core";

export const schema: Schema = defineSchema({
  id: "visit",
  version: 1,
  levels: { loose: "4", usual: "2", strict: "1" },
  attributes: {
    sex: { type: "categorical", values: ["female", "male"], level: "loose" },
    smoker: {
      type: "categorical",
      values: ["never", "former", "current"],
      missing: ["?"],
      level: "usual",
    },
    age: { type: "ordinal", values: ["0-29", "30-59", "60+"], level: "usual" },
    bmi: { type: "numeric", range: [10, 70], level: "usual" },
  },
  disclose: { sample: 2 },
});

export const menusDocument: MenusDocument = {
  profiles: [
    { name: "standard", preferences: {}, refuses: [] },
    { name: "strict", preferences: { smoker: "strict", age: "strict" }, refuses: ["HMARKT"] },
    { name: "no bmi", preferences: { bmi: "withhold" }, refuses: [] },
  ],
  priceFloors: ["0.10", "0.40"],
  buyers: [1, 2],
  purposeCosts: { HMARKT: "0.10" },
  exposureCost: "0.02",
  listLength: 3,
};

export const menus = defineMenus(schema, menusDocument);

export const requests: readonly Omit<RecordRequest, "round">[] = [
  {
    purpose: "HRESCH",
    weights: { smoker: 2, bmi: 1 },
    tolerance: "0.05",
    pricePerRecord: "0.50",
    quota: 60,
  },
  {
    purpose: "HRESCH",
    weights: { sex: 1, age: 1 },
    tolerance: "0.02",
    pricePerRecord: "0.45",
    quota: 40,
  },
  {
    purpose: "PUBHLTH",
    weights: { age: 3 },
    tolerance: "0.05",
    pricePerRecord: "0.30",
    quota: 200,
  },
  { purpose: "HMARKT", weights: { sex: 1 }, tolerance: "0.05", pricePerRecord: "0.60", quota: 50 },
  { purpose: "HMARKT", weights: { bmi: 1 }, tolerance: "0.05", pricePerRecord: "0.05", quota: 50 },
];

export const rowsPerSite = 60;

/** Deterministic records: enough structure for estimates to have something to find. */
export function records(site: number, rows = rowsPerSite): Table {
  const column = (values: readonly string[], step: number): string[] =>
    Array.from(
      { length: rows },
      (_, i) => values[Math.floor(((i + site) * step) / 7) % values.length] ?? "",
    );
  return encodeTable(schema, {
    sex: column(["female", "male"], 3),
    smoker: column(["never", "never", "former", "current", "?"], 5),
    age: column(["0-29", "30-59", "60+", "60+"], 4),
    bmi: column(["18", "22.5", "27", "31"], 2),
  });
}

export function choicesFor(site: number, rows = rowsPerSite) {
  const column = (size: number, step: number): Uint8Array<ArrayBuffer> =>
    Uint8Array.from({ length: rows }, (_, i) => (i * step + site) % size);
  return { profile: column(3, 1), floor: column(2, 5), buyers: column(2, 3) };
}

export const subjectsOf = (site: number, rows = rowsPerSite): string[] =>
  Array.from({ length: rows }, (_, i) => `patient ${site}/${i}`);

export interface Market {
  readonly ledger: ChainAdapter;
  readonly store: ContentStore;
  readonly sites: readonly PublisherSite[];
  readonly memories: readonly Store[];
  readonly publications: readonly Publication[];
  readonly labs: readonly RequesterSite[];
  readonly operator: Awaited<ReturnType<typeof createIdentity>>;
}

/** Everything up to the point where a matching can be run. */
export async function openMarket(
  options: {
    readonly store?: ContentStore;
    readonly round?: number;
    readonly challengeWindow?: number;
    readonly clock?: () => number;
    /** Where given, the round takes tokens, and everybody gets one. */
    readonly issuer?: TokenIssuer;
  } = {},
): Promise<Market> {
  const round = options.round ?? 1;
  const ledger = await memoryLedger({
    genesis: createGenesis({
      name: "test",
      challengeWindow: options.challengeWindow ?? 0,
      salt: "5a".repeat(32),
    }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const store = options.store ?? createMemoryContentStore();
  const operator = await createIdentity({ secretKey: new Uint8Array(32).fill(99) });
  const { issuer } = options;
  if (issuer !== undefined)
    await openRound({ ledger, operator, round, issuerKey: issuer.publicKey });
  const admitted = async (party: string): Promise<{ token?: Token }> => {
    if (issuer === undefined) return {};
    const issue = (blinded: Uint8Array<ArrayBuffer>) => issuer.issue(party, blinded);
    return { token: await admissionToken({ ledger, round, party, issue }) };
  };
  const sites: PublisherSite[] = [];
  const memories: Store[] = [];
  const publications: Publication[] = [];
  for (let i = 0; i < 3; i++) {
    const memory = memoryStore();
    const site = publisherSite({
      ledger,
      store,
      schema,
      menus,
      identity: await createIdentity({ secretKey: new Uint8Array(32).fill(i + 1) }),
      secret: new Uint8Array(32).fill(100 + i),
      memory,
      lifetimeBudget: "8",
      leastGroup: 5,
      randomForTests: seededRandom(`site ${i}`),
    });
    await site.setPolicy([
      { effect: "permit", attributes: ["*"], levels: ["*"], purposes: ["*"], actors: ["*"] },
    ]);
    publications.push(
      await site.publish(
        await site.randomize({
          round,
          table: records(i),
          subjects: subjectsOf(i),
          choices: choicesFor(i),
        }),
        await admitted(site.id),
      ),
    );
    sites.push(site);
    memories.push(memory);
  }
  const labs: RequesterSite[] = [];
  for (const [i, request] of requests.entries()) {
    const lab = requesterSite({
      ledger,
      store,
      schema,
      menus,
      identity: await createIdentity({ secretKey: new Uint8Array(32).fill(50 + i) }),
      recipient: await createRecipient({ secret: new Uint8Array(32).fill(150 + i) }),
    });
    await lab.request({ ...request, round, ...(await admitted(lab.id)) });
    labs.push(lab);
  }
  return { ledger, store, sites, memories, publications, labs, operator };
}

/** Runs the round of a market with a seed that can be repeated. */
export function match({ ledger, store, operator }: Market): Promise<Round> {
  return runRound({
    ledger,
    store,
    schema,
    menus,
    operator,
    round: 1,
    seed: new Uint8Array(32).fill(7),
  });
}

/** Delivers everything that was matched. */
export async function deliverAll({ sites, publications }: Market, round: Round): Promise<number> {
  let delivered = 0;
  for (const [i, site] of sites.entries()) {
    const publication = publications[i];
    if (publication !== undefined) delivered += await site.deliver(publication, round);
  }
  return delivered;
}
