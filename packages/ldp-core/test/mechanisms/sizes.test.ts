// Domains around powers of two and of a million categories; the extremes of epsilon; closed forms where enumeration ends.
import { rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import {
  exactAudit,
  type FrequencyOracle,
  grr,
  type LdpError,
  seededRandom,
} from "../../src/index.js";
import { combinationAt } from "../../src/mechanisms/common/combinations.js";
import {
  blh,
  blockHadamardResponse,
  hadamardResponse,
  olh,
  oue,
  projectiveGeometryResponse,
  subsetSelection,
  sue,
  unaryEncoding,
} from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";
import {
  bitmapOf,
  checkBudget,
  checkDistribution,
  checkEstimator,
  exact,
  expectClose,
} from "./laws.js";

type Options = { readonly categories: number; readonly epsilon: string };

/** Every pure frequency oracle, with the bytes of a report by hand and the largest domain. */
const makers: Record<
  string,
  { make(options: Options): FrequencyOracle; bytes(d: number): number; most: number }
> = {
  grr: { make: grr as never, bytes: (d) => symbol(d), most: 2 ** 20 },
  oue: { make: oue as never, bytes: (d) => Math.ceil(d / 8), most: 2 ** 20 },
  sue: { make: sue as never, bytes: (d) => Math.ceil(d / 8), most: 2 ** 20 },
  ue: {
    make: ((options: Options) => unaryEncoding({ ...options, p: "0.6" })) as never,
    bytes: (d) => Math.ceil(d / 8),
    most: 2 ** 20,
  },
  blh: { make: blh as never, bytes: () => 9, most: 2 ** 20 },
  olh: { make: olh as never, bytes: () => 9, most: 2 ** 20 },
  ss: { make: subsetSelection as never, bytes: (d) => Math.ceil(d / 8), most: 4096 },
  // A row of the Hadamard matrix of order 2^ceil(log2(d + 1)).
  hr: {
    make: hadamardResponse as never,
    bytes: (d) => symbol(2 ** Math.ceil(Math.log2(d + 1))),
    most: 2 ** 20,
  },
  pgr: {
    make: projectiveGeometryResponse as never,
    bytes: (d) => symbol(projectiveGeometryResponse({ categories: d, epsilon: "2" }).points),
    most: 2 ** 20,
  },
};
const symbol = (symbols: number): number => Math.ceil(Math.log2(symbols) / 8);

/** Everything around 2^k, as far as a mechanism goes, and a million. */
const around = (k: number): number[] => [2 ** k - 1, 2 ** k, 2 ** k + 1];
const small = [2, ...[2, 3, 4, 5, 6, 8, 12].flatMap(around)];
const large = [...around(16), 1_000_000, 2 ** 20 - 1, 2 ** 20];

for (const [name, { make, bytes, most }] of Object.entries(makers)) {
  test(`${name}: domains of 2^k and 2^k +- 1 keep the first and the last category apart, in reports, bytes and estimates`, () => {
    for (const d of small.filter((size) => size <= most)) {
      const mechanism = make({ categories: d, epsilon: "2" });
      expect(mechanism.reportBytes).toBe(bytes(d));
      expect(mechanism.exactEpsilon()).toBeLessThanOrEqual(2);
      expect(mechanism.exactEpsilon()).toBeGreaterThan(2 * (1 - 1e-6));
      const n = 300;
      const values = Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 0 : d - 1));
      const column = mechanism.randomizeBatch(values, seededRandom(d));
      const buffer = new Uint8Array(n * mechanism.reportBytes);
      const offsets = values.map((_, i) => i * mechanism.reportBytes);
      mechanism.encodeBatch(column, buffer, offsets);
      expect(mechanism.decodeBatch(buffer, offsets)).toEqual(column);
      const tally = mechanism.aggregator();
      tally.addBatch(column);
      const { frequencies } = tally.estimate();
      expect(frequencies).toHaveLength(d);
      for (const [v, share] of [
        [0, 1 / 3],
        [d - 1, 2 / 3],
        ...(d > 2 ? [[d - 2, 0] as const] : []),
      ] as const)
        expect(Math.abs((frequencies[v] as number) - share)).toBeLessThan(
          5 * Math.sqrt(mechanism.variance(n, share)),
        );
    }
  });

  test(`${name}: large domains are randomized, aggregated and audited; one more than the largest is refused`, () => {
    for (const d of large.filter((size) => size <= most)) {
      const mechanism = make({ categories: d, epsilon: "2" });
      expect(mechanism.reportBytes).toBe(bytes(d));
      const tally = mechanism.aggregator();
      tally.addBatch(mechanism.randomizeBatch([0, d - 1], seededRandom("large")));
      expect(tally.n).toBe(2);
      expect(exactAudit(mechanism).withinBudget).toBe(true);
      expectError(() => mechanism.randomize(d), "EMRX_VALUE_OUTSIDE_DOMAIN");
    }
    for (const d of [most + 1, 1, 0, -2, 2.5, Number.NaN])
      expectError(() => make({ categories: d, epsilon: "2" }), "EMRX_BAD_DOMAIN");
  });

  test(`${name}: at epsilon 10^-12, 20 and 32 the laws hold by enumeration`, () => {
    for (const epsilon of ["0.000000000001", "20", "32"]) {
      for (const d of [2, 3]) {
        const one = { mechanism: make({ categories: d, epsilon }), report: reportOf(name, d) };
        if (one.mechanism.identity.match(/^(olh|blh)|field=127/)) {
          // Too many hash functions or points to list: the closed form is checked below.
          expect(one.mechanism.exactEpsilon()).toBeLessThanOrEqual(Number(epsilon));
          continue;
        }
        checkBudget(one as never);
        checkDistribution(one as never);
        if (epsilon !== "0.000000000001" && name !== "pgr" && name !== "ss")
          checkEstimator(one as never);
      }
    }
  });
}

/** Report number y of a mechanism over d categories. */
function reportOf(name: string, d: number): (y: number) => unknown {
  if (name === "ss") return (y) => bitmapOf(d, combinationAt(d, 1, y));
  if (name.endsWith("ue")) {
    const members = (y: number) => [...Array(d).keys()].filter((v) => (y >> v) & 1);
    return (y) => bitmapOf(d, members(y));
  }
  return (y) => y;
}
test("where a threshold has too few bits for an epsilon and a domain, the mechanism is refused, never weakened", () => {
  for (const make of [grr, olh, oue, sue, hadamardResponse] as ((
    options: Options & { bits: number },
  ) => FrequencyOracle)[]) {
    try {
      const { exactEpsilon } = make({ categories: 1000, epsilon: "0.001", bits: 4 });
      expect(exactEpsilon()).toBeLessThanOrEqual(0.001);
    } catch (error) {
      expect((error as LdpError).code).toBe("EMRX_DEGENERATE_MECHANISM");
    }
  }
});

test("for domains too large to enumerate, probabilities, ratio and variance are their closed forms, as fractions", () => {
  const one = R.q(1);
  for (const d of [1000, 4096, 65_537, 1_000_000]) {
    for (const epsilon of ["0.1", "1", "5"]) {
      const options = { categories: d, epsilon };
      const check = (mechanism: FrequencyOracle, ratio: R.Q): void => {
        expect(R.equal(exact(mechanism.worstRatio), ratio)).toBe(true);
        const [p, q] = [exact(mechanism.support.p), exact(mechanism.support.q)];
        const gap = R.sub(p, q);
        const base = R.div(R.mul(q, R.sub(one, q)), R.mul(gap, gap));
        const slope = R.div(R.sub(R.sub(one, p), q), gap);
        expectClose(mechanism.variance(1, 0), R.toNumber(base));
        expectClose(mechanism.variance(7, 0.5), R.toNumber(R.add(base, R.div(slope, R.q(2)))) / 7);
      };
      const of = ({ support }: Pick<FrequencyOracle, "support">): readonly [R.Q, R.Q] => [
        exact(support.p),
        exact(support.q),
      ];
      const odds = (p: R.Q): R.Q => R.div(p, R.sub(one, p));

      const g = grr(options) as FrequencyOracle;
      const [p, q] = of(g);
      expect(R.add(p, R.mul(R.q(d - 1), q))).toEqual(one);
      check(g, R.div(p, q));

      for (const mechanism of [
        oue(options),
        sue(options),
        unaryEncoding({ ...options, p: "0.7" }),
      ]) {
        const [set, other] = of(mechanism as FrequencyOracle);
        check(mechanism as FrequencyOracle, R.div(odds(set), odds(other)));
      }

      for (const mechanism of [olh(options), blh(options)]) {
        // a x + b and a x' + b run through all pairs of the P = 2^31 - 1 residues, of which n_i fall into bucket i: r with
        // floor(r G / P) = i.
        const [P, G] = [2n ** 31n - 1n, BigInt(mechanism.buckets)];
        let pairs = 0n;
        for (let i = 0n; i < G; i++) pairs += (((i + 1n) * P - 1n) / G - (i * P - 1n) / G) ** 2n;
        // (For i = 0 the second quotient is -1 / G, which is 0: residue 0 itself is missing.)
        const first = (P - 1n) / G;
        const c = R.q(pairs - first ** 2n + (first + 1n) ** 2n, P * P);
        const [own, other] = of(mechanism as FrequencyOracle);
        const lie = R.div(R.sub(one, own), R.q(G - 1n));
        expect(R.add(R.mul(c, own), R.mul(R.sub(one, c), lie))).toEqual(other);
        check(mechanism as FrequencyOracle, R.div(own, lie));
      }

      const h = hadamardResponse(options);
      const [plus, half] = of(h as FrequencyOracle);
      expect(half).toEqual(R.q(1, 2));
      check(h as FrequencyOracle, odds(plus));

      const space = projectiveGeometryResponse(options);
      const [F, K] = [BigInt(space.field), BigInt(space.points)];
      const t = BigInt(space.dimension);
      const [on, both] = [(F ** (t - 1n) - 1n) / (F - 1n), (F ** (t - 2n) - 1n) / (F - 1n)];
      expect(K).toBe((F ** t - 1n) / (F - 1n));
      const [hit, miss] = of(space as FrequencyOracle);
      const inside = R.div(hit, R.q(on));
      const outside = R.div(R.sub(one, hit), R.q(K - on));
      expect(R.add(R.mul(R.q(both), inside), R.mul(R.q(on - both), outside))).toEqual(miss);
      check(space as FrequencyOracle, R.div(inside, outside));

      if (d > 4096) continue;
      const s = subsetSelection(options);
      const [with_, without] = of(s as FrequencyOracle);
      expect(R.add(with_, R.mul(R.q(d - 1), without))).toEqual(R.q(s.size));
      check(s as FrequencyOracle, R.mul(odds(with_), R.q(d - s.size, s.size)));
    }
  }
});

test("a block Hadamard response of a million categories reports in two or three bytes and is within its budget", () => {
  const mechanism = blockHadamardResponse({ categories: 1_000_000, epsilon: "4" });
  expect(mechanism.reportBytes).toBe(3);
  expect(exactAudit(mechanism).withinBudget).toBe(true);
  const tally = mechanism.aggregator();
  tally.addBatch(mechanism.randomizeBatch([0, 999_999], seededRandom("blocks")));
  expect(tally.n).toBe(2);
});
