// The decision of a round, which every replica makes: lists by the public rule, the stable allocation, dealing.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import type { OfferState, Profile, Publication, RequestState } from "../src/calls.js";
import { decisionOf } from "../src/contracts/decision.js";
import { emptyMap, mapSet, type PersistentMap } from "../src/contracts/persistent-map.js";
import type { HeldRound } from "../src/contracts/windows.js";
import type { RoundState } from "../src/contracts.js";

const [SITES, CLASSES, LOTS, REQUESTS, ATTRIBUTES] = [24, 12, 2, 50, 20];
const name = (number: number): string => number.toString(16).padStart(64, "0");
const columns = <T>(of: (i: number) => T): T[] =>
  Array.from({ length: ATTRIBUTES }, (_, i) => of(i));

const publication: Publication = {
  format: "emrx-publication/1",
  name: "bench",
  schemaHash: name(0),
  attributes: columns((i) => `a${i}`),
  levels: ["high", "low"],
  profiles: Array.from(
    { length: CLASSES },
    (_, p): Profile => ({
      name: `p${p}`,
      levels: columns((i) => (i + p) % 2),
      bytes: columns(() => 2),
      refuses: [],
      disclosed: 5,
      worth: columns((i) => 1000 * (1 + ((7 * i + 3 * p) % 20))),
      exposure: columns((i) => 100 * (1 + ((5 * i + p) % 30))),
    }),
  ),
  floors: [10],
  buyers: [2],
  purposeCosts: {},
  lotSize: 300,
  leastGroup: 50,
  chunk: { length: 20, bytes: 4000, withdrawn: 1 },
  suite: 1,
  limits: { sites: SITES, lots: CLASSES * LOTS, requests: REQUESTS, price: 1000 },
  bonds: { unit: 1, seeder: 100, opener: 100 },
  counts: { epsilon: "1", delta: "0.000001", rounds: 10 },
};

const mapOf = <T>(values: readonly T[], keyOf: (value: T) => string): PersistentMap<T> =>
  values.reduce<PersistentMap<T>>((map, value) => mapSet(map, keyOf(value), value), emptyMap());

function round(): HeldRound {
  const classes = Array.from({ length: CLASSES }, (_, profile) => ({
    ...{ profile, floor: 0, buyers: 0, lots: LOTS },
  }));
  const offers = Array.from(
    { length: SITES },
    (_, s): OfferState => ({
      ...{ site: name(s), root: name(1), classes, version: 1 },
      ...{ units: CLASSES * LOTS * 600, held: "0" },
    }),
  );
  const requests = Array.from({ length: REQUESTS }, (_, r): RequestState => {
    const weights = Object.fromEntries(
      [0, 1, 2, 3].map((i) => [`a${(r + 3 * i) % ATTRIBUTES}`, 1 + i]),
    );
    const terms = { purpose: "HRESCH", weights, minimumWorth: 1, price: 50 + (r % 9) } as const;
    return { ...terms, requester: name(1000 + r), quota: 5003 + 17 * r, held: "0", version: 1 };
  });
  const terms = { round: 1, publication: name(2), opener: name(3), openedAt: 0, held: "0" };
  const state: RoundState = {
    ...terms,
    windows: { offer: 1, seed: 2, grant: 3, read: 4, release: 5, claim: 6 },
    admitted: emptyMap(),
    inputs: {
      offers: mapOf(offers, ({ site }) => site),
      requests: mapOf(requests, ({ requester }) => requester),
      seeders: [{ seeder: name(4), commitment: name(5), share: name(6) }],
    },
    pairs: emptyMap(),
    settled: 0,
    version: 1,
  };
  return { round: state, publication };
}

const rounds: readonly BenchEntry[] = [
  benchEntry({
    name: `chain-adapter/rounds/decide/lots=${SITES * CLASSES * LOTS},requests=${REQUESTS}`,
    unit: "s",
    work: SITES * CLASSES * LOTS * REQUESTS,
    baseline: "limit/mix32",
    setup: round,
    run: (held) => {
      // Other inputs each time, or the decision would be remembered.
      const inputs = { ...held.round.inputs };
      const decided = decisionOf({ ...held, round: { ...held.round, inputs } }, 2);
      if (!decided?.pairs.size) throw new Error("nothing was matched");
    },
  }),
];
export default rounds;
