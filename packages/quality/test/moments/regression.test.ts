import { describe, expect, test } from "vitest";
import { correlation, covariance, linearRegression } from "../../src/moments.js";
import { gaussian, uniforms } from "../oracle/records.js";

/** Records y = 1 + 2 a - b + error, with noise added to every score. */
function records(n: number, noise: number, seed: number) {
  const next = uniforms(seed);
  const a = new Float64Array(n);
  const b = new Float64Array(n);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const first = gaussian(next);
    const second = 0.6 * first + 0.8 * gaussian(next);
    a[i] = first + noise * gaussian(next);
    b[i] = second + noise * gaussian(next);
    y[i] = 1 + 2 * first - second + 0.5 * gaussian(next) + noise * gaussian(next);
  }
  return { a, b, y };
}

describe("covariance and correlation", () => {
  test("without noise are the textbook's", () => {
    const x = [2, 4, 4, 5, 9];
    const y = [1, 3, 2, 6, 7];
    const mean = (values: readonly number[]) => values.reduce((s, v) => s + v, 0) / values.length;
    const cov = x.reduce((s, v, i) => s + (v - mean(x)) * ((y[i] as number) - mean(y)), 0) / 4;
    const sd = (values: readonly number[]) =>
      Math.sqrt(values.reduce((s, v) => s + (v - mean(values)) ** 2, 0) / 4);
    expect(covariance({ x, y }).estimate).toBeCloseTo(cov, 12);
    expect(correlation({ x, y, noiseX: 0, noiseY: 0 }).estimate).toBeCloseTo(
      cov / (sd(x) * sd(y)),
      12,
    );
  });

  test("state the spread of their influence, by differentiating numerically in every record's weight", () => {
    const { a, b } = records(400, 0.8, 77);
    const noise = 0.64;
    const weighted = (weights: readonly number[], x: Float64Array, y: Float64Array) => {
      const total = weights.reduce((sum, w) => sum + w, 0);
      const mean = (of: (i: number) => number) =>
        weights.reduce((sum, w, i) => sum + w * of(i), 0) / total;
      const [mx, my] = [mean((i) => x[i] as number), mean((i) => y[i] as number)];
      return mean((i) => ((x[i] as number) - mx) * ((y[i] as number) - my));
    };
    const measures = {
      covariance: (w: readonly number[]) => weighted(w, a, b),
      correlation: (w: readonly number[]) =>
        weighted(w, a, b) / Math.sqrt((weighted(w, a, a) - noise) * (weighted(w, b, b) - noise)),
    };
    const ones = Array.from({ length: 400 }, () => 1);
    const variance = (of: (w: readonly number[]) => number) =>
      ones.reduce((sum, _, i) => {
        const moved = (h: number) => of(ones.map((w, j) => (i === j ? w + h : w)));
        return sum + ((moved(1e-4) - moved(-1e-4)) / 2e-4) ** 2;
      }, 0);
    const close = (found: number, expected: number) =>
      expect(Math.abs(found / expected - 1)).toBeLessThan(0.01);
    close(covariance({ x: a, y: b }).variance, variance(measures.covariance));
    close(
      correlation({ x: a, y: b, noiseX: noise, noiseY: noise }).variance,
      variance(measures.correlation),
    );
    // By hand: products of the centred scores -1, 0, 1 and -2, 1, 1 are 2, 0, 1.
    expect(covariance({ x: [1, 2, 3], y: [0, 3, 3] }).estimate).toBe(1.5);
  });

  test("of noisy scores are centred on the truth with the spread they state", () => {
    const trials = 300;
    const estimates = Array.from({ length: trials }, (_, seed) => {
      const { a, b } = records(2000, 1, seed);
      return {
        rho: correlation({ x: a, y: b, noiseX: 1, noiseY: 1 }),
        cov: covariance({ x: a, y: b }),
      };
    });
    for (const pick of ["rho", "cov"] as const) {
      // Correlation and covariance of the values are both 0.6.
      const scores = estimates.map((e) => (e[pick].estimate - 0.6) / Math.sqrt(e[pick].variance));
      const mean = scores.reduce((s, v) => s + v, 0) / trials;
      const square = scores.reduce((s, v) => s + v * v, 0) / trials;
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(trials) + 0.05);
      expect(square).toBeGreaterThan(0.7);
      expect(square).toBeLessThan(1.35);
    }
    // Uncorrected, the correlation would be halved.
    const { a, b } = records(20_000, 1, 1);
    expect(correlation({ x: a, y: b, noiseX: 0, noiseY: 0 }).estimate).toBeLessThan(0.35);
  });

  test("are refused where noise exceeds the whole variance, or records do not pair", () => {
    expect(() => correlation({ x: [1, 2, 3], y: [1, 2, 4], noiseX: 5, noiseY: 0 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_SINGULAR" }),
    );
    expect(() => correlation({ x: [1, 2, 3], y: [1, 2, 4], noiseX: 0, noiseY: 5 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_SINGULAR" }),
    );
    for (const [x, y] of [
      [
        [1, 1, 1],
        [1, 2, 4],
      ],
      [
        [1, 2, 4],
        [1, 1, 1],
      ],
    ] as const)
      expect(() => correlation({ x, y, noiseX: 0, noiseY: 0 })).toThrow(
        expect.objectContaining({ code: "EMRX_QUALITY_SINGULAR" }),
      );
    expect(() => covariance({ x: [1, 2], y: [1] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => covariance({ x: [1], y: [1] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => covariance({ x: [1, Number.NaN], y: [1, 2] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
  });
});

describe("regression", () => {
  test("without noise solves the normal equations", () => {
    const { coefficients } = linearRegression({
      predictors: [
        [1, 2, 3, 4, 5],
        [2, 1, 4, 3, 6],
      ],
      response: [4, 7, 8, 11, 12],
      noise: [0, 0],
    });
    // y = 1 + 3a - b solves it exactly but for the residual; check that residuals are orthogonal to every predictor.
    const rows = [
      [1, 1, 2],
      [1, 2, 1],
      [1, 3, 4],
      [1, 4, 3],
      [1, 5, 6],
    ];
    const residuals = rows.map(
      (row, i) =>
        ([4, 7, 8, 11, 12][i] as number) -
        row.reduce((s, v, j) => s + v * (coefficients[j] as number), 0),
    );
    for (let j = 0; j < 3; j++) {
      expect(
        rows.reduce((s, row, i) => s + (row[j] as number) * (residuals[i] as number), 0),
      ).toBeCloseTo(0, 9);
    }
  });

  test("of noisy scores is centred on the truth with the spread it states; uncorrected it is not", () => {
    const trials = 200;
    const truth = [1, 2, -1];
    const fits = Array.from({ length: trials }, (_, seed) => {
      const { a, b, y } = records(2000, 0.7, 1000 + seed);
      return linearRegression({ predictors: [a, b], response: y, noise: [0.49, 0.49] });
    });
    truth.forEach((value, j) => {
      const scores = fits.map(
        ({ coefficients, variances }) =>
          ((coefficients[j] as number) - value) / Math.sqrt(variances[j] as number),
      );
      const mean = scores.reduce((s, v) => s + v, 0) / trials;
      const square = scores.reduce((s, v) => s + v * v, 0) / trials;
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(trials) + 0.1);
      expect(square).toBeGreaterThan(0.65);
      expect(square).toBeLessThan(1.45);
    });
    const { a, b, y } = records(20_000, 0.7, 5);
    const naive = linearRegression({ predictors: [a, b], response: y, noise: [0, 0] });
    expect(naive.coefficients[1]).toBeLessThan(1.4);
  });

  test("is refused where predictors determine each other or are missing", () => {
    const x = [1, 2, 3, 4];
    expect(() =>
      linearRegression({ predictors: [x, x], response: [1, 2, 3, 5], noise: [0, 0] }),
    ).toThrow(expect.objectContaining({ code: "EMRX_QUALITY_SINGULAR" }));
    expect(() => linearRegression({ predictors: [x], response: [1, 2, 3], noise: [0] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => linearRegression({ predictors: [x], response: x, noise: [0, 0] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => linearRegression({ predictors: [[1, 2]], response: [1, 2], noise: [0] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
  });
});
