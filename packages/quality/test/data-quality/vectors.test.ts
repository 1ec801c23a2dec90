import { sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect } from "vitest";
import { attainment, efficiency, information, poolGroups } from "../../src/data-quality.js";
import { frequencyVariance } from "../../src/frequencies.js";
import { channelByName } from "../oracle/mechanisms.js";

interface Row {
  readonly eps: string;
  readonly d: number;
  readonly mechanism: string;
  readonly eff_uniform: number;
  readonly eff_f01: number;
  readonly MI_nats_uniform: number;
  readonly MI_over_entropy: number;
  readonly attain_t002_n1000: number;
  readonly attain_t002_n100000: number;
}
const file = "theory/vectors.json";
const rows = () =>
  (sharedJson(file) as { error_and_quality: { quality: Row[] } }).error_and_quality.quality.map(
    (row) => ({ ...row, ...channelByName(row.mechanism, Number(row.eps), row.d) }),
  );

describe("quality measures equal independently computed values to 1e-12", () => {
  testWithShared(file, "efficiency, at the uniform frequency and at 0.1", () => {
    for (const { p, q, d, eff_uniform, eff_f01 } of rows()) {
      expect(efficiency({ p, q, categories: d }) / eff_uniform).toBeCloseTo(1, 12);
      expect(efficiency({ p, q, frequency: 0.1 }) / eff_f01).toBeCloseTo(1, 12);
    }
  });

  testWithShared(file, "attainment of 0.02 by a thousand and by a hundred thousand reports", () => {
    for (const row of rows()) {
      for (const [n, expected] of [
        [1000, row.attain_t002_n1000],
        [100_000, row.attain_t002_n100000],
      ] as const) {
        const variance = frequencyVariance({
          p: row.p,
          q: row.q,
          n,
          frequency: 0.1,
          target: "cohort",
        });
        expect(attainment({ variance, tolerance: 0.02 })).toBeCloseTo(expected, 12);
      }
    }
  });

  testWithShared(file, "information", () => {
    for (const { p, q, d, mechanism, ...expected } of rows()) {
      const form = mechanism === "GRR" ? "value" : "bits";
      const { nats, share } = information({ p, q, categories: d, form });
      expect(nats).toBeCloseTo(expected.MI_nats_uniform, 11);
      expect(share).toBeCloseTo(expected.MI_over_entropy, 11);
    }
  });

  testWithShared(file, "pooling of groups with different levels", () => {
    const { leveled } = sharedJson(file) as {
      leveled: {
        weighted_combination: {
          mechanism: string;
          d: number;
          groups: string[];
          f: number;
          weights_opt: number[];
          var_opt: number;
          var_naive_n_weighted: number;
        }[];
      };
    };
    expect(leveled.weighted_combination.length).toBeGreaterThan(10);
    for (const row of leveled.weighted_combination) {
      const groups = row.groups.map((text) => {
        const [, eps, n] = /eps=([\d.]+) n=(\d+)/.exec(text) as unknown as string[];
        return { ...channelByName(row.mechanism, Number(eps), row.d), n: Number(n) };
      });
      const options = { groups, frequency: row.f, spread: 1, target: "cohort" as const };
      const pooled = poolGroups(options);
      row.weights_opt.forEach((weight, g) => {
        expect(pooled.weights[g]).toBeCloseTo(weight, 11);
      });
      expect(pooled.variance / row.var_opt).toBeCloseTo(1, 11);
      const proportional = poolGroups({ ...options, weighting: "proportional" });
      expect(proportional.variance / row.var_naive_n_weighted).toBeCloseTo(1, 11);
    }
  });
});
