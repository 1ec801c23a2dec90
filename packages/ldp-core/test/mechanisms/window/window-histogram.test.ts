import { fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { windowHistogram, windowMechanism, windowQuantile } from "../../../src/mechanisms.js";
import { expectError } from "../../expect-error.js";
import { exact } from "../laws.js";

const shapes = fc
  .integer({ min: 2, max: 12 })
  .chain((cells) => fc.tuple(fc.constant(cells), fc.integer({ min: 1, max: cells - 1 })));

property(
  "window histogram: from the expected reports of any distribution, the inverse gives that distribution back",
  [
    shapes,
    fc.boolean(),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 13, maxLength: 13 }),
  ],
  ([cells, window], missing, weights) => {
    const mechanism = windowMechanism({ range: [0, 1], epsilon: "2", cells, window, missing });
    const channel = mechanism.channel();
    const used = weights.slice(0, channel.inputs).map((weight, i) => weight + (i === 0 ? 1 : 0));
    const total = used.reduce((a, b) => a + b, 0);
    const counts = Array.from({ length: channel.outputs }, (_, y) =>
      used.reduce(
        (sum, weight, x) => sum + 1e6 * weight * R.toNumber(exact(channel.probability(y, x))),
        0,
      ),
    );
    const steps = cells - window;
    const inverse = windowHistogram(mechanism, counts, "inverse");
    const likely = windowHistogram(mechanism, counts);
    expect(inverse.positions.length).toBe(steps + 1);
    for (let s = 0; s <= steps; s++) {
      expect(inverse.shares[s]).toBeCloseTo((used[s] as number) / total, 9);
      expect(likely.shares[s]).toBeGreaterThanOrEqual(0);
    }
    if (missing) expect(inverse.missing).toBeCloseTo((used[steps + 1] as number) / total, 9);
    const sum = likely.shares.reduce((a, b) => a + b, likely.missing ?? 0);
    expect(sum).toBeCloseTo(1, 9);
    // The likelihood of its estimate is not below that of the truth, which is a maximum here.
    const expected = (shares: readonly number[]): number =>
      counts.reduce((value, count, y) => {
        const p = shares.reduce(
          (s, share, x) => s + share * R.toNumber(exact(channel.probability(y, x))),
          0,
        );
        return value + count * Math.log(p);
      }, 0);
    const found = expected([
      ...likely.shares,
      ...(likely.missing === undefined ? [] : [likely.missing]),
    ]);
    const truth = expected(used.map((weight) => weight / total));
    expect(found).toBeGreaterThan(truth - 1e-6 * Math.abs(truth));
  },
  { numRuns: 20 },
);

test("window quantiles: of a uniform histogram they are the levels; of a point, its neighbourhood", () => {
  const positions = Float64Array.of(0, 1, 2, 3, 4);
  const uniform = { positions, shares: Float64Array.of(0.125, 0.25, 0.25, 0.25, 0.125) };
  for (const level of [0, 0.1, 0.25, 0.5, 0.9, 1]) {
    expect(windowQuantile(uniform, level)).toBeCloseTo(4 * level, 12);
  }
  const point = { positions, shares: Float64Array.of(0, 0, 1, 0, 0) };
  expect(windowQuantile(point, 0.5)).toBe(2);
  const noisy = { positions, shares: Float64Array.of(0.5, -0.2, 0.3, 0.5, -0.1) };
  let last = 0;
  for (let level = 0; level <= 1; level += 0.05) {
    const value = windowQuantile(noisy, level);
    expect(value).toBeGreaterThanOrEqual(last);
    last = value;
  }
  for (const level of [-0.1, 1.1, Number.NaN]) {
    expectError(() => windowQuantile(point, level), "EMRX_BAD_PARAMETER");
  }
});

test("window histogram: counts of another shape, or none, are refused", () => {
  const mechanism = windowMechanism({ range: [0, 1], epsilon: "2", cells: 4, window: 2 });
  expectError(() => windowHistogram(mechanism, [1, 2, 3]), "EMRX_MISMATCH");
  expectError(() => windowHistogram(mechanism, [0, 0, 0, 0]), "EMRX_NO_REPORTS");
});

test("window histogram: positions lie evenly over the range; missing is there only where it can be reported", () => {
  const shape = { range: [10, 70], epsilon: "2", cells: 5, window: 2 } as const;
  for (const method of ["inverse", "likelihood"] as const) {
    const plain = windowHistogram(windowMechanism(shape), [5, 1, 9, 2, 7], method);
    expect([...plain.positions]).toEqual([10, 30, 50, 70]);
    expect(Object.keys(plain)).toEqual(["positions", "shares"]);
    expect(plain.shares).toHaveLength(4);
    const tolerant = windowMechanism({ ...shape, missing: true });
    const { missing, shares } = windowHistogram(tolerant, [5, 1, 9, 2, 7, 3, 3], method);
    expect(missing).toBeTypeOf("number");
    if (method === "likelihood")
      expect(shares.reduce((a, b) => a + b, missing as number)).toBeCloseTo(1, 6);
  }
});

test("window histogram: noisy counts give the likelihood no negative share, and the unbiased inverse some", () => {
  const mechanism = windowMechanism({ range: [0, 1], epsilon: "1", cells: 4, window: 1 });
  const noisy = [100, 0, 0, 0];
  expect(Math.min(...windowHistogram(mechanism, noisy, "inverse").shares)).toBeLessThan(-0.1);
  expect(Math.min(...windowHistogram(mechanism, noisy).shares)).toBeGreaterThanOrEqual(0);
  // Everybody at the first position explains such counts best.
  expect(windowHistogram(mechanism, noisy).shares[0]).toBeCloseTo(1, 3);
});

test("window quantiles: shares count relative to their sum, positions may begin anywhere", () => {
  const positions = Float64Array.of(10, 12, 14, 16, 18);
  const uniform = { positions, shares: Float64Array.of(0.5, 1, 1, 1, 0.5) };
  for (const level of [0, 0.1, 0.25, 0.5, 0.9, 1])
    expect(windowQuantile(uniform, level)).toBeCloseTo(10 + 8 * level, 12);
  // Shares that fall in sum: the running maximum stands until it is passed.
  const falling = { positions, shares: Float64Array.of(0.5, -0.25, 0.25, 0.5, 0) };
  expect(windowQuantile(falling, 0.5)).toBeCloseTo(11, 12);
  expect(windowQuantile(falling, 0.75)).toBeCloseTo(16, 12);
});
