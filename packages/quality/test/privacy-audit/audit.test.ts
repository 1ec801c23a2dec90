import { grr, seededRandom } from "@emrx/ldp-core";
import { olh, oue, subsetSelection } from "@emrx/ldp-core/mechanisms";
import { sharedJson, testWithShared } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { auditRandomizer, epsilonLowerBound, supportView } from "../../src/privacy-audit.js";
import { binomialLaw } from "../oracle/binomial.js";
import { grrChannel, oueChannel, sueChannel } from "../oracle/mechanisms.js";
import { uniforms } from "../oracle/records.js";

const file = "theory/vectors.json";

describe("the bound on epsilon", () => {
  testWithShared(
    file,
    "at the expected counts of the best event equals the independently computed one",
    () => {
      const { table } = (
        sharedJson(file) as {
          audit: {
            table: {
              mechanism: string;
              eps: number;
              trials_each: number;
              confidence_1_minus: number;
              eps_lower_at_expected_counts: number;
            }[];
          };
        }
      ).audit;
      let checked = 0;
      for (const row of table) {
        const E = Math.exp(row.eps);
        const events: Record<string, readonly [number, number]> = {};
        for (const d of [2, 16]) {
          const { p, q } = grrChannel(row.eps, d);
          events[`GRR d=${d}`] = [p, q];
        }
        for (const [name, { p, q }] of [
          ["OUE", oueChannel(row.eps)],
          ["SUE", sueChannel(row.eps)],
        ] as const) {
          events[`${name} event y_a=1,y_b=0`] = [p * (1 - q), q * (1 - p)];
        }
        const g = Math.round(E) + 1;
        events["OLH event y=h(a), h(a)!=h(b), g=round(E)+1"] = [E / (E + g - 1), 1 / (E + g - 1)];
        const probabilities = events[row.mechanism];
        if (!probabilities) throw new Error(row.mechanism);
        const N = row.trials_each;
        const hits = probabilities.map((probability) => Math.round(N * probability)) as [
          number,
          number,
        ];
        const bound = epsilonLowerBound({
          hits,
          trials: N,
          confidence: 1 - row.confidence_1_minus,
        });
        expect(bound, `${row.mechanism} ${row.eps} ${N}`).toBeCloseTo(
          row.eps_lower_at_expected_counts,
          9,
        );
        checked++;
      }
      expect(checked).toBe(30);
    },
  );

  test("is exceeded by the true ratio at most as rarely as it says, by enumerating all counts", () => {
    const [trials, p, q] = [30, 0.6, 0.25];
    const [first, second] = [binomialLaw(trials, p), binomialLaw(trials, q)];
    let wrong = 0;
    first.forEach((a, i) => {
      second.forEach((b, j) => {
        if (epsilonLowerBound({ hits: [i, j], trials, confidence: 0.9 }) > Math.log(p / q))
          wrong += a * b;
      });
    });
    expect(wrong).toBeLessThanOrEqual(0.1);
    expect(wrong).toBeGreaterThan(0);
  });

  test("says nothing from nothing, and refuses impossible counts", () => {
    expect(epsilonLowerBound({ hits: [0, 10], trials: 100 })).toBe(0);
    expect(epsilonLowerBound({ hits: [10, 100], trials: 100 })).toBe(0);
    expect(epsilonLowerBound({ hits: [100, 0], trials: 100 })).toBeGreaterThan(2.5);
    for (const hits of [
      [101, 0],
      [0, 101],
      [-1, 0],
    ] as const) {
      expect(() => epsilonLowerBound({ hits, trials: 100 })).toThrow(
        expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
      );
    }
  });
});

describe("the empirical audit", () => {
  const next = uniforms(2024);
  const flip = (probability: number): number => (next() < probability ? 1 : 0);
  const bits = (value: number, d: number, p: number, q: number): Uint8Array =>
    Uint8Array.from({ length: d }, (_, v) => flip(v === value ? p : q));

  test("never accuses a sound randomizer", () => {
    const random = seededRandom("sound");
    const value = grr({ categories: 4, epsilon: "1" });
    const unary = oue({ categories: 5, epsilon: "1" });
    for (const randomize of [
      (x: number) => value.randomize(x, random),
      (x: number) => [...unary.randomize(x, random)].join(),
    ]) {
      for (let run = 0; run < 5; run++) {
        const { epsilon } = auditRandomizer<number | string>({
          randomize,
          pairs: [
            [0, 1],
            [2, 3],
          ],
          trials: 20_000,
        });
        expect(epsilon).toBeLessThanOrEqual(1);
        expect(epsilon).toBeGreaterThan(0.75);
      }
    }
  });

  test("finds an excess of 0.05 at a million trials", () => {
    // Claims epsilon 1, has 1.05: as randomized response and as bits.
    const E = Math.exp(1.05);
    const truth = E / (E + 3);
    const value = auditRandomizer({
      randomize: (x) => (next() < truth ? x : (x + 1 + Math.floor(next() * 3)) % 4),
      pairs: [[0, 1]],
      trials: 1_000_000,
    });
    expect(value.epsilon).toBeGreaterThan(1);
    expect(value.epsilon).toBeLessThan(1.05);
    const { q } = oueChannel(1.05);
    const unary = auditRandomizer({
      randomize: (x) => 2 * flip(x === 0 ? 0.5 : q) + flip(x === 1 ? 0.5 : q),
      pairs: [[0, 1]],
      trials: 1_000_000,
    });
    expect(unary.epsilon).toBeGreaterThan(1);
    expect(unary.epsilon).toBeLessThan(1.05);
  });

  // Each claims epsilon = 1 over a small domain; the first four reproduce defects found in published packages.
  const broken: readonly (readonly [string, (x: number) => unknown])[] = [
    ["bits that are set are never cleared", (x) => bits(x, 4, 1, 1 / (1 + Math.E))],
    [
      "a subset that misses the true value by one index",
      (x) => {
        const p = (2 * Math.E) / (2 * Math.E + 2);
        const included = flip(p);
        const others = [0, 1, 2, 3].filter((v) => v !== (x + 3) % 4);
        others.sort(() => next() - 0.5);
        return [...(included ? [x] : []), ...others.slice(0, included ? 1 : 2)].sort();
      },
    ],
    [
      "a subset sent in the order of its making, true value first",
      (x) => {
        const p = (2 * Math.E) / (2 * Math.E + 2);
        const others = [0, 1, 2, 3].filter((v) => v !== x);
        others.sort(() => next() - 0.5);
        return flip(p) ? [x, others[0]] : others.slice(0, 2);
      },
    ],
    [
      "fakes for attributes that were not sampled, budget amplified",
      (x) => {
        const E = 2 * (Math.E - 1) + 1;
        const other = next() < E / (E + 1) ? x : 1 - x;
        return next() < 0.5 ? [other, flip(0.5)] : [flip(0.5), other];
      },
    ],
    ["a length that tells", (x) => "#".repeat(1 + (next() < 0.9 ? x : 1 - x))],
    ["q rounded to one decimal", (x) => bits(x, 3, 0.5, 0.2)],
    [
      "memory reused: the same word decides twice",
      (x) => {
        const u = next();
        return u < 0.6 ? x : u < 0.8 ? (x + 1) % 3 : (x + 2) % 3;
      },
    ],
  ];
  test.each(broken)("finds what is broken: %s", (_name, randomize) => {
    const { epsilon, hits, event } = auditRandomizer({
      randomize,
      pairs: [[0, 1]],
      trials: 60_000,
    });
    expect(epsilon).toBeGreaterThan(1.05);
    expect(event.length).toBeGreaterThan(0);
    expect(hits[0]).toBeGreaterThan(hits[1]);
  });

  test("sees long bit maps through two bits", () => {
    const { q } = oueChannel(1.3);
    const { epsilon, event } = auditRandomizer({
      randomize: (x) => bits(x, 64, 0.5, q),
      pairs: [[3, 40]],
      trials: 40_000,
      view: (output, a, b) => 2 * (output[a] as number) + (output[b] as number),
    });
    expect(epsilon).toBeGreaterThan(1);
    expect(epsilon).toBeLessThan(1.3);
    expect(event.length).toBe(1);
  });

  test("explores every pair with a quarter of the trials, and decides on the worst with the rest", () => {
    // Only 1 and 2 are told apart well; the pair is neither the first nor the last.
    let calls = 0;
    const { inputs, event, hits, trials } = auditRandomizer({
      randomize: (x) => {
        calls++;
        return x === 2 ? 7 : flip(x === 0 ? 0.5 : 0.6);
      },
      pairs: [
        [0, 1],
        [2, 1],
        [0, 0],
      ],
      trials: 1001,
    });
    expect(calls).toBe(3 * 2 * 250 + 2 * 751);
    expect(trials).toBe(751);
    expect([...inputs].sort()).toEqual([1, 2]);
    expect(hits).toEqual([751, 0]);
    expect(event).toEqual(inputs[0] === 2 ? [7] : expect.arrayContaining([0, 1]));
  });

  test("knows the one view that gives an input away, though it is rare, from those that do not", () => {
    const outputs = [
      [0, 1, 2],
      ["plain", "other", "tell"],
      [Uint8Array.of(0, 0), Uint8Array.of(0, 1), Uint8Array.of(1, 0)],
      [
        [0, 0],
        [0, 1],
        [1, 0],
      ],
    ];
    const seen = [2, "tell", "Uint8Array[1,0]", "[1,0]"];
    for (const [at, [plain, other, tell]] of outputs.entries()) {
      const { inputs, event, hits } = auditRandomizer<unknown>({
        randomize: (x) => (x === 1 && flip(0.1) ? tell : flip(0.5) ? plain : other),
        pairs: [[0, 1]],
        trials: 4000,
      });
      expect(inputs).toEqual([1, 0]);
      expect(event).toEqual([seen[at]]);
      expect(hits[0]).toBeGreaterThan(200);
      expect(hits[1]).toBe(0);
    }
  });

  test("sees what an output object holds: one that holds the value is no secret", () => {
    const wrapped = [
      (x: number) => ({ report: x }),
      (x: number) => ({ id: 7n, parts: [{ value: Uint8Array.of(x) }] }),
      (x: number) => new Map([["report", x]]),
      (x: number) => new Set([x]),
    ];
    for (const randomize of wrapped)
      expect(
        auditRandomizer<unknown>({ randomize, pairs: [[0, 1]], trials: 4000 }).epsilon,
      ).toBeGreaterThan(5);
  });

  test("refuses to find nothing where nothing could show", () => {
    class Opaque {
      readonly #value: number;
      constructor(value: number) {
        this.#value = value;
      }
      reveal(): number {
        return this.#value;
      }
    }
    let serial = 0;
    const hidden: readonly ((x: number) => unknown)[] = [
      (x) => new Opaque(x),
      (x) => () => x,
      (x) => ({ serial: serial++, x }), // every output is another one
    ];
    for (const randomize of hidden)
      expect(() => auditRandomizer({ randomize, pairs: [[0, 1]], trials: 4000 })).toThrow(
        expect.objectContaining({ code: "EMRX_QUALITY_NOT_APPLICABLE" }),
      );
    // A view that says what matters finds it.
    const view = (output: unknown) => (output as Opaque).reveal();
    const audit = auditRandomizer({
      randomize: (x) => new Opaque(x),
      pairs: [[0, 1]],
      trials: 4000,
      view,
    });
    expect(audit.epsilon).toBeGreaterThan(5);
  });

  test("bounds the loss of mechanisms whose reports are nearly all different, by what they support", () => {
    const random = seededRandom("support view");
    for (const mechanism of [
      olh({ categories: 64, epsilon: "2" }),
      oue({ categories: 64, epsilon: "2" }),
      subsetSelection({ categories: 64, epsilon: "2" }),
    ]) {
      const { epsilon } = auditRandomizer<never>({
        randomize: (x) => mechanism.randomize(x, random) as never,
        pairs: [[0, 1]],
        trials: 20_000,
        view: supportView(mechanism as never) as never,
      });
      expect(epsilon).toBeGreaterThan(0.8);
      expect(epsilon).toBeLessThanOrEqual(2);
    }
  });

  test("finds the same with both orders of a pair, though views depend on the order", () => {
    for (let run = 0; run < 60; run++) {
      const { epsilon } = auditRandomizer({
        randomize: (x) => (flip(0.75) ? x : 1 - x),
        pairs: [
          [0, 1],
          [1, 0],
        ],
        trials: 4000,
        view: (output, first) => (output === first ? 1 : 0),
        confidence: 0.999,
      });
      expect(epsilon).toBeGreaterThan(0.5);
    }
  });

  test("is refused without a pair or with few trials", () => {
    expect(() => auditRandomizer({ randomize: (x) => x, pairs: [], trials: 1000 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_MISMATCH" }),
    );
    expect(() => auditRandomizer({ randomize: (x) => x, pairs: [[0, 1]], trials: 10 })).toThrow(
      expect.objectContaining({ code: "EMRX_QUALITY_ARGUMENT" }),
    );
  });
});
