import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { solve } from "../../src/moments/solve-linear.js";

const rows = (...lines: number[][]) => lines.map((line) => Float64Array.from(line));

describe("linear equations", () => {
  property(
    "are solved, whatever their order, and left as they were",
    [
      fc.integer({ min: 1, max: 5 }).chain((n) =>
        fc.tuple(
          fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n, maxLength: n }), {
            minLength: n,
            maxLength: n,
          }),
          fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n, maxLength: n }),
        ),
      ),
    ],
    ([lines, x]) => {
      // Dominated by its diagonal, so that there is one solution; then turned upside down, so that pivots are small.
      const n = x.length;
      const matrix = lines
        .map((line, i) => line.map((value, j) => (i === j ? 50 + value : value)))
        .reverse();
      const right = matrix.map((line) => line.reduce((sum, a, j) => sum + a * (x[j] as number), 0));
      const given = rows(...matrix);
      const solution = solve(given, Float64Array.from(right));
      x.forEach((value, j) => {
        expect(solution[j]).toBeCloseTo(value, 9);
      });
      expect(given).toEqual(rows(...matrix));
      expect(solution).toHaveLength(n);
    },
  );

  test("are solved where the first coefficient is nothing, or next to it", () => {
    expect([...solve(rows([0, 2], [4, 0]), Float64Array.of(6, 8))]).toEqual([2, 3]);
    // Without exchanging rows the first unknown would come out as 0.
    const [first, second] = solve(rows([1e-20, 1], [1, 1]), Float64Array.of(1, 2));
    expect(first).toBeCloseTo(1, 12);
    expect(second).toBeCloseTo(1, 12);
  });

  test("are solved on any scale, and refused where they have no single solution", () => {
    for (const unit of [1e-200, 1, 1e150]) {
      expect(solve(rows([2 * unit, 0], [0, unit]), Float64Array.of(2 * unit, 3 * unit))).toEqual(
        Float64Array.of(1, 3),
      );
      expect(() =>
        solve(rows([unit, 2 * unit], [2 * unit, 4 * unit]), Float64Array.of(1, 2)),
      ).toThrow(expect.objectContaining({ code: "EMRX_QUALITY_SINGULAR" }));
      expect(() => solve(rows([0, 0], [0, unit]), Float64Array.of(0, 1))).toThrow(
        expect.objectContaining({ code: "EMRX_QUALITY_SINGULAR" }),
      );
    }
    expect(() => solve(rows([1, 1], [1, 1 + 1e-15]), Float64Array.of(1, 2))).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_SINGULAR" }),
    );
    expect(() => solve(rows([Number.NaN]), Float64Array.of(1))).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_SINGULAR" }),
    );
  });
});
