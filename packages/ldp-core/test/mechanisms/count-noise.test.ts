import { seededRandom } from "@emrx/ldp-core";
import { countNoise } from "@emrx/ldp-core/mechanisms";
import { describe, expect, test } from "vitest";

const cases = [
  ["0.25", "0.000001"],
  ["1", "0.000001"],
  ["2", "0.01"],
  ["8", "0.5"],
] as const;

describe.each(cases)("noise of a count, epsilon %s, delta %s", (epsilon, delta) => {
  const { shift, weights, draw } = countNoise({ epsilon, delta });
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  // e^epsilon from above and below, as ratios of whole numbers.
  const bound = BigInt(Math.ceil(Math.exp(Number(epsilon)) * 1e9) + 10);

  test("two counts that differ by 1 are told apart by epsilon at most, but for delta at the ends", () => {
    // Inside, x under a count n is x + 1 under n + 1; the ends hold what was clipped.
    for (let x = 1; x + 1 < weights.length - 1; x++) {
      const [here, next] = [weights[x] as bigint, weights[x + 1] as bigint];
      expect(here * 1_000_000_000n <= next * bound).toBe(true);
      expect(next * 1_000_000_000n <= here * bound).toBe(true);
    }
    const ends = Number(((weights[0] as bigint) * 10n ** 15n) / total) / 1e15;
    expect(ends).toBeLessThanOrEqual(Number(delta));
  });

  test("it is symmetric about the shift, and no smaller shift would do", () => {
    expect(weights.length).toBe(2 * shift + 1);
    expect([...weights].reverse()).toEqual(weights);
    const a = Math.exp(-Number(epsilon));
    if (shift > 0) expect(a ** (shift - 1) / (1 + a)).toBeGreaterThan(Number(delta));
  });

  test("draws have the probabilities of the weights", () => {
    const random = seededRandom(`noise ${epsilon}`);
    const draws = 20_000;
    const counts = new Map<number, number>();
    for (let i = 0; i < draws; i++) {
      const x = draw(random);
      counts.set(x, (counts.get(x) ?? 0) + 1);
    }
    for (const [x, weight] of weights.entries()) {
      const p = Number((weight * 10n ** 15n) / total) / 1e15;
      const deviation = Math.sqrt(draws * p * (1 - p));
      expect(Math.abs((counts.get(x) ?? 0) - draws * p)).toBeLessThanOrEqual(5 * deviation + 1);
    }
  });
});

test("what is no epsilon or delta is refused", () => {
  for (const delta of ["0", "1", "2", "x"])
    expect(() => countNoise({ epsilon: "1", delta })).toThrow();
  for (const epsilon of ["0", "0.001", "-1", "33"])
    expect(() => countNoise({ epsilon, delta: "0.1" })).toThrow();
});
