import {
  enumerateDraws,
  fc,
  property,
  rational as R,
  sharedJson,
  testWithShared,
} from "@emrx/testkit";
import { expect, test } from "vitest";
import { seededRandom } from "../../../src/index.js";
import { minIdUnary, utilityRappor, type ValueUnary } from "../../../src/mechanisms.js";
import { expectError } from "../../expect-error.js";
import { checkMonoid, exact, expectClose, expOf, lowWords } from "../laws.js";

const epsilons = fc
  .integer({ min: 50, max: 6000 })
  .map((thousandths) => String(thousandths / 1000));
const report = (d: number) => (y: number) =>
  Uint8Array.from({ length: Math.ceil(d / 8) }, (_, i) => Math.floor(y / 256 ** i) % 256);

/** Bits are independent given the value, with the stated probabilities: then each estimate is pure, hence unbiased. */
function checkBits(mechanism: ValueUnary): void {
  const d = mechanism.categories;
  const channel = mechanism.channel();
  for (let x = 0; x < d; x++) {
    for (let v = 0; v < d; v++) {
      let set = R.q(0);
      for (let y = 0; y < 2 ** d; y++) {
        if ((y >> v) & 1) set = R.add(set, exact(channel.probability(y, x)));
      }
      const { p, q } = mechanism.supportOf(v);
      expect(set).toEqual(exact(v === x ? p : q));
    }
  }
  for (let v = 0; v < d; v++) {
    const [p, q] = [
      R.toNumber(exact(mechanism.supportOf(v).p)),
      R.toNumber(exact(mechanism.supportOf(v).q)),
    ];
    const tally = mechanism.aggregator();
    tally.add(report(d)(2 ** v));
    expectClose(tally.estimate().frequencies[v] as number, (1 - q) / (p - q), 1e-9);
    expectClose(mechanism.variance(1, 0, v) + 1, (q * (1 - q)) / (p - q) ** 2 + 1, 1e-9);
    expectClose(mechanism.variance(1, 1, v) + 1, (p * (1 - p)) / (p - q) ** 2 + 1, 1e-9);
  }
}

property(
  "MinID-LDP: two categories differ by at most e^min of their epsilons, whatever the report",
  [
    fc.array(epsilons, { minLength: 2, maxLength: 4 }),
    fc.constantFrom("fair coin" as const, "symmetric" as const),
  ],
  (list, variant) => {
    const mechanism = minIdUnary({ epsilons: list, variant });
    const channel = mechanism.channel();
    for (let i = 0; i < list.length; i++) {
      for (let j = 0; j < list.length; j++) {
        if (i === j) continue;
        let worst = R.q(0);
        for (let y = 0; y < channel.outputs; y++) {
          const ratio = R.div(exact(channel.probability(y, i)), exact(channel.probability(y, j)));
          if (R.less(worst, ratio)) worst = ratio;
        }
        expect(worst).toEqual(exact(mechanism.pairRatio(i, j)));
        const least = R.less(R.decimal(list[i] as string), R.decimal(list[j] as string))
          ? list[i]
          : list[j];
        expect(R.less(expOf(least as string), worst)).toBe(false);
      }
    }
    checkBits(mechanism);
    if (variant === "symmetric") {
      for (let v = 0; v < list.length; v++) {
        const { p, q } = mechanism.supportOf(v);
        expect(R.add(exact(p), exact(q))).toEqual(R.q(1));
      }
    }
  },
  { numRuns: 16 },
);

property(
  "uRAP: a report without a non-sensitive bit is at most e^eps times likelier under one value than another",
  [
    fc
      .integer({ min: 2, max: 5 })
      .chain((d) =>
        fc.tuple(
          fc.constant(d),
          fc.subarray([...Array(d).keys()], { minLength: 1, maxLength: d - 1 }),
        ),
      ),
    epsilons,
  ],
  ([d, sensitive], epsilon) => {
    const mechanism = utilityRappor({ categories: d, sensitive, epsilon });
    const channel = mechanism.channel();
    let worst = R.q(1);
    for (let y = 0; y < 2 ** d; y++) {
      const row = Array.from({ length: d }, (_, x) => exact(channel.probability(y, x)));
      const revealing = [...Array(d).keys()].filter((v) => (y >> v) & 1 && !sensitive.includes(v));
      if (revealing.length > 0) {
        // Only the value itself can set a non-sensitive bit.
        row.forEach((p, x) => {
          expect(p.n > 0n).toBe(revealing.length === 1 && revealing[0] === x);
        });
        continue;
      }
      const largest = row.reduce((a, b) => (R.less(a, b) ? b : a));
      const smallest = row.reduce((a, b) => (R.less(a, b) ? a : b));
      if (R.less(worst, R.div(largest, smallest))) worst = R.div(largest, smallest);
    }
    expect(R.less(expOf(epsilon), worst)).toBe(false);
    expect(worst).toEqual(exact(mechanism.sensitiveRatio));
    checkBits(mechanism);
  },
  { numRuns: 10 },
);

test("MinID-LDP and uRAP: over all random words, each report has exactly its probability", () => {
  for (const [mechanism, most] of [
    [utilityRappor({ categories: 2, sensitive: [1], epsilon: "1", bits: 3 }), 8],
    [minIdUnary({ epsilons: ["1", "2"], bits: 3 }), 9],
    [minIdUnary({ epsilons: ["3", "4"], variant: "symmetric", bits: 2 }), 8],
  ] as const) {
    const channel = mechanism.channel();
    for (let x = 0; x < 2; x++) {
      const drawn = enumerateDraws(lowWords(2), most, (source) => mechanism.randomize(x, source));
      for (let y = 0; y < 4; y++) {
        const found = drawn.probability.get(JSON.stringify(report(2)(y))) ?? R.q(0);
        expect(found).toEqual(exact(channel.probability(y, x)));
      }
    }
  }
});

test("MinID-LDP and uRAP: states merge and reports round-trip like any other; seeds are for ever", () => {
  for (const mechanism of [
    utilityRappor({ categories: 10, sensitive: [0, 3], epsilon: "1" }),
    minIdUnary({ epsilons: ["0.5", "2", "2", "1", "1", "1", "2", "2", "2"] }),
    minIdUnary({ epsilons: ["0.5", "2", "2", "1", "1", "1", "2", "2", "2"], variant: "symmetric" }),
  ]) {
    checkMonoid(
      { mechanism: mechanism as never, report: report(mechanism.categories) },
      [0, 4, 511, 2, 1],
      2,
    );
    expect([...mechanism.randomizeBatch([0, 4, 8], seededRandom("golden"))]).toMatchSnapshot();
  }
});

test("MinID-LDP: too many levels, and epsilons that are none, are refused", () => {
  expectError(() => minIdUnary({ epsilons: ["1"] }), "EMRX_BAD_DOMAIN");
  expect(() => minIdUnary({ epsilons: ["1", "0"] })).toThrow("epsilons[1]");
  expectError(() => minIdUnary({ epsilons: [1, 2, 3, 4, 5, 6, 7, 8, 9] }), "EMRX_BAD_PARAMETER");
  expect(() => minIdUnary({ epsilons: [1, 2], variant: "other" as "symmetric" })).toThrow(
    "variant",
  );
});

const path = "theory/vectors.json";
testWithShared(
  path,
  "MinID-LDP: both variants are the reference optimum, to the 1e-6 of its optimizer",
  () => {
    let compared = 0;
    // biome-ignore lint/suspicious/noExplicitAny: foreign JSON
    for (const row of (sharedJson(path) as any).leveled.minid_ldp_examples) {
      const variant = row.structure.startsWith("a=1/2") ? "fair coin" : "symmetric";
      const list: string[] = row.levels_eps.flatMap((e: number, i: number) =>
        Array(row.level_counts[i]).fill(String(e)),
      );
      const mechanism = minIdUnary({ epsilons: list, variant });
      const cost = list.reduce((sum, _, v) => sum + mechanism.variance(1, 0, v), 0);
      const reference = row.V0_by_level.reduce(
        (sum: number, v: number, i: number) => sum + v * row.level_counts[i],
        0,
      );
      expectClose(cost, reference, 1e-6);
      row.levels_eps.forEach((epsilon: number, level: number) => {
        const category = list.indexOf(String(epsilon));
        const { p, q } = mechanism.supportOf(category);
        expectClose(R.toNumber(exact(p)), row.a[level], 1e-6);
        expectClose(R.toNumber(exact(q)), row.b[level], 1e-6);
      });
      compared++;
    }
    expect(compared).toBe(6);
  },
);

test("MinID-LDP and uRAP: in a batch over more than 32 categories every bit stands at its person's place", () => {
  const categories = 70;
  const sensitive = Array.from({ length: categories - 1 }, (_, v) => v);
  const values = Array.from({ length: 60 }, (_, i) => [68, 0, 33, 64, 31][i % 5] as number);
  for (const [mechanism, least] of [
    [minIdUnary({ epsilons: Array(categories).fill("30"), variant: "symmetric" }), 60],
    [utilityRappor({ categories, epsilon: "30", sensitive }), 15], // the own bit is a fair coin
  ] as const) {
    const column = mechanism.randomizeBatch(values, seededRandom("wide"));
    expect(column).toHaveLength(3 * 60); // three words a person
    // At this epsilon another's bit is set once in three million times.
    let own = 0;
    for (const [i, value] of values.entries()) {
      const words = [0, 0, 0];
      words[value >> 5] = (1 << (value & 31)) >>> 0;
      const found = [...column.subarray(3 * i, 3 * i + 3)];
      if (found.some((word) => word !== 0)) {
        expect(found).toEqual(words);
        own++;
      }
    }
    expect(own).toBeGreaterThanOrEqual(least);
  }
});
