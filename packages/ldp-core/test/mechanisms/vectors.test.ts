// Numbers computed elsewhere, in 40-digit arithmetic: ../shared/theory/vectors.json.
import { sharedJson, testWithShared } from "@emrx/testkit";
import { expect } from "vitest";
import { toNumber } from "../../src/exact.js";
import { type FrequencyOracle, grr, type LdpError } from "../../src/index.js";
import {
  blh,
  duchi,
  hadamardResponse,
  mechanismFor,
  olh,
  oue,
  projectiveGeometryResponse,
  subsetSelection,
  sue,
  windowMechanism,
} from "../../src/mechanisms.js";
import { expectClose } from "./laws.js";

const path = "theory/vectors.json";
// biome-ignore lint/suspicious/noExplicitAny: foreign JSON
const vectors = (): any => sharedJson(path);
const oracles: Record<string, (d: number, epsilon: string, bits: number) => FrequencyOracle> = {
  GRR: (categories, epsilon, bits) => grr({ categories, epsilon, bits }),
  OUE: (categories, epsilon, bits) => oue({ categories, epsilon, bits }),
  SUE: (categories, epsilon, bits) => sue({ categories, epsilon, bits }),
  BLH: (categories, epsilon, bits) => blh({ categories, epsilon, bits }),
  OLH: (categories, epsilon, bits) => olh({ categories, epsilon, bits }),
  SS: (categories, epsilon, bits) => subsetSelection({ categories, epsilon, bits }),
};

testWithShared(
  path,
  "frequency oracles: probabilities and variances equal the reference to 1e-12",
  () => {
    let compared = 0;
    for (const row of vectors().frequency_oracles.table) {
      const make = oracles[row.mechanism];
      if (!make) continue;
      const mechanism = make(row.d, row.eps, 64);
      expectClose(toNumber(mechanism.support.p), row.p);
      expectClose(toNumber(mechanism.support.q), row.q);
      expectClose(mechanism.variance(1, 0), row.var_n_f0);
      expectClose(mechanism.variance(1, 0.1), row.var_n_f01);
      compared++;
    }
    expect(compared).toBe(72);
  },
);

testWithShared(
  path,
  "Duchi: the variance at every listed value equals the reference to 1e-12",
  () => {
    let compared = 0;
    for (const row of vectors().numeric.variance_table) {
      const mechanism = duchi({ range: [-1, 1], epsilon: row.eps, bits: 64 });
      expectClose(mechanism.variance(1, row.x), row.duchi);
      compared++;
    }
    expect(compared).toBe(15);
  },
);

testWithShared(
  path,
  "integer thresholds equal the reference, and so does the exact epsilon",
  () => {
    const seen: Record<string, number> = {};
    for (const row of vectors().safe_sampling.dyadic_thresholds) {
      const scale = 2n ** BigInt(row.bits);
      const run = (): readonly [bigint, number] | undefined => {
        const { eps: epsilon, bits } = row;
        if (row.mechanism === "GRR" || row.mechanism === "OUE") {
          const mechanism = oracles[row.mechanism]!(row.d ?? 2, epsilon, bits);
          const share = row.mechanism === "GRR" ? mechanism.support.p : mechanism.support.q;
          return [(share.numerator * scale) / share.denominator, mechanism.exactEpsilon()];
        }
        if (row.mechanism === "SUE") {
          const { support, exactEpsilon } = sue({ categories: 2, epsilon, bits });
          return [(support.p.numerator * scale) / support.p.denominator, exactEpsilon()];
        }
        if (row.mechanism === "OLH") {
          const { support, exactEpsilon } = olh({ categories: 9, epsilon, bits, buckets: row.g });
          return [(support.p.numerator * scale) / support.p.denominator, exactEpsilon()];
        }
        if (row.mechanism === "SS") {
          const { support, exactEpsilon } = subsetSelection({
            categories: row.d,
            epsilon,
            bits,
            size: row.omega,
          });
          return [(support.p.numerator * scale) / support.p.denominator, exactEpsilon()];
        }
        if (row.mechanism === "HR/BLH/Duchi-sign") {
          const mechanism = duchi({ range: [0, 1], epsilon, bits });
          const { inside } = mechanism.cellProbability;
          return [(inside.numerator * scale) / inside.denominator, mechanism.exactEpsilon()];
        }
        if (row.mechanism === "windowPM") {
          const mechanism = windowMechanism({
            range: [0, 1],
            epsilon,
            bits,
            cells: row.N,
            window: row.w,
          });
          const { inside } = mechanism.cellProbability;
          return [
            (inside.numerator * scale * BigInt(row.w)) / inside.denominator,
            mechanism.exactEpsilon(),
          ];
        }
        return undefined;
      };
      let found: readonly [bigint, number] | undefined;
      try {
        found = run();
      } catch (error) {
        expect((error as LdpError).code).toBe("EMRX_DEGENERATE_MECHANISM");
        expect(
          BigInt(row.T) === 0n || BigInt(row.T) === scale || !(Number(row.eps_actual) > 0),
        ).toBe(true);
        found = undefined;
        seen[row.mechanism] = (seen[row.mechanism] ?? 0) + 1;
        continue;
      }
      if (!found) continue;
      expect(found[0]).toBe(BigInt(row.T));
      expectClose(found[1], row.eps_actual);
      seen[row.mechanism] = (seen[row.mechanism] ?? 0) + 1;
    }
    expect(seen).toEqual({
      GRR: 120,
      OUE: 30,
      "HR/BLH/Duchi-sign": 30,
      windowPM: 90,
      SUE: 30,
      OLH: 30,
      SS: 60,
    });
  },
);

testWithShared(path, "the choice between GRR and OUE falls where the reference puts it", () => {
  for (const row of vectors().frequency_oracles.choice_rule) {
    const choose = (categories: number) =>
      mechanismFor({ type: "categorical", categories }, row.eps, "simple").name;
    expect(choose(row.largest_d_f0)).toBe("grr");
    expect(choose(row.largest_d_f0 + 1)).toBe("oue");
  }
});

testWithShared(path, "window: worst variances equal the reference for every listed window", () => {
  for (const row of vectors().numeric.window_recommendation_by_eps_N_le_32) {
    const mechanism = windowMechanism({
      range: [-1, 1],
      epsilon: String(row.eps),
      cells: row.N,
      window: row.w,
      bits: 64,
    });
    expectClose(mechanism.worstVariance(1), row.worst_var, 1e-5); // the reference maximized over a grid of x
  }
});

testWithShared(path, "window: variances at three values equal the reference to 1e-12", () => {
  for (const row of vectors().numeric.window_family_best) {
    for (const best of [row.best_N_le_16, row.best_N_le_64]) {
      const mechanism = windowMechanism({
        range: [-1, 1],
        epsilon: row.eps,
        cells: best.N,
        window: best.w,
        bits: 64,
      });
      expectClose(mechanism.variance(1, 0), best.var_x0);
      expectClose(mechanism.variance(1, 0.5), best.var_x05);
      expectClose(mechanism.variance(1, 1), best.var_x1);
    }
  }
  for (const row of vectors().numeric.window_discretised_pm) {
    const mechanism = windowMechanism({
      range: [-1, 1],
      epsilon: row.eps,
      cells: row.N,
      window: row.w,
      bits: 64,
    });
    expectClose(mechanism.variance(1, 0), row.var_x0);
  }
});

testWithShared(path, "window: the chosen window is the recommended one", () => {
  for (const row of vectors().numeric.window_recommendation_by_eps_N_le_32) {
    const chosen = windowMechanism({ range: [-1, 1], epsilon: String(row.eps), bits: 64 });
    // Either the same window, or one that is not worse than what the reference found on its grid.
    const isSame = chosen.cells === row.N && chosen.window === row.w;
    if (!isSame) expect(chosen.worstVariance(1)).toBeLessThanOrEqual(row.worst_var * (1 + 1e-5));
  }
});

testWithShared(
  path,
  "Hadamard response with one block: the reference's high-privacy variances to 1e-12",
  () => {
    for (const row of vectors().frequency_oracles.table) {
      if (row.mechanism !== "HR_high_privacy") continue;
      const mechanism = hadamardResponse({ categories: row.d, epsilon: row.eps, bits: 64 });
      expect(mechanism.order).toBe(row.K);
      expectClose(mechanism.variance(1, 0), row.var_n_f0);
      expectClose(mechanism.variance(1, 0.1), row.var_n_f01);
    }
  },
);

testWithShared(
  path,
  "projective geometry response: the reference's field, probabilities and variances to 1e-12",
  () => {
    for (const row of vectors().frequency_oracles.table) {
      if (row.mechanism !== "PGR") continue;
      const mechanism = projectiveGeometryResponse({
        categories: row.d,
        epsilon: row.eps,
        bits: 64,
      });
      expect([mechanism.field, mechanism.dimension, mechanism.points]).toEqual([
        row.field,
        row.t,
        row.K,
      ]);
      expectClose(toNumber(mechanism.support.p), row.p);
      expectClose(toNumber(mechanism.support.q), row.q);
      expectClose(mechanism.variance(1, 0), row.var_n_f0);
      expectClose(mechanism.variance(1, 0.1), row.var_n_f01);
    }
  },
);

testWithShared(path, "the best mechanism of every cell, and how far the others are from it", () => {
  for (const row of vectors().frequency_oracles.best_mechanism_per_cell) {
    const options = { categories: row.d, epsilon: row.eps, bits: 64 };
    const V0 = (name: string): number =>
      name === "PGR"
        ? projectiveGeometryResponse(options).variance(1, 0)
        : (oracles[name] as (typeof oracles)[string])(row.d, row.eps, 64).variance(1, 0);
    expectClose(V0(row.best_f0), row.V0);
    for (const name of ["GRR", "OUE", "OLH", "PGR"])
      expectClose(V0(name) / V0(row.best_f0), row[`ratio_${name}`]);
  }
});

testWithShared(path, "windows of one cell: GRR on a grid, at three values to 1e-12", () => {
  for (const row of vectors().numeric.grid_rounding_plus_grr) {
    const mechanism = windowMechanism({
      range: [-1, 1],
      epsilon: row.eps,
      cells: row.m,
      window: 1,
      bits: 64,
    });
    expectClose(mechanism.variance(1, 0), row.var_x0);
    expectClose(mechanism.variance(1, 0.5), row.var_x05);
    expectClose(mechanism.variance(1, 1), row.var_x1);
    expectClose(mechanism.worstVariance(1), row.worst_over_x, 1e-3); // the reference maximized over a grid of x
    expect(mechanism.worstVariance(1)).toBeGreaterThan(row.worst_over_x * (1 - 1e-12));
  }
});

testWithShared(
  path,
  "Duchi: a report stands for +C or -C, and its probability has the listed slope",
  () => {
    for (const row of vectors().numeric.parameters) {
      const mechanism = duchi({ range: [-1, 1], epsilon: row.eps, bits: 64 });
      expectClose(mechanism.estimate([0, 1], 1).mean, row.duchi_C);
      expectClose(mechanism.estimate([1, 0], 1).mean, -row.duchi_C);
      expectClose(toNumber(mechanism.cellProbability.inside) - 0.5, row.duchi_slope);
    }
  },
);

testWithShared(
  path,
  "k attributes: a split budget costs V(eps / k), sampling one costs k V(eps)",
  () => {
    for (const row of vectors().leveled.spl_vs_smp) {
      const k = row.attributes;
      const part = (Number(row.eps) / k).toFixed(12); // 2, 5 or 10 attributes: a decimal with few digits
      for (const [name, make] of [
        ["OUE", (epsilon: string) => oue({ categories: 4, epsilon, bits: 64 })],
        ["GRR4", (epsilon: string) => grr({ categories: 4, epsilon, bits: 64 })],
      ] as const) {
        expectClose(make(part).variance(1, 0), row[`SPL_${name}`], 1e-11);
        expectClose(k * make(row.eps).variance(1, 0), row[`SMP_${name}`]);
      }
    }
  },
);
