import { sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect } from "vitest";
import { attainment, efficiency, frequencyVariance } from "../../src/index.js";
import { channelByName } from "../oracle/mechanisms.js";

interface Row {
  readonly eps: string;
  readonly d: number;
  readonly mechanism: string;
  readonly eff_uniform: number;
  readonly eff_f01: number;
  readonly TV_contraction: number;
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
        const variance = frequencyVariance({ ...row, n, frequency: 0.1, target: "cohort" });
        expect(attainment({ variance, tolerance: 0.02 })).toBeCloseTo(expected, 12);
      }
    }
  });
});
