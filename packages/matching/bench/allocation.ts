// Stable allocations of lots to requesters: from ranked lists, as a round has them.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import {
  type AllocationMarket,
  allocationMarketFromArrays,
  certifyAllocation,
  checkAllocationCertificate,
  stableAllocation,
  verifyAllocation,
} from "../src/allocation.js";
import { generator } from "./markets.js";

interface Sizes {
  readonly lots: number;
  readonly requesters: number;
  /** Lots of one class have the same preferences but for ties. */
  readonly classes: number;
  /** The most members that a lot has. */
  readonly members: number;
  /** Units on offer for each that is sought. */
  readonly supply: number;
}

/** Complete lists: lots of a class are alike but for ties, and so are requesters' opinions of them. */
function lotMarket({ lots, requesters, classes, members, supply }: Sizes): AllocationMarket {
  const random = generator(17);
  const real = (): number => random() / 2 ** 32;
  const gain = Float64Array.from({ length: classes * requesters }, real);
  const worth = Float64Array.from({ length: classes * requesters }, real);
  const sizes = Float64Array.from({ length: lots }, () => 1 + Math.floor(real() * members));
  const quantities = sizes.map((size, lot) => size * (1 + (lot % 3)));
  const sought = quantities.reduce((sum, size) => sum + size, 0) / supply / requesters;
  const lotLists = new Uint32Array(lots * requesters);
  const requesterLists = new Uint32Array(lots * requesters);
  const capacities = new Float64Array(lots * requesters);
  const order = (count: number, score: (i: number) => number): Uint32Array => {
    const scores = Float64Array.from({ length: count }, (_, i) => score(i) + 1e-9 * real());
    return Uint32Array.from({ length: count }, (_, i) => i).sort(
      (a, b) => (scores[b] as number) - (scores[a] as number),
    );
  };
  for (let lot = 0; lot < lots; lot++) {
    const of = (lot % classes) * requesters;
    lotLists.set(
      order(requesters, (r) => gain[of + r] as number),
      lot * requesters,
    );
    capacities.fill(sizes[lot] as number, lot * requesters, (lot + 1) * requesters);
  }
  for (let r = 0; r < requesters; r++)
    requesterLists.set(
      order(lots, (lot) => worth[(lot % classes) * requesters + r] as number),
      r * lots,
    );
  return allocationMarketFromArrays({
    proposers: lots,
    reviewers: requesters,
    proposerQuantities: quantities,
    reviewerQuantities: Float64Array.from({ length: requesters }, () =>
      Math.floor(sought * (0.5 + real())),
    ),
    proposerOffsets: Uint32Array.from({ length: lots + 1 }, (_, i) => i * requesters),
    proposerLists: lotLists,
    reviewerOffsets: Uint32Array.from({ length: requesters + 1 }, (_, i) => i * lots),
    reviewerLists: requesterLists,
    capacities,
  });
}

/**
 * One unit too many goes round a circle of `size` agents a side, each of `quantity` units: plain deferred acceptance
 * shifts one unit of each at every turn.
 */
function circle(size: number, quantity: number): AllocationMarket {
  const at = (i: number): number => i % size;
  const all = Array.from({ length: size }, (_, i) => i);
  return allocationMarketFromArrays({
    proposers: size + 1,
    reviewers: size,
    proposerQuantities: Float64Array.from([...all.map(() => quantity), 1]),
    reviewerQuantities: new Float64Array(size).fill(quantity),
    proposerOffsets: Uint32Array.from([...all, size, size + 1], (i) =>
      i <= size ? i * size : size * size + 1,
    ),
    proposerLists: Uint32Array.from([...all.flatMap((p) => all.map((i) => at(p + i))), 0]),
    reviewerOffsets: Uint32Array.from([...all, size], (i) => i * size + (i > 0 ? 1 : 0)),
    reviewerLists: Uint32Array.from(
      all.flatMap((r) => [...(r === 0 ? [size] : []), ...all.map((i) => at(r + 1 + i))]),
    ),
    capacities: new Float64Array(size * size + 1).fill(quantity),
  });
}

const round: Sizes = { lots: 9_216, requesters: 200, classes: 72, members: 22, supply: 2 };
const large: Sizes = { ...round, members: 1e9 };
const pairs = round.lots * round.requesters;

const solving = (name: string, work: number, setup: () => AllocationMarket): BenchEntry =>
  benchEntry({
    name: `matching/${name}`,
    unit: "s",
    work,
    baseline: "limit/mix32",
    setup,
    run: (market) => stableAllocation(market),
  });

const entries: readonly BenchEntry[] = [
  solving("lots-9216x200/solve/members=22", pairs, () => lotMarket(round)),
  solving("lots-9216x200/solve/members=1e9", pairs, () => lotMarket(large)),
  ...[100, 200, 400].map((size) =>
    solving(`lots-circle/solve/n=${size}`, size * size, () => circle(size, 1e12)),
  ),
  benchEntry({
    name: "matching/lots-9216x200/verify",
    unit: "s",
    work: pairs,
    baseline: "limit/mix32",
    setup() {
      const market = lotMarket(round);
      return { market, allocation: stableAllocation(market) };
    },
    run({ market, allocation }) {
      if (!verifyAllocation(market, allocation).stable) throw new Error("not stable");
    },
  }),
  benchEntry({
    name: "matching/lots-9216x200/check-certificate",
    unit: "s",
    work: pairs,
    baseline: "limit/mix32",
    setup() {
      const market = lotMarket(round);
      return { market, certificate: certifyAllocation(market, stableAllocation(market)) };
    },
    run({ market, certificate }) {
      if (!checkAllocationCertificate(market, certificate).valid) throw new Error("not valid");
    },
  }),
];
export default entries;
