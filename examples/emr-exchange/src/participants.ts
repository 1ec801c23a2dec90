// The sites, requesters and seeders of the demo, each with a memory of its own.
import { join } from "node:path";
import { createIdentity } from "@emrx/chain-adapter";
import {
  type PublisherSite,
  type PublisherSiteOptions,
  publisherSite,
  type RequesterSite,
  requesterSite,
  type Seeder,
  seeder,
} from "@emrx/exchange";
import { memoryStore, type Store } from "@emrx/ldp-core";
import { compareBudgets, createAccountant, sumBudgets } from "@emrx/ldp-core/accounting";
import { fileStore } from "@emrx/ldp-core/file";
import { bytesFrom, type Chance } from "./chance.js";
import { siteCount } from "./population.js";

/** What all parties share: a ledger, a store and a clock. Nothing else passes between them. */
export type Common = Required<
  Pick<PublisherSiteOptions, "ledger" | "store" | "publication" | "clock">
>;

/** Where parties keep what must survive them: in folders of their own, or in this process. */
export interface Memories {
  of(party: string, secret: Uint8Array): Promise<Store>;
  close(): Promise<void>;
}

/** Memories in one folder a party, or, without a folder, in this process. */
export function memories(folder: string | undefined): Memories {
  const opened: { close(): Promise<void> }[] = [];
  return {
    async of(party, secret) {
      if (folder === undefined) return memoryStore();
      const store = await fileStore(join(folder, party), { secret });
      opened.push(store);
      return store;
    },
    async close() {
      for (const store of opened) await store.close();
    },
  };
}

/** One site of the demo, with the patients it acts for. */
export interface DemoSite {
  readonly site: PublisherSite;
  readonly options: PublisherSiteOptions;
  readonly first: number;
  readonly end: number;
}

/** The sites; `storeOf` gives the content store of each. */
export async function makeSites(
  common: Common,
  {
    patients,
    chance,
    kept,
    storeOf,
  }: {
    readonly patients: number;
    readonly chance: Chance;
    readonly kept: Memories;
    readonly storeOf: (site: number) => Common["store"];
  },
): Promise<DemoSite[]> {
  const count = siteCount(patients);
  const lifetimeBudget = common.publication.policies
    .map(({ debit }) => debit)
    .reduce((a, b) => (compareBudgets(a, b) < 0 ? b : a));
  const sites: DemoSite[] = [];
  for (let i = 0; i < count; i++) {
    const source = chance.secret(`site/${i}`);
    const identity = await createIdentity({ secretKey: bytesFrom(source, 32) });
    const secret = bytesFrom(source, 32);
    const options = {
      ...common,
      store: storeOf(i),
      identity,
      secret,
      memory: await kept.of(`site-${i + 1}`, secret),
      lifetimeBudget,
      randomForTests: chance.secret(`noise/${i}`),
    };
    sites.push({
      options,
      site: publisherSite(options),
      first: Math.floor((i * patients) / count),
      end: Math.floor(((i + 1) * patients) / count),
    });
  }
  return sites;
}

/** The requesters; `storeOf` gives what each takes contents from. */
export async function makeLabs(
  common: Common,
  {
    requesters,
    chance,
    kept,
    storeOf,
  }: {
    readonly requesters: number;
    readonly chance: Chance;
    readonly kept: Memories;
    readonly storeOf: (requester: number) => Common["store"];
  },
): Promise<RequesterSite[]> {
  const labs: RequesterSite[] = [];
  for (let i = 0; i < requesters; i++) {
    const source = chance.secret(`requester/${i}`);
    const identity = await createIdentity({ secretKey: bytesFrom(source, 32) });
    const secret = bytesFrom(source, 32);
    const memory = await kept.of(`requester-${i + 1}`, secret);
    labs.push(requesterSite({ ...common, store: storeOf(i), identity, secret, memory }));
  }
  return labs;
}

/** Three seeders: the seed is nobody's as long as one of them is honest. */
export async function makeSeeders(common: Common, chance: Chance): Promise<Seeder[]> {
  const seeders: Seeder[] = [];
  for (let i = 0; i < 3; i++) {
    const source = chance.secret(`seeder/${i}`);
    const identity = await createIdentity({ secretKey: bytesFrom(source, 32) });
    seeders.push(seeder({ ...common, identity, secret: bytesFrom(source, 32) }));
  }
  return seeders;
}

/** The most that any subject spent, by the sites' own accounts. */
export async function mostSpent(
  sites: readonly DemoSite[],
  subjects: readonly string[],
): Promise<string> {
  let most = sumBudgets([]);
  for (const { options, first, end } of sites) {
    const accountant = createAccountant({ memory: options.memory, lifetimeBudget: "1000" });
    for (let i = first; i < end; i++) {
      const spent = await accountant.spent(subjects[i] ?? "");
      if (compareBudgets(spent, most) > 0) most = spent;
    }
  }
  return most;
}
