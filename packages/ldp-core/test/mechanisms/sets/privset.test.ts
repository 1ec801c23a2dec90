import {
  enumerateDraws,
  fc,
  property,
  rational as R,
  sharedJson,
  testWithShared,
} from "@emrx/testkit";
import { expect, test } from "vitest";
import { exactAudit, seededRandom } from "../../../src/index.js";
import { combinationAt, combinations } from "../../../src/mechanisms/common/combinations.js";
import { privset } from "../../../src/mechanisms.js";
import { expectError } from "../../expect-error.js";
import {
  checkBudget,
  checkDistribution,
  checkMonoid,
  checkParser,
  exact,
  expectClose,
} from "../laws.js";

const epsilons = fc
  .integer({ min: 10, max: 12_000 })
  .map((thousandths) => String(thousandths / 1000));
const shapes = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 2 }))
  .chain(([d, L]) => fc.tuple(fc.constant(d), fc.constant(L), fc.integer({ min: 1, max: d })));

const of = ([categories, atMost, size]: readonly [number, number, number], epsilon: string) => {
  const mechanism = privset({ categories, atMost, epsilon, size });
  const report = (y: number) => Uint16Array.from(combinationAt(categories + atMost, size, y));
  return { mechanism, report };
};

/** All sets of at most L of d codes, by size, then in lexicographic order. */
function setsOf(d: number, L: number): number[][] {
  const all = Array.from({ length: 2 ** d }, (_, bits) =>
    Array.from({ length: d }, (_, v) => v).filter((v) => (bits >> v) & 1),
  );
  const text = (set: number[]) => set.map((v) => String.fromCharCode(65 + v)).join("");
  return all
    .filter((set) => set.length <= L)
    .sort((a, b) => a.length - b.length || (text(a) < text(b) ? -1 : 1));
}

/** Words whose upper halves are the middles of `upper` parts of the range, and whose lower halves of `lower` parts. */
const wordsOf = (upper: number, lower: number): number[] => {
  const middles = (parts: number): number[] =>
    Array.from({ length: parts }, (_, i) => Math.floor(((i + 0.5) / parts) * 2 ** 16));
  return middles(upper).flatMap((high) => middles(lower).map((low) => high * 2 ** 16 + low));
};

property(
  "PrivSet: no report is more than e^eps times likelier under one set than another, of whatever sizes",
  [shapes, epsilons],
  (shape, epsilon) => {
    checkBudget(of(shape, epsilon) as never);
    checkDistribution(of(shape, epsilon) as never);
  },
  { numRuns: 25 },
);

property(
  "PrivSet: a code of the set is reported with probability p, another with q, whatever else the set holds",
  [shapes, epsilons],
  ([d, L, size], epsilon) => {
    const { mechanism, report } = of([d, L, size], epsilon);
    const channel = mechanism.channel();
    const sets = setsOf(d, L);
    expect(channel.inputs).toBe(sets.length);
    sets.forEach((set, x) => {
      for (let v = 0; v < d; v++) {
        let reported = R.q(0);
        for (let y = 0; y < channel.outputs; y++) {
          if (report(y).includes(v)) reported = R.add(reported, exact(channel.probability(y, x)));
        }
        const expected = set.includes(v) ? mechanism.support.p : mechanism.support.q;
        expect(reported).toEqual(exact(expected));
      }
    });
    // One indicator with probability p or q: the estimator (1 - q)/(p - q) or -q/(p - q) is unbiased, its variance p(1-p) or
    // q(1-q) over (p-q)^2.
    const [p, q] = [R.toNumber(exact(mechanism.support.p)), R.toNumber(exact(mechanism.support.q))];
    expectClose(mechanism.variance(1, 0), (q * (1 - q)) / (p - q) ** 2, 1e-6);
    const tally = mechanism.aggregator();
    tally.add(report(0));
    const { frequencies } = tally.estimate();
    expect(frequencies.length).toBe(d);
    expectClose(frequencies[0] as number, ((report(0).includes(0) ? 1 : 0) - q) / (p - q), 1e-6);
  },
  { numRuns: 15 },
);

test("PrivSet: over all random words, each report has exactly its probability", () => {
  for (const [d, L, size, epsilon, bits, parts] of [
    [2, 1, 1, "1", 2, 24],
    [3, 1, 2, "2", 2, 24],
    [2, 2, 2, "1", 3, 40],
  ] as const) {
    const mechanism = privset({ categories: d, atMost: L, size, epsilon, bits });
    const channel = mechanism.channel();
    // Every decision splits [0, 1) at multiples of 1 / parts, so the middles of the parts stand for all words; a second step
    // of a shuffle takes the lower half of its word, and chooses between two at most.
    const words = wordsOf(parts, d === 3 ? 2 : 1);
    setsOf(d, L).forEach((set, x) => {
      if (L === 2 && set.length === 1) return; // the empty and the full set will do
      const drawn = enumerateDraws(words, size + 1, (source) => [
        ...mechanism.randomize(set, source),
      ]);
      expect(drawn.unresolved).toEqual(R.q(0));
      for (let y = 0; y < channel.outputs; y++) {
        const text = JSON.stringify(combinationAt(d + L, size, y));
        expect(drawn.probability.get(text) ?? R.q(0)).toEqual(exact(channel.probability(y, x)));
      }
    });
  }
});

test("PrivSet: a larger set counts with a uniform subset of L codes", () => {
  const mechanism = privset({ categories: 3, atMost: 2, size: 2, epsilon: "2", bits: 2 });
  const pairs = [
    [0, 1],
    [0, 2],
    [1, 2],
  ];
  const channel = mechanism.channel();
  const place = (set: number[]) =>
    setsOf(3, 2).findIndex((s) => JSON.stringify(s) === JSON.stringify(set));
  const words = wordsOf(3, 2);
  // One word chooses the subset; the rest is the mechanism on it. Enumerate the choice, with the rest fixed.
  const rest = [0.1, 0.3, 0.6].map((share) => Math.floor(share * 2 ** 32));
  const found = enumerateDraws(words, 1, (source) => {
    let used = 0;
    return [
      ...mechanism.randomize([0, 1, 2], {
        fill(target) {
          if (used++ < 1) source.fill(target);
          else target[0] = rest[used - 2] as number;
        },
      }),
    ];
  });
  const expected = new Map<string, R.Q>();
  for (const pair of pairs) {
    let used = 0;
    const report = mechanism.randomize(pair, {
      fill(target) {
        target[0] = rest[used++] as number;
      },
    });
    const text = JSON.stringify([...report]);
    expected.set(text, R.add(expected.get(text) ?? R.q(0), R.q(1, 3)));
  }
  expect(Object.fromEntries(found.probability)).toEqual(Object.fromEntries(expected));
  expect(channel.inputs).toBe(place([1, 2]) + 1);
});

property(
  "PrivSet: any split, order, merge and serialization gives the same state, and bytes round-trip",
  [shapes, fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 30 }), fc.nat(30)],
  (shape, numbers, cut) => {
    const one = of(shape, "1");
    const { outputs } = one.mechanism.channel();
    checkMonoid(
      one as never,
      numbers.map((y) => y % outputs),
      cut,
    );
  },
  { numRuns: 20 },
);

property(
  "PrivSet: mutated report bytes are refused or mean exactly what they say",
  [fc.uint8Array({ minLength: 4, maxLength: 4 })],
  (bytes) => {
    const { mechanism } = of([4, 2, 2], "1");
    checkParser(bytes, (b) => {
      const again = new Uint8Array(4);
      mechanism.encode(mechanism.decode(b, 0), again, 0);
      return again;
    });
  },
);

test("PrivSet: sets outside the domain, and columns of other shapes, are refused", () => {
  const mechanism = privset({ categories: 10, atMost: 2, epsilon: "1", size: 3 });
  for (const codes of [[10], [-1], [1, 1], [0.5], [Number.NaN]]) {
    expectError(() => mechanism.randomize(codes), "EMRX_VALUE_OUTSIDE_DOMAIN");
    expect(() => mechanism.randomizeBatch({ codes, offsets: [0, codes.length] })).toThrow(
      "sets[0]",
    );
  }
  expectError(() => privset({ categories: 10, atMost: 0, epsilon: "1" }), "EMRX_BAD_PARAMETER");
  expectError(
    () => privset({ categories: 10, atMost: 2, epsilon: "1", size: 11 }),
    "EMRX_BAD_PARAMETER",
  );
  expectError(() => mechanism.aggregator().add(Uint16Array.of(1)), "EMRX_MALFORMED_REPORT");
  const descending = Uint16Array.from({ length: mechanism.size }, (_, i) => 9 - i);
  expectError(() => mechanism.aggregator().add(descending), "EMRX_MALFORMED_REPORT");
});

test("PrivSet: in a batch every report stands at its person's place, whole and ascending", () => {
  const mechanism = privset({ categories: 300, atMost: 2, epsilon: "20", size: 3 });
  const n = 200;
  const codes = Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? i % 300 : (i + 149) % 300));
  const offsets = Array.from({ length: n + 1 }, (_, i) => 2 * i);
  const column = mechanism.randomizeBatch({ codes, offsets }, seededRandom("places"));
  expect(column).toHaveLength(3 * n);
  for (let i = 0; i < n; i++) {
    const report = column.subarray(3 * i, 3 * i + 3);
    expect(new Set(report).size).toBe(3);
    expect([...report]).toEqual([...report].sort((a, b) => a - b));
    // At epsilon 20 a report misses its set with probability below 10^-6.
    expect(codes.slice(2 * i, 2 * i + 2).some((code) => report.includes(code))).toBe(true);
  }
  // Two bytes an item, the lower one first; nothing beside the report is written.
  const bytes = new Uint8Array(8).fill(7);
  mechanism.encode(Uint16Array.of(1, 256, 300), bytes, 1);
  expect([...bytes]).toEqual([7, 1, 0, 0, 1, 44, 1, 7]);
});

test("binomial coefficients are 0 outside Pascal's triangle", () => {
  expect([-1, 0, 1, 2, 5, 6].map((k) => combinations(5, k))).toEqual([0n, 1n, 5n, 10n, 1n, 0n]);
});

test("PrivSet: a batch is reproducible and estimates what went in", () => {
  const mechanism = privset({ categories: 50, atMost: 3, epsilon: "4" });
  const n = 4000;
  const codes: number[] = [];
  const offsets = [0];
  for (let i = 0; i < n; i++) {
    codes.push(7);
    if (i % 2) codes.push(20 + (i % 5));
    offsets.push(codes.length);
  }
  const column = mechanism.randomizeBatch({ codes, offsets }, seededRandom("golden"));
  expect(mechanism.randomizeBatch({ codes, offsets }, seededRandom("golden"))).toEqual(column);
  expect([...column.subarray(0, 2 * mechanism.size)]).toMatchInlineSnapshot(`
    [
      42,
      7,
    ]
  `);
  const tally = mechanism.aggregator();
  tally.addBatch(column);
  const { frequencies } = tally.estimate();
  const error = 6 * Math.sqrt(mechanism.variance(n, 1));
  expect(Math.abs((frequencies[7] as number) - 1)).toBeLessThan(error);
  expect(Math.abs((frequencies[22] as number) - 0.1)).toBeLessThan(error);
  expect(Math.abs(frequencies[40] as number)).toBeLessThan(error);
});

const path = "theory/vectors.json";
testWithShared(
  path,
  "PrivSet: variances equal the reference to 1e-10, and the chosen size is never worse",
  () => {
    // biome-ignore lint/suspicious/noExplicitAny: foreign JSON
    for (const row of (sharedJson(path) as any).set_valued.table) {
      const options = { categories: row.d, atMost: row.L, epsilon: String(row.eps), bits: 64 };
      const same = privset({ ...options, size: row.subset_size });
      expectClose(same.variance(1, 0), row.subset_mechanism, 1e-10);
      // The reference searched a coarse list of sizes for the larger cases.
      const best = privset(options);
      expect(best.variance(1, 0)).toBeLessThanOrEqual(row.subset_mechanism * (1 + 1e-12));
      expect(Math.abs(best.size - row.subset_size)).toBeLessThanOrEqual(0.05 * row.subset_size);
      expect(exactAudit(best).withinBudget).toBe(true);
    }
  },
);
