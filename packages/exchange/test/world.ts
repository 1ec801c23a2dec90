// A small exchange for tests: three sites, five requesters, two seeders, a ledger and a clock that the test moves.
import {
  type ChainAdapter,
  createGenesis,
  createIdentity,
  memoryLedger,
} from "@emrx/chain-adapter";
import type { Windows } from "@emrx/chain-adapter/calls";
import { type ContentStore, createMemoryContentStore } from "@emrx/chain-adapter/payload";
import {
  definePublication,
  evenWindows,
  openRound,
  type PublisherSite,
  type PublisherSiteOptions,
  publisherSite,
  type RecordRequest,
  type Records,
  type RequesterSite,
  type RequesterSiteOptions,
  requesterSite,
  type Seeder,
  seeder,
} from "@emrx/exchange";
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
    clinic: { type: "public", values: ["north", "south"] },
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

export const publication = definePublication(schema, {
  name: "visits",
  profiles: [
    { name: "standard", preferences: {}, refuses: [] },
    { name: "strict", preferences: { smoker: "strict", age: "strict" }, refuses: ["HMARKT"] },
  ],
  priceFloors: ["0.10", "0.40"],
  buyers: [1, 2],
  purposeCosts: { HMARKT: "0.10" },
  exposureCost: "0.02",
  lotSize: 8,
  leastGroup: 8,
  chunk: { length: 4, withdrawn: 1 },
  limits: { sites: 4, lots: 60, requests: 8, price: "10" },
  bonds: { unit: "0.02", seeder: "50", opener: "100" },
  counts: { epsilon: "4", delta: "0.001", rounds: 2 },
});

export const requests: readonly Omit<RecordRequest, "round">[] = [
  ["HRESCH", { smoker: 2, bmi: 1 }, "0.50", 30],
  ["HRESCH", { sex: 1, age: 1 }, "0.45", 20],
  ["PUBHLTH", { age: 3 }, "0.30", 100],
  ["HMARKT", { sex: 1 }, "0.60", 25],
  ["HMARKT", { bmi: 1 }, "0.05", 25],
].map(([purpose, weights, pricePerRecord, quota]) => ({
  ...({ purpose, weights, pricePerRecord, quota } as Omit<RecordRequest, "round" | "tolerance">),
  tolerance: "0.05",
}));

export const rowsPerSite = 64;

/** Deterministic records: enough structure for estimates to have something to find. */
export function table(site: number, rows = rowsPerSite): Table {
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

/** Three in four take the standard profile; everybody takes a floor and a number of buyers by turns of 16. */
export function records(site: number, rows = rowsPerSite): Records {
  const column = (of: (i: number) => number): Uint8Array =>
    Uint8Array.from({ length: rows }, (_, i) => of(i));
  return {
    table: table(site, rows),
    subjects: Array.from({ length: rows }, (_, i) => `patient ${site}/${i}`),
    choices: {
      profile: column((i) => (i % 4 === 3 ? 1 : 0)),
      floor: column(() => 0),
      buyers: column((i) => (i % 2 === site % 2 ? 1 : 0)),
      orStricter: column(() => 1),
    },
  };
}

/** A party that can be made again from what survives it. */
export interface World {
  readonly ledger: ChainAdapter;
  readonly store: ContentStore;
  readonly clock: { now: number };
  readonly windows: Windows;
  readonly siteOptions: readonly PublisherSiteOptions[];
  readonly labOptions: readonly RequesterSiteOptions[];
  readonly sites: PublisherSite[];
  readonly labs: RequesterSite[];
  readonly seeders: Seeder[];
}

export interface WorldOptions {
  readonly store?: ContentStore;
  /** The memory of a party, by a name that stays; in memory unless given. */
  readonly memory?: (name: string) => Promise<Store>;
  /** A ledger by this clock; in memory unless given. */
  readonly ledger?: (clock: () => number) => Promise<ChainAdapter>;
  readonly sites?: number;
  readonly labs?: number;
}

export const genesis = createGenesis({ name: "test", salt: "5a".repeat(32) });

/** A world with a round whose offer window is open, and nothing offered yet. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = { now: 1_000_000 };
  const now = (): number => clock.now;
  const ledger = await (options.ledger?.(now) ?? memoryLedger({ genesis, clock: now }));
  const store = options.store ?? createMemoryContentStore();
  const memory = options.memory ?? (async () => memoryStore());
  const common = { ledger, store, publication, clock: now };
  const siteOptions: PublisherSiteOptions[] = [];
  for (let i = 0; i < (options.sites ?? 3); i++)
    siteOptions.push({
      ...common,
      identity: await createIdentity({ secretKey: new Uint8Array(32).fill(i + 1) }),
      secret: new Uint8Array(32).fill(100 + i),
      memory: await memory(`site ${i}`),
      lifetimeBudget: "16",
      randomForTests: seededRandom(`site ${i}`),
    });
  const labOptions: RequesterSiteOptions[] = [];
  for (let i = 0; i < (options.labs ?? requests.length); i++)
    labOptions.push({
      ...common,
      identity: await createIdentity({ secretKey: new Uint8Array(32).fill(50 + i) }),
      secret: new Uint8Array(32).fill(150 + i),
      memory: await memory(`lab ${i}`),
    });
  const seeders: Seeder[] = [];
  for (let i = 0; i < 2; i++)
    seeders.push(
      seeder({
        ...common,
        identity: await createIdentity({ secretKey: new Uint8Array(32).fill(80 + i) }),
        secret: new Uint8Array(32).fill(180 + i),
      }),
    );
  const windows = await openNext({ ledger, clock, seeders }, 1);
  return {
    ...{ ledger, store, clock, windows, siteOptions, labOptions, seeders },
    sites: siteOptions.map(publisherSite),
    labs: labOptions.map(requesterSite),
  };
}

/** Opens a round of a world. */
export async function openNext(
  { ledger, clock, seeders }: Pick<World, "ledger" | "clock" | "seeders">,
  round: number,
): Promise<Windows> {
  const windows = evenWindows(clock.now, 1000);
  const terms = { round, publication: publication.hash, windows };
  await openRound({
    ledger,
    identity: await createIdentity({ secretKey: new Uint8Array(32).fill(99) }),
    publication,
    round,
    windows,
    seeders: await Promise.all(seeders.map((one) => one.consent(terms))),
  });
  return windows;
}

/** Everybody's intentions. */
export async function intend({ sites, labs }: World, round = 1): Promise<void> {
  for (const [i, site] of sites.entries()) await site.offer(records(i), { round });
  for (const [i, lab] of labs.entries())
    await lab.request({ ...(requests[i] as (typeof requests)[number]), round });
}

const order = ["offer", "seed", "grant", "read", "release", "claim"] as const;
export type Window = (typeof order)[number] | "settle";

/** The middle of a window. */
export function during({ clock }: Pick<World, "clock">, windows: Windows, window: Window): void {
  clock.now = window === "settle" ? windows.claim + 1 : windows[window] - 500;
}

/** Everybody steps once in every window, from the present one on. */
export async function runRound(world: World, round = 1, windows = world.windows): Promise<void> {
  for (const window of [...order, "settle"] as const) {
    if (window !== "settle" && world.clock.now >= windows[window]) continue;
    during(world, windows, window);
    for (const party of [...world.seeders, ...world.sites, ...world.labs]) await party.step(round);
  }
}
