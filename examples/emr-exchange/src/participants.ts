// The sites and requesters of the demo.
import { createIdentity, type Identity } from "@emrx/chain-adapter";
import { createRecipient } from "@emrx/chain-adapter/payload";
import {
  type PublisherSite,
  type PublisherSiteOptions,
  publisherSite,
  type RequesterSite,
  requesterSite,
} from "@emrx/exchange";
import { memoryStore, type RandomSource, type Store } from "@emrx/ldp-core";
import { compareBudgets, createAccountant, sumBudgets } from "@emrx/ldp-core/accounting";
import { bytesFrom, type Chance } from "./chance.js";

/** What sites and requesters share. */
export type Common = Pick<PublisherSiteOptions, "ledger" | "store" | "schema" | "menus">;

const RECORDS_A_SITE = 10_000;
/** Fewest patients of a site who share a combination of choices; a run of a few hundred records cannot have that. */
const LEAST_GROUP = 10;
const ENOUGH_FOR_GROUPS = 500;

/** One site of the demo, with the patients it acts for. */
export interface DemoSite {
  /** Fewest patients who may share a combination of choices. */
  readonly leastGroup: number;
  readonly site: PublisherSite;
  readonly memory: Store;
  readonly first: number;
  readonly end: number;
}

/** As many sites as there are tens of thousands of patients, two dozen at least where there are that many patients. */
export async function makeSites(
  common: Common,
  patients: number,
  chance: Chance,
): Promise<DemoSite[]> {
  const count = Math.min(patients, Math.max(24, Math.ceil(patients / RECORDS_A_SITE)));
  const lifetimeBudget = common.menus.policies
    .map(({ debit }) => debit)
    .reduce((a, b) => (compareBudgets(a, b) < 0 ? b : a));
  const sites: DemoSite[] = [];
  for (let i = 0; i < count; i++) {
    const source = chance.secret(`site/${i}`);
    const identity: Identity = await createIdentity({ secretKey: bytesFrom(source, 32) });
    const memory = memoryStore();
    const first = Math.floor((i * patients) / count);
    const end = Math.floor(((i + 1) * patients) / count);
    const leastGroup = end - first < ENOUGH_FOR_GROUPS ? 1 : LEAST_GROUP;
    sites.push({
      leastGroup,
      site: publisherSite({
        leastGroup,
        ...common,
        identity,
        secret: bytesFrom(source, 32),
        memory,
        lifetimeBudget,
        randomForTests: chance.secret(`noise/${i}`),
      }),
      memory,
      first,
      end,
    });
  }
  return sites;
}

/** A requester with keys of its own. */
export async function makeLab(common: Common, source: RandomSource): Promise<RequesterSite> {
  const identity = await createIdentity({ secretKey: bytesFrom(source, 32) });
  const recipient = await createRecipient({ secret: bytesFrom(source, 32) });
  return requesterSite({ ...common, identity, recipient });
}

/** The most that any subject spent, by the sites' own accounts. */
export async function mostSpent(
  sites: readonly DemoSite[],
  subjects: readonly string[],
): Promise<string> {
  let most = sumBudgets([]);
  for (const { memory, first, end } of sites) {
    const accountant = createAccountant({ memory, lifetimeBudget: "1000" });
    for (let i = first; i < end; i++) {
      const spent = await accountant.spent(subjects[i] ?? "");
      if (compareBudgets(spent, most) > 0) most = spent;
    }
  }
  return most;
}
