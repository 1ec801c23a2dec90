import {
  enumerateDraws,
  fc,
  property,
  rational as R,
  sharedJson,
  testWithShared,
} from "@emrx/testkit";
import { expect, test } from "vitest";
import { toNumber } from "../../../src/exact.js";
import { exactAudit, seededRandom } from "../../../src/index.js";
import {
  type LinearOracle,
  truncatedGeometric,
  utilityRandomizedResponse,
} from "../../../src/mechanisms.js";
import { expectError } from "../../expect-error.js";
import { checkMonoid, exact, expectClose, expOf, topWords } from "../laws.js";

const epsilons = fc
  .integer({ min: 10, max: 8000 })
  .map((thousandths) => String(thousandths / 1000));
const scales = fc.integer({ min: 2, max: 8 });
const parts = fc
  .integer({ min: 2, max: 7 })
  .chain((d) =>
    fc.tuple(fc.constant(d), fc.subarray([...Array(d).keys()], { minLength: 1, maxLength: d - 1 })),
  );

/** Laws 2 and 3, and rows that sum to 1: from single reports, whose estimate is their score. */
function checkLinear(mechanism: LinearOracle): void {
  const d = mechanism.categories;
  const channel = mechanism.channel();
  const scores = Array.from({ length: d }, (_, y) => {
    const counts = new Float64Array(d);
    counts[y] = 1;
    return mechanism.estimate(counts, 1).frequencies;
  });
  for (let x = 0; x < d; x++) {
    const row = Array.from({ length: d }, (_, y) => exact(channel.probability(y, x)));
    expect(R.sum(row)).toEqual(R.q(1));
    const certain = Float64Array.from({ length: d }, (_, v) => (v === x ? 1 : 0));
    const variances = mechanism.variances(1, certain);
    for (let v = 0; v < d; v++) {
      let [mean, square, size] = [0, 0, 0];
      row.forEach((p, y) => {
        const score = scores[y]?.[v] ?? 0;
        mean += R.toNumber(p) * score;
        square += R.toNumber(p) * score * score;
        size += Math.abs(R.toNumber(p) * score);
      });
      // The scores are exact fractions in the code; here they are doubles, so the identity holds to their precision.
      expect(Math.abs(mean - (v === x ? 1 : 0))).toBeLessThan(1e-12 * (1 + size));
      const truth = square - (v === x ? 1 : 0);
      expect(Math.abs((variances[v] as number) - truth)).toBeLessThan(1e-11 * (1 + square));
    }
  }
}

property(
  "truncated geometric: neighbours differ by at most e^eps, k steps by at most e^(k eps), and exactly by the step ratio",
  [scales, epsilons],
  (categories, epsilonPerStep) => {
    const mechanism = truncatedGeometric({ categories, epsilonPerStep });
    const channel = mechanism.channel();
    const step = exact(mechanism.stepRatio);
    expect(R.less(expOf(epsilonPerStep), step)).toBe(false);
    expect(Math.log(toNumber(mechanism.stepRatio))).toBeGreaterThan(
      Number(epsilonPerStep) * (1 - 1.1e-6),
    );
    for (let y = 0; y < categories; y++) {
      for (let x = 0; x + 1 < categories; x++) {
        const [a, b] = [exact(channel.probability(y, x)), exact(channel.probability(y, x + 1))];
        const ratio = y <= x ? R.div(a, b) : R.div(b, a);
        expect(ratio).toEqual(step);
      }
    }
    const all = exactAudit(channel);
    expectClose(all.epsilon, (categories - 1) * Math.log(toNumber(mechanism.stepRatio)), 1e-9);
    expect(mechanism.exactEpsilon()).toBe(all.epsilon);
    checkLinear(mechanism);
  },
  { numRuns: 20 },
);

property(
  "uRR: a report of a sensitive category is at most e^eps times likelier under one value than another",
  [parts, epsilons],
  ([categories, sensitive], epsilon) => {
    const mechanism = utilityRandomizedResponse({ categories, sensitive, epsilon });
    const channel = mechanism.channel();
    let worst = R.q(1);
    for (let y = 0; y < categories; y++) {
      const row = Array.from({ length: categories }, (_, x) => exact(channel.probability(y, x)));
      if (!sensitive.includes(y)) {
        // A non-sensitive category is reported by nobody else.
        expect(row.filter((p) => p.n > 0n).length).toBe(1);
        expect((row[y] as R.Q).n > 0n).toBe(true);
        continue;
      }
      for (const a of row) {
        for (const b of row) if (R.less(worst, R.div(a, b))) worst = R.div(a, b);
      }
    }
    expect(R.less(expOf(epsilon), worst)).toBe(false);
    expect(worst).toEqual(exact(mechanism.sensitiveRatio));
    expect(exactAudit(channel).epsilon).toBe(Number.POSITIVE_INFINITY);
    checkLinear(mechanism);
  },
  { numRuns: 25 },
);

test("uRR: the probabilities are those of the paper, c1 = E/Z, c2 = 1/Z, itself (E-1)/Z, Z = s + E - 1", () => {
  const mechanism = utilityRandomizedResponse({
    categories: 6,
    sensitive: [1, 2, 5],
    epsilon: "1",
    bits: 64,
  });
  const channel = mechanism.channel();
  const E = Math.E;
  const Z = 3 + E - 1;
  expectClose(toNumber(channel.probability(1, 1)), E / Z);
  expectClose(toNumber(channel.probability(1, 2)), 1 / Z);
  expectClose(toNumber(channel.probability(1, 0)), 1 / Z);
  expectClose(toNumber(channel.probability(0, 0)), (E - 1) / Z);
});

test("uRR and truncated geometric: over all random words, each report has exactly its probability", () => {
  const check = (mechanism: LinearOracle, words: readonly number[], most: number): void => {
    const channel = mechanism.channel();
    for (let x = 0; x < channel.inputs; x++) {
      const drawn = enumerateDraws(words, most, (source) => mechanism.randomize(x, source));
      for (let y = 0; y < channel.outputs; y++) {
        const truth = exact(channel.probability(y, x));
        const found = drawn.probability.get(String(y)) ?? R.q(0);
        expect(R.less(truth, found)).toBe(false);
        expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
      }
    }
  };
  check(
    utilityRandomizedResponse({ categories: 4, sensitive: [0, 3], epsilon: "1", bits: 4 }),
    topWords(4),
    4,
  );
  check(
    utilityRandomizedResponse({ categories: 3, sensitive: [1], epsilon: "1", bits: 5 }),
    topWords(5),
    3,
  );
  // a = 1/2, m = 3: probabilities are multiples of 1/12, so the middles of 12 parts stand for all words.
  const twelfths = Array.from({ length: 12 }, (_, i) => Math.floor(((i + 0.5) / 12) * 2 ** 32));
  check(truncatedGeometric({ categories: 3, epsilonPerStep: "0.7", bits: 1 }), twelfths, 1);
});

test("uRR and truncated geometric: states merge and reports round-trip like any other; seeds are for ever", () => {
  for (const mechanism of [
    utilityRandomizedResponse({ categories: 5, sensitive: [0, 3], epsilon: "1" }),
    truncatedGeometric({ categories: 5, epsilonPerStep: "0.5" }),
  ]) {
    checkMonoid({ mechanism: mechanism as never, report: (y: number) => y }, [0, 4, 2, 2, 1], 2);
    const values = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4];
    const column = [...mechanism.randomizeBatch(values, seededRandom("golden"))];
    expect([mechanism.name, ...column]).toMatchSnapshot();
  }
});

test("uRR: a sensitive part that is empty, whole, repeated or outside is refused", () => {
  for (const sensitive of [[], [0, 1, 2], [0, 0], [3], [0.5]]) {
    expectError(
      () => utilityRandomizedResponse({ categories: 3, sensitive, epsilon: "1" }),
      "EMRX_BAD_PARAMETER",
      "sensitive",
    );
  }
});

const path = "theory/vectors.json";
testWithShared(
  path,
  "truncated geometric: the worst variance of a frequency equals the reference to 1e-9",
  () => {
    // biome-ignore lint/suspicious/noExplicitAny: foreign JSON
    for (const row of (sharedJson(path) as any).numeric.truncated_geometric) {
      if (row.mode !== "eps per unit step") continue;
      const mechanism = truncatedGeometric({
        categories: row.m,
        epsilonPerStep: row.eps,
        bits: 64,
      });
      expectClose(1 / toNumber(mechanism.stepRatio), row.alpha);
      let worst = 0;
      for (let x = 0; x < row.m; x++) {
        const certain = Float64Array.from({ length: row.m }, (_, v) => (v === x ? 1 : 0));
        worst = Math.max(worst, ...mechanism.variances(1, certain));
      }
      expectClose(worst, row.worst_freq_var, 1e-9);
    }
  },
);
