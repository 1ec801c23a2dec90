// Who takes part in the demo: patients' choices and requesters' wishes, drawn from the run's seed and
// never from a record's values.
import type { MenusDocument } from "@emrx/exchange";
import type { RequestTerms } from "@emrx/exchange/rounds";
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

/** Each profile's share of the patients, in the order of {@link demoMenus}. */
const PROFILE_SHARES = [0.62, 0.14, 0.14, 0.1];
const FLOOR_SHARES = [0.5, 0.35, 0.15];
const BUYER_SHARES = [0.5, 0.35, 0.15];

/**
 * Four profiles over any schema: everything at its own level; no marketing; every attribute one level stricter; and
 * one attribute of the strictest level withheld.
 */
export function demoMenus(schema: Schema): MenusDocument {
  const randomized = schema.attributes.filter((attribute) => attribute.type !== "public");
  const stricter = Object.fromEntries(
    randomized.flatMap(({ name, level }) => {
      const next = schema.levels[level + 1];
      return next === undefined ? [] : [[name, next.name]];
    }),
  );
  const strictest = [...randomized].sort((a, b) => b.level - a.level)[0];
  return {
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
    priceFloors: ["0.10", "0.25", "0.50"],
    buyers: [1, 2, 4],
    purposeCosts: Object.fromEntries(PURPOSES.map(({ code, cost }) => [code, cost])),
    exposureCost: "0.05",
    listLength: 20,
  };
}

/** Menu indices for `count` patients, drawn independently of their records. */
export function demoChoices(
  menus: MenusDocument,
  count: number,
  draws: Draws,
): {
  profile: Uint8Array<ArrayBuffer>;
  floor: Uint8Array<ArrayBuffer>;
  buyers: Uint8Array<ArrayBuffer>;
} {
  const choices = {
    profile: new Uint8Array(count),
    floor: new Uint8Array(count),
    buyers: new Uint8Array(count),
  };
  const shares = PROFILE_SHARES.slice(0, menus.profiles.length);
  for (let i = 0; i < count; i++) {
    choices.profile[i] = draws.index(shares);
    choices.floor[i] = draws.index(FLOOR_SHARES);
    choices.buyers[i] = draws.index(BUYER_SHARES);
  }
  return choices;
}

/**
 * Gives those patients of one site the most common floor and number of buyers whose combination fewer than `least` share:
 * a rare combination would be a fingerprint. Their profile stays what they chose.
 */
export function mergeRareChoices(
  { profile, floor, buyers }: ReturnType<typeof demoChoices>,
  least: number,
): void {
  const keyOf = (i: number): number =>
    ((profile[i] ?? 0) * 256 + (floor[i] ?? 0)) * 256 + (buyers[i] ?? 0);
  const sizes = new Map<number, number>();
  for (let i = 0; i < profile.length; i++) sizes.set(keyOf(i), (sizes.get(keyOf(i)) ?? 0) + 1);
  for (let i = 0; i < profile.length; i++)
    if ((sizes.get(keyOf(i)) ?? 0) < least) {
      floor[i] = 0;
      buyers[i] = 0;
    }
}

/** What one requester of the demo asks for; its identity comes later. */
export type DemoRequest = Omit<RequestTerms, "requester">;

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
  const offered = patients * [1, 2, 4].reduce((sum, n, i) => sum + n * (BUYER_SHARES[i] ?? 0), 0);
  return Array.from({ length: requesters }, () => {
    const weights: Record<string, number> = {};
    for (let k = draws.integer(2, Math.min(6, names.length)); k > 0; k--)
      weights[names[draws.integer(0, names.length - 1)] ?? ""] = draws.integer(1, 4);
    return {
      purpose: PURPOSES[draws.index(PURPOSES.map(({ share }) => share))]?.code ?? "HRESCH",
      weights,
      tolerance: ["0.01", "0.02", "0.05", "0.1"][draws.integer(0, 3)] ?? "0.01",
      pricePerRecord: draws.integer(4, 30) * 5,
      quota: Math.max(1, Math.round((offered / requesters) * (0.4 + 1.6 * draws.uniform()))),
    };
  });
}
