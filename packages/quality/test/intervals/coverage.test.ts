import { sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect } from "vitest";
import { frequencyEstimate, frequencyVariance } from "../../src/frequencies.js";
import {
  binomialInterval,
  clopperPearsonInterval,
  hoeffdingHalfWidth,
  type Interval,
  normalInterval,
  wilsonInterval,
} from "../../src/intervals.js";
import { cohortLaw, populationLaw } from "../oracle/binomial.js";
import { channelByName } from "../oracle/mechanisms.js";

interface Row {
  readonly mechanism: string;
  readonly d: number;
  readonly eps: number;
  readonly n: number;
  readonly f: number;
  readonly [method: string]: number | string;
}
const file = "theory/vectors.json";
const rows = (): Row[] =>
  (sharedJson(file) as { error_and_quality: { exact_coverage: Row[] } }).error_and_quality
    .exact_coverage;

/** The probability that the interval of the count holds f. */
function coverage(law: Float64Array, f: number, interval: (count: number) => Interval): number {
  let covered = 0;
  law.forEach((probability, count) => {
    if (probability < 1e-18) return;
    const { lower, upper } = interval(count);
    if (lower <= f && f <= upper) covered += probability;
  });
  return covered;
}

function checkMethod(
  method: string,
  intervalOf: (row: Row, count: number, p: number, q: number) => Interval,
): void {
  for (const row of rows()) {
    const { p, q } = channelByName(row.mechanism, row.eps, row.d);
    const interval = (count: number) => intervalOf(row, count, p, q);
    const where = `${method} ${row.mechanism} d=${row.d} n=${row.n} f=${row.f}`;
    const population = coverage(populationLaw(row.n, row.f, p, q), row.f, interval);
    expect(population, where).toBeCloseTo(row[`${method}_iid`] as number, 10);
    const cohort = coverage(cohortLaw(row.n, row.f, p, q), row.f, interval);
    expect(cohort, where).toBeCloseTo(row[`${method}_fixed`] as number, 10);
  }
}

describe("coverage, by enumerating every count, is what was computed independently", () => {
  testWithShared(file, "Clopper-Pearson, before it is clipped; clipped it covers no less", () => {
    const unclipped = (interval: Interval, p: number, q: number) => ({
      lower: (interval.lower - q) / (p - q),
      upper: (interval.upper - q) / (p - q),
    });
    checkMethod("clopper_pearson", ({ n }, count, p, q) =>
      unclipped(binomialInterval({ count, n }), p, q),
    );
    for (const { mechanism, eps, d, n, f, clopper_pearson_fixed } of rows()) {
      const { p, q } = channelByName(mechanism, eps, d);
      const clipped = (count: number) => clopperPearsonInterval({ count, n, p, q });
      const covered = coverage(cohortLaw(n, f, p, q), f, clipped);
      expect(covered).toBeGreaterThanOrEqual((clopper_pearson_fixed as number) - 1e-12);
    }
  });

  testWithShared(file, "normal with the estimate plugged in, cohort variance", () => {
    checkMethod("normal_plugin", ({ n }, count, p, q) => {
      const estimate = frequencyEstimate({ count, n, p, q });
      const frequency = Math.min(1, Math.max(0, estimate));
      return normalInterval({
        estimate,
        variance: frequencyVariance({ p, q, n, frequency, target: "cohort" }),
      });
    });
  });

  testWithShared(file, "Hoeffding", () => {
    checkMethod("hoeffding", ({ n }, count, p, q) => {
      const estimate = frequencyEstimate({ count, n, p, q });
      const half = hoeffdingHalfWidth({ n, p, q });
      return { lower: estimate - half, upper: estimate + half };
    });
  });

  testWithShared(file, "Wilson, before it is clipped", () => {
    // Clipping can only add coverage at f = 0; a channel without noise (p = 1, q = 0) leaves the interval as it is.
    checkMethod("wilson", ({ n }, count, p, q) => {
      const { lower, upper } = wilsonInterval({ count, n, p: 1, q: 0 });
      return { lower: (lower - q) / (p - q), upper: (upper - q) / (p - q) };
    });
  });
});
