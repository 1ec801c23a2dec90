// Law: how many random words a randomization draws does not depend on the value, so that neither time nor a generator that is
// watched tells anything of it. Given the same words, every value draws equally many.
import { expect, test } from "vitest";
import { degradationChain } from "../../src/degradation.js";
import { type RandomSource, seededRandom } from "../../src/index.js";
import { hierarchicalHistogram } from "../../src/large-domain.js";
import {
  blh,
  blockHadamardResponse,
  duchi,
  grr,
  hadamardResponse,
  minIdUnary,
  olh,
  oue,
  privset,
  projectiveGeometryResponse,
  sampledNumerics,
  subsetSelection,
  sue,
  truncatedGeometric,
  unaryEncoding,
  utilityRandomizedResponse,
  utilityRappor,
  windowMechanism,
  windowMixture,
} from "../../src/mechanisms.js";

interface Randomizing {
  randomize(value: never, random: RandomSource): unknown;
}

const eleven = Array.from({ length: 11 }, (_, i) => i);
const numbers = [0, 1e-9, 0.25, 0.5, 0.999, 1];
const options = { categories: 11, epsilon: "1" } as const;
const cases: readonly (readonly [string, Randomizing, readonly unknown[]])[] = [
  ["grr", grr(options), eleven],
  ["oue", oue(options), eleven],
  ["sue", sue(options), eleven],
  ["ue", unaryEncoding({ ...options, p: "0.6" }), eleven],
  ["subset selection", subsetSelection(options), eleven],
  ["olh", olh(options), eleven],
  ["blh", blh(options), eleven],
  ["hadamard", hadamardResponse(options), eleven],
  ["blocked hadamard", blockHadamardResponse(options), eleven],
  ["projective geometry", projectiveGeometryResponse(options), eleven],
  ["min-id", minIdUnary({ epsilons: ["0.5", "1", "1", "2", "2"] }), [0, 1, 2, 3, 4]],
  ["uRR", utilityRandomizedResponse({ ...options, sensitive: [1, 4] }), eleven],
  ["uRAP", utilityRappor({ ...options, sensitive: [1, 4] }), eleven],
  ["truncated geometric", truncatedGeometric({ categories: 11, epsilonPerStep: "0.2" }), eleven],
  ["duchi", duchi({ range: [0, 1], epsilon: "1" }), numbers],
  ["window", windowMechanism({ range: [0, 1], epsilon: "2" }), numbers],
  [
    "window with missing",
    windowMechanism({ range: [0, 1], epsilon: "2", missing: true }),
    [...numbers, Number.NaN],
  ],
  ["mixture", windowMixture({ range: [0, 1], epsilon: "2" }), numbers],
  [
    "sampled numerics",
    sampledNumerics({
      ranges: [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      epsilon: "3",
    }),
    [
      [0, 0, 0],
      [1, 0.5, 0.2],
      [0.3, 1, 1],
    ],
  ],
  ["privset", privset({ categories: 11, atMost: 3, epsilon: "1" }), [[], [4], [1, 2], [0, 5, 10]]],
  [
    "hierarchical histogram",
    hierarchicalHistogram({ categories: 64, epsilon: "1" }),
    [0, 7, 33, 63],
  ],
  ["degradation chain", degradationChain({ highest: oue(options), lower: ["0.5"] }), eleven],
];

/** How many words a randomization draws from the source of a seed. */
function wordsDrawn(mechanism: Randomizing, value: unknown, seed: number): number {
  const inner = seededRandom(seed);
  let drawn = 0;
  mechanism.randomize(value as never, {
    fill(words) {
      drawn += words.length;
      inner.fill(words);
    },
  });
  return drawn;
}

test.each(cases)("%s draws equally many words for every value", (_, mechanism, values) => {
  for (let seed = 0; seed < 40; seed++) {
    const counts = values.map((value) => wordsDrawn(mechanism, value, seed));
    expect(new Set(counts).size, `seed ${seed}: ${counts.join(" ")}`).toBe(1);
  }
});

test("privset's side channel has the size that its page states: a set of more than L codes draws ceil(L / 2) words more", () => {
  for (const atMost of [1, 2, 3, 4, 5]) {
    const mechanism = privset({ categories: 11, atMost, epsilon: "1" });
    let [usual, larger] = [0, 0];
    for (let seed = 0; seed < 200; seed++) {
      usual += wordsDrawn(mechanism, eleven.slice(0, atMost), seed);
      larger += wordsDrawn(mechanism, eleven.slice(0, atMost + 1), seed + 1000);
    }
    // What is drawn again after a rejection is a word in ten thousand.
    expect(Math.abs((larger - usual) / 200 - Math.ceil(atMost / 2))).toBeLessThan(0.1);
  }
});

// An array's own `fill` would write zeros, and most mechanisms then report the true value.
test.each(cases)(
  "%s draws from no array and from nothing that cannot fill",
  (_, mechanism, [value]) => {
    for (const random of [new Uint32Array(8), new Uint8Array(8), [0, 0], {}, null, 7]) {
      const draw = (): unknown => mechanism.randomize(value as never, random as never);
      expect(draw).toThrowError(expect.objectContaining({ code: "EMRX_BAD_PARAMETER" }));
    }
  },
);
