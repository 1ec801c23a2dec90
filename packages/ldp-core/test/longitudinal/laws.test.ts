// The laws of the longitudinal mechanisms, in exact fractions.
import { enumerateDraws, fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import type { Channel } from "../../src/audit.js";
import { toNumber } from "../../src/exact.js";
import { exactAudit, seededRandom } from "../../src/index.js";
import { lolohaOver } from "../../src/longitudinal/loloha.js";
import {
  dBitFlip,
  type LongitudinalMechanism,
  longitudinalGrr,
  longitudinalUnary,
  rappor,
} from "../../src/longitudinal.js";
import { combinationAt } from "../../src/mechanisms/common/combinations.js";
import { olh, oue } from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";
import {
  type Case,
  checkBudget,
  checkDistribution,
  checkEstimator,
  checkMonoid,
  checkSampler,
  exact,
  expectClose,
  expOf,
  lowWords,
  topWords,
} from "../mechanisms/laws.js";

const none = new Uint8Array(0);
const stages = ["sue", "oue"] as const;

/** The first epsilon as a share of the permanent one, in percent. */
const budgets = fc
  .tuple(fc.integer({ min: 50, max: 6000 }), fc.integer({ min: 5, max: 45 }))
  .map(([thousandths, percent]) => ({
    permanentEpsilon: String(thousandths / 1000),
    firstEpsilon: String((thousandths * percent) / 100_000),
  }));

interface Family {
  readonly make: (
    d: number,
    epsilons: { permanentEpsilon: string; firstEpsilon: string },
  ) => LongitudinalMechanism<never, never>;
  readonly report: (y: number, d: number) => unknown;
  readonly largest: number;
}

const loloha5 = (
  categories: number,
  epsilons: { permanentEpsilon: string; firstEpsilon: string },
) => lolohaOver(5, { categories, ...epsilons, buckets: 3 });

const families: Record<string, Family> = {
  "longitudinal GRR": {
    make: (categories, epsilons) => longitudinalGrr({ categories, ...epsilons }) as never,
    report: (y) => y,
    largest: 7,
  },
  ...Object.fromEntries(
    stages.flatMap((permanent) =>
      stages.map((instantaneous): [string, Family] => [
        `longitudinal unary ${permanent}, ${instantaneous}`,
        {
          make: (categories, epsilons) =>
            longitudinalUnary({ categories, ...epsilons, permanent, instantaneous }) as never,
          report: (y) => Uint8Array.of(y),
          largest: 4,
        },
      ]),
    ),
  ),
  LOLOHA: {
    make: (categories, epsilons) => loloha5(categories, epsilons) as never,
    report: (y) => ({ a: Math.floor(y / 15), b: Math.floor(y / 3) % 5, bucket: y % 3 }),
    largest: 5,
  },
};

for (const [name, { make, report, largest }] of Object.entries(families)) {
  const caseOf = (mechanism: unknown, d: number) =>
    ({ mechanism, report: (y: number) => report(y, d) }) as Case<unknown, unknown>;

  property(
    `${name}: one report keeps its epsilon and spends it, an answer its own; both are unbiased with the stated variance`,
    [fc.integer({ min: 2, max: largest }), budgets],
    (d, epsilons) => {
      const { permanent, single } = make(d, epsilons);
      for (const mechanism of [permanent, single]) {
        checkBudget(caseOf(mechanism, d));
        checkDistribution(caseOf(mechanism, d));
        checkEstimator(caseOf(mechanism, d));
        expect(mechanism.exactEpsilon()).toBeGreaterThan(Number(mechanism.epsilon) * (1 - 1e-6));
      }
    },
    { numRuns: 5 },
  );

  property(
    `${name}: split, order, merge and bytes make no difference`,
    [fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }), fc.nat(12)],
    (ys, cut) => {
      const { single } = make(2, { permanentEpsilon: "2", firstEpsilon: "0.5" });
      checkMonoid(
        caseOf(single, 2),
        ys.map((y) => (name.endsWith("GRR") ? y % 2 : y)),
        cut,
      );
    },
    { numRuns: 10 },
  );
}

/** One report is the answer followed by the second stage: the joint channel of one report is that of the mechanism. */
function checkFirst(repeated: Channel, probability: (y: number, x: number) => R.Q): void {
  for (let x = 0; x < repeated.inputs; x++) {
    for (let y = 0; y < repeated.outputs; y++) {
      expect(exact(repeated.probability(y, x))).toEqual(probability(y, x));
    }
  }
}

property(
  "two stages: one report of the answer has exactly the composed channel",
  [fc.integer({ min: 2, max: 3 }), budgets, fc.constantFrom(...stages), fc.constantFrom(...stages)],
  (categories, epsilons, permanent, instantaneous) => {
    for (const mechanism of [
      longitudinalGrr({ categories, ...epsilons }),
      longitudinalUnary({ categories, ...epsilons, permanent, instantaneous }),
    ]) {
      const channel = mechanism.single.channel();
      checkFirst(mechanism.repeated(1), (y, x) => exact(channel.probability(y, x)));
    }
  },
  { numRuns: 10 },
);

property(
  "two stages: more reports of one answer tell more, and never more than the answer",
  [budgets],
  (epsilons) => {
    for (const mechanism of [
      longitudinalGrr({ categories: 2, ...epsilons }),
      longitudinalGrr({ categories: 3, ...epsilons }),
      longitudinalUnary({ categories: 2, ...epsilons }),
      loloha5(4, epsilons),
    ]) {
      let before = 0;
      for (let times = 1; times <= 3; times++) {
        const { epsilon, ratio } = exactAudit(mechanism.repeated(times));
        expect(epsilon).toBeGreaterThan(before);
        before = epsilon;
        if (ratio === "infinite") return expect.fail("an output rules an input out");
        if (times === 1) expect(exact(ratio)).toEqual(exact(mechanism.single.worstRatio));
        expect(R.less(exact(mechanism.permanent.worstRatio), exact(ratio))).toBe(false);
        expect(R.less(expOf(epsilons.permanentEpsilon), exact(ratio))).toBe(false);
      }
    }
  },
  { numRuns: 4 },
);

test("two stages: twenty reports of one answer tell nearly what the answer tells", () => {
  const { repeated, permanent } = longitudinalGrr({
    categories: 2,
    permanentEpsilon: "2",
    firstEpsilon: "1",
  });
  const all = repeated(20);
  const ratio = R.div(exact(all.probability(0, 0)), exact(all.probability(0, 1)));
  expect(Math.log(R.toNumber(ratio))).toBeGreaterThan(2 - 1e-6);
  expect(R.less(exact(permanent.worstRatio), ratio)).toBe(false);
});

test("two stages: the second is the strongest that 2^b can express", () => {
  for (const [bits, categories] of [
    [8, 2],
    [10, 5],
    [12, 9],
  ] as const) {
    const { permanent, instantaneous } = longitudinalGrr({
      categories,
      permanentEpsilon: "3",
      firstEpsilon: "1",
      bits,
    });
    const [p1, q1] = [exact(permanent.support.p), exact(permanent.support.q)];
    const step = R.q(1, 2 ** bits);
    const within = (p2: R.Q): boolean => {
      const p = R.add(q1, R.mul(R.sub(p1, q1), p2));
      const q = R.div(R.sub(R.q(1), p), R.q(categories - 1));
      return !R.less(expOf("1"), R.div(p, q));
    };
    const p2 = exact(instantaneous.support.p);
    expect(within(p2)).toBe(true);
    expect(within(R.add(p2, step))).toBe(false);
  }
  for (const stage of stages) {
    const bits = 9;
    const mechanism = longitudinalUnary({
      categories: 2,
      permanentEpsilon: "3",
      firstEpsilon: "1",
      instantaneous: stage,
      bits,
    });
    const { permanent, instantaneous } = mechanism;
    const ratio = (q2: R.Q): R.Q => {
      const p2 = stage === "sue" ? R.sub(R.q(1), q2) : R.q(1, 2);
      const of = ({ n, d }: R.Q): R.Q =>
        R.add(R.mul(R.q(n, d), p2), R.mul(R.sub(R.q(1), R.q(n, d)), q2));
      const [p, q] = [of(exact(permanent.support.p)), of(exact(permanent.support.q))];
      return R.div(R.mul(p, R.sub(R.q(1), q)), R.mul(R.sub(R.q(1), p), q));
    };
    const q2 = exact(instantaneous.support.q);
    expect(ratio(q2)).toEqual(exact(mechanism.single.worstRatio));
    expect(R.less(expOf("1"), ratio(q2))).toBe(false);
    expect(R.less(expOf("1"), ratio(R.sub(q2, R.q(1, 2 ** bits))))).toBe(true);
  }
});

test("longitudinal GRR and LOLOHA: over all random words, one report has exactly the composed distribution", () => {
  const epsilons = { permanentEpsilon: "2", firstEpsilon: "0.8" };
  for (const [categories, bits] of [
    [2, 4],
    [3, 3],
  ] as const) {
    const mechanism = longitudinalGrr({ categories, ...epsilons, bits });
    checkSampler({ mechanism: mechanism.single, report: (y) => y }, topWords(bits), 5);
    const whole = mechanism.single.channel();
    for (let x = 0; x < categories; x++) {
      const drawn = enumerateDraws(topWords(bits), 5, (source) => {
        const memo = mechanism.memoize(mechanism.answerOf(x, none), none, source);
        return mechanism.report(memo, source);
      });
      for (let y = 0; y < categories; y++) {
        const truth = exact(whole.probability(y, x));
        const found = drawn.probability.get(String(y)) ?? R.q(0);
        expect(R.less(truth, found)).toBe(false);
        expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
      }
    }
  }
  const small = lolohaOver(3, { categories: 3, ...epsilons, buckets: 2, bits: 2 });
  const report = (y: number) => ({ a: Math.floor(y / 6), b: Math.floor(y / 2) % 3, bucket: y % 2 });
  checkSampler({ mechanism: small.single, report }, topWords(2), 6);
});

test("longitudinal unary: over all random words, one report has exactly the composed distribution", () => {
  for (const instantaneous of stages) {
    const mechanism = longitudinalUnary({
      categories: 2,
      permanentEpsilon: "3",
      firstEpsilon: "0.9",
      instantaneous,
      bits: 3,
    });
    const whole = mechanism.repeated(1);
    for (let x = 0; x < 2; x++) {
      const drawn = enumerateDraws(lowWords(2), 10, (source) => {
        const memo = mechanism.memoize(mechanism.answerOf(x, none), none, source);
        return mechanism.report(memo, source)[0];
      });
      for (let y = 0; y < 4; y++) {
        const truth = exact(whole.probability(y, x));
        const found = drawn.probability.get(String(y)) ?? R.q(0);
        expect(R.less(truth, found)).toBe(false);
        expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
      }
    }
  }
});

test("longitudinal unary: the default has the variance of OUE at the first epsilon, the least of the four", () => {
  const epsilons = { permanentEpsilon: "4", firstEpsilon: "1" };
  const best = longitudinalUnary({ categories: 10, ...epsilons }).single.variance(1, 0);
  expectClose(best, oue({ categories: 10, epsilon: "1" }).variance(1, 0), 1e-6);
  for (const permanent of stages) {
    for (const instantaneous of stages) {
      const other = longitudinalUnary({ categories: 10, ...epsilons, permanent, instantaneous });
      expect(other.single.variance(1, 0)).toBeGreaterThanOrEqual(best * (1 - 1e-6));
    }
  }
});

test("LOLOHA: one report is as accurate as optimized local hashing at the first epsilon", () => {
  for (const firstEpsilon of ["0.4", "1", "2.5"]) {
    const mechanism = lolohaOver(2 ** 31 - 1, {
      categories: 1000,
      permanentEpsilon: "5",
      firstEpsilon,
    });
    const other = olh({ categories: 1000, epsilon: firstEpsilon });
    expect(mechanism.buckets).toBe(other.buckets);
    for (const f of [0, 0.3, 1]) {
      expectClose(mechanism.single.variance(1, f), other.variance(1, f), 1e-5);
    }
  }
});

/** Report number y of dBitFlip, as its channel numbers them. */
const entriesOf = (b: number, d: number, y: number): Uint32Array =>
  Uint32Array.from(
    combinationAt(b, d, Math.floor(y / 2 ** d)).map((v, i) => 2 * v + (Math.floor(y / 2 ** i) % 2)),
  );

property(
  "dBitFlip: spends its whole budget at every d, and is unbiased with the stated variance",
  [
    fc
      .integer({ min: 2, max: 5 })
      .chain((b) => fc.tuple(fc.constant(b), fc.integer({ min: 1, max: b }))),
    fc.integer({ min: 10, max: 8000 }).map((e) => String(e / 1000)),
  ],
  ([b, d], epsilon) => {
    const { single } = dBitFlip({ categories: b, bitsPerPerson: d, epsilon });
    const report = (y: number) => entriesOf(b, d, y);
    checkBudget({ mechanism: single, report } as never);
    checkDistribution({ mechanism: single, report } as never);
    expect(single.exactEpsilon()).toBeGreaterThan(Number(epsilon) * (1 - 1e-6));
    const channel = single.channel();
    for (let x = 0; x < b; x++) {
      const mean = new Float64Array(b);
      const square = new Float64Array(b);
      const support = Array.from({ length: b }, () => R.q(0));
      for (let y = 0; y < channel.outputs; y++) {
        const one = single.aggregator();
        one.add(report(y));
        const weight = exact(channel.probability(y, x));
        one.estimate().frequencies.forEach((f, v) => {
          mean[v] = (mean[v] as number) + f * R.toNumber(weight);
          square[v] = (square[v] as number) + f * f * R.toNumber(weight);
          if (report(y).includes(2 * v + 1)) support[v] = R.add(support[v] as R.Q, weight);
        });
      }
      for (let v = 0; v < b; v++) {
        const truth = v === x ? 1 : 0;
        const scale = 1 + single.variance(1, truth);
        expect(Math.abs((mean[v] as number) - truth)).toBeLessThan(1e-12 * scale);
        expect(Math.abs((square[v] as number) - truth - single.variance(1, truth))).toBeLessThan(
          1e-11 * scale,
        );
        const { p, q } = single.support;
        expect(support[v]).toEqual(exact(v === x ? p : q));
      }
    }
  },
  { numRuns: 12 },
);

test("dBitFlip: over all random words, an answer has exactly its distribution", () => {
  for (const [b, d] of [
    [3, 1],
    [3, 2],
    [2, 2],
  ] as const) {
    const mechanism = dBitFlip({ categories: b, bitsPerPerson: d, epsilon: "1.5", bits: 3 });
    const profile = mechanism.drawProfile(seededRandom("profile"));
    const sample = Array.from({ length: d }, (_, i) => profile[2 * i] as number);
    const whole = mechanism.repeated(1);
    const seen = new Set<number>();
    for (let x = 0; x < b; x++) {
      const answer = mechanism.answerOf(x, profile);
      seen.add(answer);
      const drawn = enumerateDraws(lowWords(3), 6, (source) =>
        [...mechanism.memoize(answer, profile, source)].reduce(
          (number, entry, i) => number + (entry & 1) * 2 ** i,
          0,
        ),
      );
      for (let y = 0; y < 2 ** d; y++) {
        const bits = sample.map((v, i) => ((y >> i) & 1) === (v === x ? 1 : 0));
        const [p, q] = [exact(mechanism.single.support.p), exact(mechanism.single.support.q)];
        const scale = R.q(b, d);
        const truth = bits.reduce(
          (total, same) => R.mul(total, R.mul(scale, same ? p : q)),
          R.q(1),
        );
        expect(exact(whole.probability(y, answer))).toEqual(truth);
        expect(drawn.probability.get(String(y)) ?? R.q(0)).toEqual(truth);
      }
    }
    expect(seen.size).toBe(mechanism.mostAnswers);
    expect(mechanism.mostAnswers).toBe(Math.min(d + 1, b));
  }
});

test("dBitFlip: split, order, merge and bytes make no difference", () => {
  const { single } = dBitFlip({ categories: 5, bitsPerPerson: 2, epsilon: "1" });
  checkMonoid({ mechanism: single, report: (y) => entriesOf(5, 2, y) }, [0, 7, 39, 12, 3, 7], 2);
});

test("columns are drawn like reports, and malformed answers are refused", () => {
  const epsilons = { permanentEpsilon: "3", firstEpsilon: "1" };
  const values = Array.from({ length: 4000 }, (_, i) => i % 4);
  const cases = [
    longitudinalGrr({ categories: 4, ...epsilons }),
    longitudinalUnary({ categories: 4, ...epsilons }),
    loloha5(4, epsilons),
    rappor({ categories: 4, f: "0.2", p: "0.2", q: "0.8" }),
    dBitFlip({ categories: 4, bitsPerPerson: 2, epsilon: "3" }),
  ] as unknown as LongitudinalMechanism[];
  for (const mechanism of cases) {
    const random = seededRandom(`columns ${mechanism.name}`);
    const memos = mechanism.permanent.randomizeBatch(values, random);
    for (const column of [
      mechanism.reportBatch(memos, random),
      mechanism.single.randomizeBatch(values, random),
    ]) {
      const tally = mechanism.single.aggregator();
      tally.addBatch(column);
      const { n, frequencies } = tally.estimate();
      expect(n).toBe(4000);
      const sigma = Math.sqrt(mechanism.single.variance(4000, 0.25));
      for (const f of frequencies) expect(Math.abs(f - 0.25)).toBeLessThan(5 * sigma);
    }
    // Not in place: the answers are kept.
    expect(mechanism.permanent.randomizeBatch(values, seededRandom("same"))).toEqual(
      mechanism.permanent.randomizeBatch(values, seededRandom("same")),
    );
    const kept = mechanism.permanent.randomizeBatch(values, seededRandom("same"));
    mechanism.reportBatch(kept, random);
    expect(kept).toEqual(mechanism.permanent.randomizeBatch(values, seededRandom("same")));
    for (const bad of [
      -1,
      4,
      "x",
      new Uint8Array(9),
      Uint32Array.of(9, 9),
      { a: 9, b: 9, bucket: 9 },
    ]) {
      expectError(() => mechanism.report(bad), "EMRX_MALFORMED_REPORT");
    }
    for (const bad of [Uint8Array.of(200), Uint32Array.of(4_000_000_000)]) {
      expectError(() => mechanism.reportBatch(bad), "EMRX_MALFORMED_REPORT");
    }
    const profile = mechanism.drawProfile(random);
    expectError(() => mechanism.answerOf(4, profile), "EMRX_VALUE_OUTSIDE_DOMAIN");
    expectError(() => mechanism.answerOf(0, new Uint8Array(3)), "EMRX_BAD_PARAMETER");
    expectError(() => mechanism.memoize(5, profile), "EMRX_VALUE_OUTSIDE_DOMAIN");
    expectError(() => mechanism.memoize(0, new Uint8Array(3)), "EMRX_BAD_PARAMETER");
    for (const times of [0, 1.5, 65]) {
      expectError(() => mechanism.repeated(times), "EMRX_BAD_PARAMETER");
    }
    if (mechanism.name !== "d-bit-flip") {
      expectError(() => mechanism.repeated(64), "EMRX_TOO_LARGE");
    }
  }
});

test("budgets and parameters out of range are refused", () => {
  const two = { categories: 4, permanentEpsilon: "1", firstEpsilon: "1" };
  for (const make of [longitudinalGrr, longitudinalUnary, (o: typeof two) => lolohaOver(5, o)]) {
    expect(() => make(two)).toThrow("less than permanentEpsilon");
    expectError(() => make({ ...two, firstEpsilon: "0" }), "EMRX_BAD_EPSILON", "firstEpsilon");
    expect(() => make({ ...two, permanentEpsilon: "x" })).toThrow("permanentEpsilon is");
    expectError(() => make({ ...two, categories: 1, firstEpsilon: "0.5" }), "EMRX_BAD_DOMAIN");
  }
  // Zeros that stay zeros: p = 1/4 and q = q1 / 2 at most.
  const reach = { categories: 4, permanentEpsilon: "1", instantaneous: "oue" } as const;
  const limit = Math.log((2 * Math.E + 1) / 3);
  expectError(
    () => longitudinalUnary({ ...reach, firstEpsilon: (limit + 1e-6).toFixed(9) }),
    "EMRX_BAD_EPSILON",
  );
  const near = longitudinalUnary({ ...reach, firstEpsilon: (limit - 1e-6).toFixed(9) });
  expect(toNumber(near.instantaneous.support.q)).toBeLessThan(1e-5);
  expectError(
    () => longitudinalUnary({ ...reach, firstEpsilon: "0.5", instantaneous: "x" as never }),
    "EMRX_BAD_PARAMETER",
  );
  for (const bitsPerPerson of [0, 5, 1.5]) {
    expectError(
      () => dBitFlip({ categories: 4, bitsPerPerson, epsilon: "1" }),
      "EMRX_BAD_PARAMETER",
    );
  }
  for (const bad of [
    { f: "0" },
    { f: "1.0" },
    { p: "0.9" },
    { q: true as unknown as string },
    { p: "0.00" },
  ]) {
    expectError(
      () => rappor({ categories: 4, f: "0.5", p: "0.5", q: "0.75", ...bad }),
      "EMRX_BAD_PARAMETER",
    );
  }
  expectError(
    () => rappor({ categories: 4, f: "0.0000000000001", p: "0.5", q: "0.75" }),
    "EMRX_BAD_EPSILON",
  );
});
