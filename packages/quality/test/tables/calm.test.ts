import { fc, property, sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { noiseVariance } from "../../src/frequencies.js";
import {
  consistentMarginals,
  coveringSets,
  marginal,
  maximumEntropyTable,
} from "../../src/tables.js";
import { oueChannel } from "../oracle/mechanisms.js";
import { uniforms } from "../oracle/records.js";

const file = "theory/vectors.json";
const shape = [2, 3, 2, 2];

/** A random distribution over all cells of the shape. */
function distribution(seed: number, interactions = true): Float64Array {
  const next = uniforms(seed);
  const ones = shape.map((d) => Array.from({ length: d }, () => 0.1 + next()));
  const cells = shape.reduce((a, b) => a * b);
  const table = new Float64Array(cells).map((_, cell) => {
    let rest = cell;
    let product = interactions ? 0.2 + next() : 1;
    for (let j = shape.length - 1; j >= 0; j--) {
      const d = shape[j] as number;
      product *= (ones[j] as number[])[rest % d] as number;
      rest = Math.floor(rest / d);
    }
    return product;
  });
  const total = table.reduce((a, b) => a + b);
  return table.map((value) => value / total);
}

describe("covering sets", () => {
  property(
    "hold every subset of the size to cover",
    [
      fc.integer({ min: 2, max: 7 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
    ],
    (attributes, cover, size) => {
      fc.pre(cover <= size && size <= attributes);
      const sets = coveringSets({ attributes, size, cover });
      const check = (chosen: readonly number[], from: number): void => {
        if (chosen.length === cover) {
          expect(sets.some((set) => chosen.every((j) => set.includes(j)))).toBe(true);
          return;
        }
        for (let j = from; j < attributes; j++) check([...chosen, j], j + 1);
      };
      check([], 0);
      for (const set of sets) expect(set.length).toBe(size);
    },
  );

  testWithShared(file, "have the number and the variance that were computed independently", () => {
    const { calm } = (
      sharedJson(file) as {
        postprocessing_and_joint: {
          calm: {
            eps: string;
            attributes: number;
            marginal_size: number;
            marginals: number;
            per_cell_var_times_n_users_split: number;
          }[];
        };
      }
    ).postprocessing_and_joint;
    for (const {
      eps,
      attributes,
      marginal_size: size,
      marginals,
      per_cell_var_times_n_users_split,
    } of calm) {
      const sets = coveringSets({ attributes, size });
      expect(sets.length).toBe(marginals);
      const variance = sets.length * noiseVariance(oueChannel(Number(eps)), 0);
      expect(variance / per_cell_var_times_n_users_split).toBeCloseTo(1, 10);
    }
  });
});

describe("consistent marginals", () => {
  test("weigh what they share by its precision, and spread the correction evenly, by hand", () => {
    // Attribute 0 with two categories is in both; its shares are 0.6 and 0.4 in the first, 0.5 and 0.5 in the second.
    // The first has 2 cells a category and variance 1, the second 1 and variance 4: weights 1/2 and 1/4, target 17/30.
    const [first, second] = consistentMarginals(
      [
        { attributes: [0, 1], frequencies: [0.4, 0.2, 0.1, 0.3], variance: 1 },
        { attributes: [0], frequencies: [0.5, 0.5], variance: 4 },
      ],
      [2, 2],
    );
    [0.4 - 1 / 60, 0.2 - 1 / 60, 0.1 + 1 / 60, 0.3 + 1 / 60].forEach((f, cell) => {
      expect(first?.frequencies[cell]).toBeCloseTo(f, 12);
    });
    [17 / 30, 13 / 30].forEach((f, cell) => {
      expect(second?.frequencies[cell]).toBeCloseTo(f, 12);
    });
  });

  property(
    "agree on shared pairs and on what all of them share, and sum to 1",
    [fc.nat(1_000_000)],
    (seed) => {
      const next = uniforms(seed);
      const overlapping = [
        [0, 1, 2],
        [1, 2, 3],
        [0, 2, 3],
      ];
      const result = consistentMarginals(
        overlapping.map((attributes) => ({
          attributes,
          frequencies: marginal(distribution(seed), shape, attributes).map(
            (f) => f + 0.1 * (next() - 0.4),
          ),
          variance: 0.5 + next(),
        })),
        shape,
      );
      const view = (table: (typeof result)[number], shared: readonly number[]) =>
        marginal(
          table.frequencies,
          table.attributes.map((j) => shape[j] as number),
          shared.map((j) => table.attributes.indexOf(j)),
        );
      for (const a of result) {
        expect(a.frequencies.reduce((x, y) => x + y)).toBeCloseTo(1, 10);
        for (const b of result) {
          const shared = a.attributes.filter((j) => b.attributes.includes(j));
          const other = view(b, shared);
          view(a, shared).forEach((value, i) => {
            expect(value).toBeCloseTo(other[i] as number, 10);
          });
        }
      }
    },
  );

  const sets = [
    [0, 1],
    [1, 2],
    [0, 2, 3],
    [1, 3],
  ];
  const noisy = (seed: number) => {
    const next = uniforms(seed);
    return sets.map((attributes) => ({
      attributes,
      frequencies: marginal(distribution(seed), shape, attributes).map(
        (f) => f + 0.1 * (next() - 0.5),
      ),
      variance: 0.5 + next(),
    }));
  };

  property("agree on everything that they share, and sum to 1", [fc.nat(1_000_000)], (seed) => {
    const result = consistentMarginals(noisy(seed), shape);
    for (const a of result) {
      expect(a.frequencies.reduce((x, y) => x + y)).toBeCloseTo(1, 10);
      for (const b of result) {
        const shared = a.attributes.filter((j) => b.attributes.includes(j));
        const view = ({ attributes, frequencies }: typeof a) =>
          marginal(
            frequencies,
            attributes.map((j) => shape[j] as number),
            shared.map((j) => attributes.indexOf(j)),
          );
        const other = view(b);
        view(a).forEach((value, i) => {
          expect(value).toBeCloseTo(other[i] as number, 10);
        });
      }
    }
  });

  property(
    "that already agree stay as they are, so the step is unbiased",
    [fc.nat(1_000_000)],
    (seed) => {
      const truth = distribution(seed);
      const exact = sets.map((attributes) => ({
        attributes,
        frequencies: marginal(truth, shape, attributes),
      }));
      consistentMarginals(exact, shape).forEach(({ frequencies }, i) => {
        frequencies.forEach((value, cell) => {
          expect(value).toBeCloseTo(exact[i]?.frequencies[cell] as number, 12);
        });
      });
    },
  );

  test("come nearer to the truth", () => {
    let before = 0;
    let after = 0;
    for (let seed = 0; seed < 50; seed++) {
      const truth = distribution(seed);
      const given = noisy(seed);
      const error = (
        tables: readonly { attributes: readonly number[]; frequencies: ArrayLike<number> }[],
      ) =>
        tables.reduce((sum, { attributes, frequencies }) => {
          const exact = marginal(truth, shape, attributes);
          return sum + exact.reduce((s, f, i) => s + ((frequencies[i] as number) - f) ** 2, 0);
        }, 0);
      before += error(given);
      after += error(consistentMarginals(given, shape));
    }
    expect(after).toBeLessThan(0.8 * before);
  });
});

describe("the table of maximum entropy", () => {
  property("has the marginals it was given", [fc.nat(1_000_000)], (seed) => {
    const truth = distribution(seed);
    const marginals = [
      [0, 1],
      [1, 2],
      [0, 3],
    ].map((attributes) => ({ attributes, frequencies: marginal(truth, shape, attributes) }));
    const { frequencies: table, ...fit } = maximumEntropyTable({
      marginals,
      attributes: [0, 1, 2, 3],
      shape,
      rounds: 2000,
    });
    expect(fit.converged).toBe(true);
    expect(fit.largestGap).toBeLessThan(1e-9);
    for (const { attributes, frequencies } of marginals) {
      marginal(table, shape, attributes).forEach((value, i) => {
        expect(value).toBeCloseTo(frequencies[i] as number, 9);
      });
    }
  });

  test("takes many rounds where marginals go round in a circle, and meets zeros", () => {
    const pairs = [
      [0, 1],
      [1, 2],
      [0, 2],
    ];
    const truth = distribution(8);
    const circle = pairs.map((attributes) => ({
      attributes,
      frequencies: marginal(truth, shape, attributes),
    }));
    const fit = (rounds?: number) => {
      const { frequencies: table, ...result } = maximumEntropyTable({
        marginals: circle,
        attributes: [0, 1, 2],
        shape,
        ...(rounds === undefined ? {} : { rounds }),
      });
      let largest = 0;
      for (const { attributes, frequencies } of circle)
        marginal(table, [2, 3, 2], attributes).forEach((value, i) => {
          largest = Math.max(largest, Math.abs(value - (frequencies[i] as number)));
        });
      expect(result.largestGap).toBeCloseTo(largest, 15);
      expect(result.converged).toBe(rounds === undefined);
      return largest;
    };
    expect(fit()).toBeLessThan(1e-12);
    expect(fit(1)).toBeGreaterThan(1e-6);
    expect(fit(3)).toBeLessThan(fit(1));
    // Who has category 1 of attribute 0 never has category 0 of attribute 2.
    const zeros = maximumEntropyTable({
      marginals: [
        { attributes: [0, 2], frequencies: [0.3, 0.2, 0, 0.5] },
        { attributes: [2], frequencies: [0.3, 0.7] },
        { attributes: [3], frequencies: [0.5, 0.5] },
      ],
      attributes: [0, 2],
      shape,
    });
    [0.3, 0.2, 0, 0.5].forEach((f, cell) => {
      expect(zeros.frequencies[cell]).toBeCloseTo(f, 12);
    });
    const none = maximumEntropyTable({
      marginals: [
        { attributes: [0], frequencies: [0, 1] },
        { attributes: [0], frequencies: [0, 1] },
      ],
      attributes: [0],
      shape,
    });
    expect([...none.frequencies]).toEqual([0, 1]);
  });

  test("is the truth where attributes are independent, and a subset of attributes has its own table", () => {
    const truth = distribution(3, false);
    const marginals = [[0], [1], [2, 3]].map((attributes) => ({
      attributes,
      frequencies: marginal(truth, shape, attributes),
    }));
    maximumEntropyTable({ marginals, attributes: [0, 1, 2, 3], shape }).frequencies.forEach(
      (value, i) => {
        expect(value).toBeCloseTo(truth[i] as number, 12);
      },
    );
    const pair = maximumEntropyTable({ marginals, attributes: [1, 3], shape });
    marginal(truth, shape, [1, 3]).forEach((value, i) => {
      expect(pair.frequencies[i]).toBeCloseTo(value, 12);
    });
  });
});

describe("what does not fit says so", () => {
  test("marginals that share one array of attributes are made to agree like any others", () => {
    const attributes = [0];
    const [a, b] = consistentMarginals(
      [
        { attributes, frequencies: [0.2, 0.8] },
        { attributes, frequencies: [0.6, 0.4] },
      ],
      [2],
    );
    for (const made of [a, b]) {
      expect(made?.frequencies[0]).toBeCloseTo(0.4, 12);
      expect(made?.frequencies[1]).toBeCloseTo(0.6, 12);
    }
  });

  test("three pairs that agree and have no common table: not converged, or a gap that is told", () => {
    // Two attributes differ in each of three pairs: of three people two must be alike.
    const differ = [0, 0.5, 0.5, 0];
    const fit = maximumEntropyTable({
      marginals: [
        [0, 1],
        [1, 2],
        [0, 2],
      ].map((attributes) => ({ attributes, frequencies: differ })),
      attributes: [0, 1, 2],
      shape: [2, 2, 2],
    });
    // Of every table some pair is alike with probability 1/3 at least, so one of three marginals misses by 1/6 or more.
    expect(fit.largestGap).toBeGreaterThanOrEqual(1 / 6 - 1e-9);
    expect([...fit.frequencies].every(Number.isFinite)).toBe(true);
  });

  property(
    "noisy marginals: the table's own marginals are as far from those given as it says",
    [fc.nat(1_000_000)],
    (seed) => {
      const truth = distribution(seed);
      const sets = [
        [0, 1],
        [1, 2],
        [0, 2],
      ];
      const marginals = sets.map((attributes, k) => ({
        attributes,
        frequencies: marginal(truth, shape, attributes).map(
          (value, i) => value + 0.05 * Math.sin(seed + 7 * i + 13 * k),
        ),
      }));
      const fit = maximumEntropyTable({ marginals, attributes: [0, 1, 2], shape });
      let gap = 0;
      for (const { attributes, frequencies } of marginals)
        marginal(fit.frequencies, [2, 3, 2], attributes).forEach((value, i) => {
          gap = Math.max(gap, Math.abs(value - (frequencies[i] as number)));
        });
      expect(fit.largestGap).toBeCloseTo(gap, 12);
      expect(fit.frequencies.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    },
  );
});
