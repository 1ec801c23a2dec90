import { fc, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  frequencyVariance,
  noiseVariance,
  type SupportProbabilities,
} from "../../src/frequencies.js";
import {
  cellIndex,
  cellValues,
  jointTable,
  jointTableFromSupports,
  jointVariances,
  marginal,
} from "../../src/tables.js";
import { grrChannel, oueChannel } from "../oracle/mechanisms.js";

const file = "theory/vectors.json";
const shapes = fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 3 });
const channelsOf = (shape: readonly number[], e: number): SupportProbabilities[] =>
  shape.map((d, j) => grrChannel(e + j / 3, d));

/** P(report tuple | value tuple), by the definition of the mechanism. */
function likelihood(
  shape: readonly number[],
  channels: readonly SupportProbabilities[],
  reported: readonly number[],
  values: readonly number[],
): number {
  return shape.reduce((product, _, j) => {
    const { p, q } = channels[j] as SupportProbabilities;
    return product * (reported[j] === values[j] ? p : q);
  }, 1);
}

describe("tables", () => {
  property("cells are numbered without gaps, and back", [shapes, fc.nat()], (shape, pick) => {
    const cells = shape.reduce((a, b) => a * b);
    const index = pick % cells;
    expect(cellIndex(cellValues(index, shape), shape)).toBe(index);
  });

  test("a marginal sums over the attributes that are left out", () => {
    const table = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    expect([...marginal(table, [2, 3, 2], [1])]).toEqual([
      1 + 2 + 7 + 8,
      3 + 4 + 9 + 10,
      5 + 6 + 11 + 12,
    ]);
    expect([...marginal(table, [2, 3, 2], [0, 2])]).toEqual([9, 12, 27, 30]);
    expect([...marginal(table, [2, 3, 2], [])]).toEqual([78]);
  });
});

describe("the joint table", () => {
  property(
    "is unbiased with the stated variance for one record of each kind, by enumerating every report",
    [shapes, fc.double({ min: 0.3, max: 3, noNaN: true }), fc.nat()],
    (shape, e, pick) => {
      const channels = channelsOf(shape, e);
      const cells = shape.reduce((a, b) => a * b);
      const truth = pick % cells;
      const values = cellValues(truth, shape);
      const mean = new Float64Array(cells);
      const square = new Float64Array(cells);
      for (let reported = 0; reported < cells; reported++) {
        const probability = likelihood(shape, channels, cellValues(reported, shape), values);
        const counts = new Float64Array(cells);
        counts[reported] = 1;
        const { frequencies } = jointTable({ counts, shape, channels, target: "cohort" });
        frequencies.forEach((f, v) => {
          mean[v] = (mean[v] as number) + probability * f;
          square[v] = (square[v] as number) + probability * f * f;
        });
      }
      const frequencies = new Float64Array(cells);
      frequencies[truth] = 1;
      const variances = jointVariances({ frequencies, shape, channels, n: 1, target: "cohort" });
      for (let v = 0; v < cells; v++) {
        expect(mean[v]).toBeCloseTo(v === truth ? 1 : 0, 8);
        const exact = (square[v] as number) - (v === truth ? 1 : 0);
        expect(Math.abs((variances[v] as number) - exact)).toBeLessThan(1e-8 * (1 + exact));
      }
    },
  );

  property(
    "has the marginals that each attribute's own estimates give",
    [shapes, fc.array(fc.nat(50), { minLength: 64, maxLength: 64 })],
    (shape, numbers) => {
      const cells = shape.reduce((a, b) => a * b);
      const counts = numbers.slice(0, cells).map((count) => count + 1);
      const channels = channelsOf(shape, 1);
      const { frequencies, n } = jointTable({ counts, shape, channels, target: "population" });
      shape.forEach((_, j) => {
        const own = marginal(frequencies, shape, [j]);
        const { p, q } = channels[j] as SupportProbabilities;
        marginal(counts, shape, [j]).forEach((count, v) => {
          expect(own[v]).toBeCloseTo((count / n - q) / (p - q), 9);
        });
      });
    },
  );

  test("of one attribute has the variance of a frequency, for cohort and population", () => {
    const channel = grrChannel(1, 3);
    for (const target of ["cohort", "population"] as const) {
      const variances = jointVariances({
        frequencies: [0.5, 0.3, 0.2],
        shape: [3],
        channels: [channel],
        n: 70,
        target,
      });
      [0.5, 0.3, 0.2].forEach((frequency, v) => {
        expect(variances[v]).toBeCloseTo(
          frequencyVariance({ ...channel, n: 70, frequency, target }),
          14,
        );
      });
    }
  });

  test("of two attributes of bits is unbiased, by enumerating every pair of bit maps", () => {
    const channel = oueChannel(1);
    const shape = [2, 3];
    const [x, y] = [1, 2];
    const mean = new Float64Array(6);
    const square = new Float64Array(6);
    const bits = (map: number, d: number) => Array.from({ length: d }, (_, v) => (map >> v) & 1);
    const probability = (map: readonly number[], value: number) =>
      map.reduce((product, bit, v) => {
        const one = v === value ? channel.p : channel.q;
        return product * (bit ? one : 1 - one);
      }, 1);
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 8; b++) {
        const [first, second] = [
          [...bits(a, 2), 1],
          [...bits(b, 3), 1],
        ];
        const supports = first.flatMap((u) => second.map((v) => u * v));
        const weight = probability(bits(a, 2), x) * probability(bits(b, 3), y);
        const { frequencies } = jointTableFromSupports({
          supports,
          shape,
          channels: [channel, channel],
          target: "cohort",
        });
        frequencies.forEach((f, v) => {
          mean[v] = (mean[v] as number) + weight * f;
          square[v] = (square[v] as number) + weight * f * f;
        });
      }
    }
    const truth = new Float64Array(6);
    truth[cellIndex([x, y], shape)] = 1;
    const variances = jointVariances({
      frequencies: truth,
      shape,
      channels: [channel, channel],
      n: 1,
      target: "cohort",
    });
    truth.forEach((f, v) => {
      expect(mean[v]).toBeCloseTo(f, 10);
      expect(variances[v]).toBeCloseTo((square[v] as number) - f, 9);
    });
  });

  test("is refused for bits handed in as values, and for shapes that do not fit", () => {
    const options = { counts: [1, 1, 1, 1], shape: [2, 2], target: "cohort" as const };
    const bits = oueChannel(1);
    expect(() => jointTable({ ...options, channels: [bits, bits] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
    );
    expect(() => jointTable({ ...options, channels: [grrChannel(1, 2)] })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() =>
      jointTable({ ...options, counts: [1, 1, 1], channels: channelsOf([2, 2], 1) }),
    ).toThrow(expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }));
  });
});

describe("variances equal the independently computed ones", () => {
  type Row = { total_eps: string; k: number; d: number; [name: string]: number | string };
  testWithShared(file, "split budget against jointly randomized cells", () => {
    const rows = (sharedJson(file) as { postprocessing_and_joint: { joint_estimator: Row[] } })
      .postprocessing_and_joint.joint_estimator;
    expect(rows.length).toBe(27);
    for (const row of rows) {
      const { k, d } = row;
      const epsilon = Number(row.total_eps);
      const shape = Array.from({ length: k }, () => d);
      const cells = d ** k;
      const at = (frequencies: Float64Array, e: number) =>
        jointVariances({
          frequencies,
          shape,
          channels: shape.map(() => grrChannel(e, d)),
          n: 1,
          target: "cohort",
        })[0] as number;
      const absent = new Float64Array(cells);
      absent[cells - 1] = 1;
      const uniform = new Float64Array(cells).fill(1 / cells);
      const ratio = (value: number, name: string) =>
        expect(value / (row[name] as number), name).toBeCloseTo(1, 9);
      ratio(at(absent, epsilon / k), "split_GRR_V0_target_absent");
      ratio(at(uniform, epsilon / k), "split_GRR_var_uniform_data");
      ratio(at(absent, epsilon), "full_eps_each_split_V0");
      ratio(noiseVariance(grrChannel(epsilon, cells), 0), "joint_GRR_V0");
      ratio(noiseVariance(oueChannel(epsilon), 0), "joint_OUE_V0");
    }
  });
});
