import { fc, property, rational, sharedJson, testWithShared } from "@emrx/testkit";
import { expect } from "vitest";
import { groupWeights, samplingVariance } from "../../src/aggregation/weights.js";
import { grr } from "../../src/index.js";
import { oue } from "../../src/mechanisms.js";

interface WeightedEntry {
  readonly mechanism: "GRR" | "OUE";
  readonly d: number;
  readonly groups: readonly string[];
  readonly f: number;
  readonly per_report_var: readonly number[];
  readonly weights_opt: readonly number[];
  readonly var_opt: number;
  readonly weights_f0: readonly number[];
  readonly var_with_f0_weights: number;
  readonly var_naive_n_weighted: number;
}

testWithShared(
  "theory/vectors.json",
  "weights and combined variances equal the 18 reference entries to 1e-9",
  () => {
    const vectors = sharedJson("theory/vectors.json") as {
      leveled: { weighted_combination: readonly WeightedEntry[] };
    };
    const entries = vectors.leveled.weighted_combination;
    expect(entries).toHaveLength(18);
    for (const entry of entries) {
      const groups = entry.groups.map((text) => {
        const [, epsilon = "", n = ""] = /^eps=(\S+) n=(\d+)$/.exec(text) ?? [];
        const options = { categories: entry.d, epsilon, bits: 64 };
        return { n: Number(n), mechanism: entry.mechanism === "GRR" ? grr(options) : oue(options) };
      });
      const variances = groups.map(({ mechanism }) => mechanism.variance(1, entry.f));
      const combined = (weights: readonly number[]) =>
        weights.reduce(
          (sum, w, g) => sum + (w ** 2 * (variances[g] as number)) / (groups[g]?.n as number),
          0,
        );
      const close = (value: number, expected: number) =>
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
      const sizes = (f: number) =>
        groups.map(({ n, mechanism }) => ({ n, variance: mechanism.variance(1, f) }));

      const best = groupWeights(sizes(entry.f), "inverse-variance");
      const atZero = groupWeights(sizes(0), "inverse-variance");
      for (const g of groups.keys()) {
        close(variances[g] as number, entry.per_report_var[g] as number);
        close(best[g] as number, entry.weights_opt[g] as number);
        close(atZero[g] as number, entry.weights_f0[g] as number);
      }
      close(combined(best), entry.var_opt);
      close(combined(atZero), entry.var_with_f0_weights);
      close(combined(groupWeights(sizes(0), "proportional")), entry.var_naive_n_weighted);
    }
  },
);

const groups = fc.array(
  fc.record({
    n: fc.integer({ min: 1, max: 1000 }),
    variance: fc.double({ min: 0.01, max: 100, noNaN: true }),
  }),
  { minLength: 1, maxLength: 5 },
);

property(
  "weights sum to 1, and moving any of them away from inverse variance only adds variance",
  [groups, fc.nat(4), fc.nat(4), fc.double({ min: -0.5, max: 0.5, noNaN: true })],
  (sizes, from, to, shift) => {
    const total = (weights: readonly number[]) =>
      weights.reduce(
        (sum, w, g) => sum + (w ** 2 * (sizes[g]?.variance as number)) / (sizes[g]?.n as number),
        0,
      );
    for (const rule of ["inverse-variance", "proportional"] as const)
      expect(groupWeights(sizes, rule).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const best = groupWeights(sizes, "inverse-variance");
    const moved = [...best];
    moved[from % sizes.length] = (moved[from % sizes.length] as number) - shift;
    moved[to % sizes.length] = (moved[to % sizes.length] as number) + shift;
    expect(total(moved)).toBeGreaterThanOrEqual(total(best) * (1 - 1e-12));
  },
);

property(
  "the sampling term is the exact variance over all ways to draw the groups from the cohort",
  [
    fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 6 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 0, max: 2 }),
    fc.integer({ min: 0, max: 4 }),
  ],
  (values, n1, n2, weight) => {
    const N = values.length;
    fc.pre(n1 + n2 <= N);
    const w1 = n2 === 0 ? rational.q(1) : rational.q(weight, 4);
    const w2 = rational.sub(rational.q(1), w1);
    const mean = (people: readonly number[]) =>
      people.length === 0
        ? rational.q(0)
        : rational.q(
            people.reduce((sum, i) => sum + (values[i] as number), 0),
            people.length,
          );
    const results: rational.Q[] = [];
    for (const first of subsets(N, n1))
      for (const second of subsets(N, n2))
        if (!second.some((i) => first.includes(i)))
          results.push(rational.add(rational.mul(w1, mean(first)), rational.mul(w2, mean(second))));
    const square = (x: rational.Q) => rational.mul(x, x);
    const average = (list: readonly rational.Q[]) =>
      rational.div(rational.sum(list), rational.q(list.length));
    const center = average(results);
    const exact = average(results.map((x) => square(rational.sub(x, center))));
    const all = mean([...values.keys()]);
    const S2 = rational.div(
      rational.sum(values.map((x) => square(rational.sub(rational.q(x), all)))),
      rational.q(N - 1),
    );
    const parts = [
      { n: n1, weight: rational.toNumber(w1) },
      ...(n2 === 0 ? [] : [{ n: n2, weight: rational.toNumber(w2) }]),
    ];
    expect(samplingVariance(rational.toNumber(S2), parts, N)).toBeCloseTo(
      rational.toNumber(exact),
      10,
    );
  },
);

/** All subsets of 0..size-1 with `count` members. */
function subsets(size: number, count: number): number[][] {
  if (count === 0) return [[]];
  if (size < count) return [];
  return [
    ...subsets(size - 1, count),
    ...subsets(size - 1, count - 1).map((rest) => [...rest, size - 1]),
  ];
}
