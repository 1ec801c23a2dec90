// Who takes part in the demo: patients' choices and requesters' wishes, drawn from the run's seed and
// never from a record's values.
import type { Purpose } from "@emrx/chain-adapter/contracts";
import type { Choices, PublicationOptions, RecordRequest } from "@emrx/exchange";
import type { RandomSource, Schema } from "@emrx/ldp-core";

/** A small reader of uniform numbers over a random source. */
export class Draws {
  readonly #source: RandomSource;
  readonly #words = new Uint32Array(4096);
  #next = 4096;

  constructor(source: RandomSource) {
    this.#source = source;
  }

  /** A number in [0, 1). */
  uniform(): number {
    if (this.#next === this.#words.length) {
      this.#source.fill(this.#words);
      this.#next = 0;
    }
    return (this.#words[this.#next++] ?? 0) / 2 ** 32;
  }

  /** One of the items, by weight. */
  index(weights: readonly number[]): number {
    let rest = this.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    return Math.max(
      0,
      weights.findIndex((weight) => {
        rest -= weight;
        return rest < 0;
      }),
    );
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }
}

/** A purpose of use (HL7 v3 PurposeOfUse), how common it is among requesters and what it costs a patient. */
const PURPOSES = [
  { code: "HRESCH", share: 0.4, cost: "0.02" },
  { code: "CLINTRCH", share: 0.2, cost: "0.04" },
  { code: "PUBHLTH", share: 0.2, cost: "0.00" },
  { code: "HPAYMT", share: 0.1, cost: "0.10" },
  { code: "HMARKT", share: 0.1, cost: "0.15" },
] as const;

/** Each profile's share of the patients, in the order of {@link demoPublication}. */
const PROFILE_SHARES = [0.62, 0.14, 0.14, 0.1];
const FLOORS = ["0.10", "0.30"];
const FLOOR_SHARES = [0.6, 0.4];
const BUYERS = [1, 3];
const BUYER_SHARES = [0.6, 0.4];
/** Share of the patients who would rather join a stricter class than sit out. */
const OR_STRICTER = 0.5;

/** How many sites act for so many patients: one for every ten thousand, two dozen at least where there are that many. */
export function siteCount(patients: number): number {
  if (patients < 300) return 1;
  return patients < 24_000
    ? Math.max(3, Math.floor(patients / 1000))
    : Math.max(24, Math.ceil(patients / 10_000));
}

/** Patients of a site have fewer choices where there are few of them: a class that nobody shares fills no lot. */
const choicesFor = (patients: number): { readonly floors: number; readonly buyers: number } => {
  const each = patients / siteCount(patients);
  if (each < 100) return { floors: 1, buyers: 1 };
  return each < 2000 ? { floors: 1, buyers: 2 } : { floors: 2, buyers: 2 };
};

/** A ledger decides at most so many pairs of lot and requester. */
const MOST_ENTRIES = 2 ** 18;

/**
 * Four profiles over any schema: everything at its own level; no marketing; every attribute one level stricter; and
 * one attribute of the strictest level withheld.
 */
export function demoPublication(
  schema: Schema,
  patients: number,
  requesters: number,
): PublicationOptions {
  const randomized = schema.attributes.filter((attribute) => attribute.type !== "public");
  const stricter = Object.fromEntries(
    randomized.flatMap(({ name, level }) => {
      const next = schema.levels[level + 1];
      return next === undefined ? [] : [[name, next.name]];
    }),
  );
  const strictest = [...randomized].sort((a, b) => b.level - a.level)[0];
  const sites = siteCount(patients);
  const each = Math.ceil(patients / sites);
  const small = each < 2000;
  const lots = Math.min(
    Math.floor(65_535 / sites),
    Math.max(1, Math.floor(MOST_ENTRIES / (sites * requesters))),
  );
  // As many patients in a lot as keep the market small, in whole chunks.
  const length = small ? 4 : 10;
  const lotSize = length * Math.ceil(Math.max(1, (1.1 * each) / lots) / length);
  const { floors, buyers } = choicesFor(patients);
  return {
    name: `${schema.id} demo`,
    profiles: [
      { name: "standard", preferences: {}, refuses: [] },
      { name: "no marketing", preferences: {}, refuses: ["HMARKT", "HPAYMT"] },
      { name: "stricter", preferences: stricter, refuses: ["HMARKT"] },
      // Somebody with one attribute only has nothing left to offer without it.
      ...(strictest === undefined || randomized.length === 1
        ? []
        : [
            {
              name: `without ${strictest.name}`,
              preferences: { [strictest.name]: "withhold" as const },
              refuses: [],
            },
          ]),
    ],
    priceFloors: FLOORS.slice(0, floors),
    buyers: BUYERS.slice(0, buyers),
    purposeCosts: Object.fromEntries(PURPOSES.map(({ code, cost }) => [code, cost])),
    exposureCost: "0.05",
    lotSize,
    leastGroup: Math.min(10, lotSize),
    chunk: { length, withdrawn: 1 },
    limits: { sites, lots, requests: requesters, price: "10" },
    bonds: { unit: "0.02", seeder: "100", opener: "100" },
    counts: small
      ? { epsilon: "8", delta: "0.001", rounds: 10 }
      : { epsilon: "1", delta: "0.000001", rounds: 10 },
  };
}

/** Menu indices for `count` patients, drawn independently of their records. */
export function demoChoices(
  { profiles, priceFloors, buyers }: PublicationOptions,
  count: number,
  draws: Draws,
): Required<Choices> {
  const column = (draw: () => number): Uint8Array => Uint8Array.from({ length: count }, draw);
  const of = (shares: readonly number[], menu: readonly unknown[]) => () =>
    draws.index(shares.slice(0, menu.length));
  return {
    profile: column(of(PROFILE_SHARES, profiles)),
    floor: column(of(FLOOR_SHARES, priceFloors)),
    buyers: column(of(BUYER_SHARES, buyers)),
    orStricter: column(() => (draws.uniform() < OR_STRICTER ? 1 : 0)),
  };
}

/** What one requester of the demo asks for; its identity comes later. */
export type DemoRequest = Omit<RecordRequest, "round" | "token" | "pricePerRecord" | "weights"> & {
  readonly weights: Readonly<Record<string, number>>;
  /** Minor units. */
  readonly pricePerRecord: number;
};

/**
 * Requests with different purposes, weights, tolerances, prices and quotas. Together they want about 1.2 times what
 * the patients offer, so that some compete in vain.
 */
export function demoRequests(
  schema: Schema,
  requesters: number,
  patients: number,
  draws: Draws,
): DemoRequest[] {
  const names = schema.attributes
    .filter((attribute) => attribute.type !== "public")
    .map((attribute) => attribute.name);
  const { buyers } = choicesFor(patients);
  const shares = BUYER_SHARES.slice(0, buyers);
  const all = shares.reduce((sum, share) => sum + share, 0);
  const offered =
    (patients * shares.reduce((sum, share, i) => sum + share * (BUYERS[i] ?? 0), 0)) / all;
  return Array.from({ length: requesters }, () => {
    const weights: Record<string, number> = {};
    for (let k = draws.integer(2, Math.min(6, names.length)); k > 0; k--)
      weights[names[draws.integer(0, names.length - 1)] ?? ""] = draws.integer(1, 4);
    const purpose: Purpose =
      PURPOSES[draws.index(PURPOSES.map(({ share }) => share))]?.code ?? "HRESCH";
    return {
      purpose,
      weights,
      tolerance: ["0.01", "0.02", "0.05", "0.1"][draws.integer(0, 3)] ?? "0.01",
      pricePerRecord: draws.integer(4, 30) * 5,
      quota: Math.max(1, Math.round((offered / requesters) * (0.4 + 1.6 * draws.uniform()))),
    };
  });
}
